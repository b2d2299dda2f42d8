"""What a calibration did, as words in a recording of its stream, so that the same can be made of it offline."""

import logging

from calibration.offline import MARK, Began, Held, Rested, text_of
from calibration.onset import Span
from calibration.plan import Plan, Trial
from calibration.store.records import Calibration
from drivers.errors import RecordingError
from service.live import Live

log = logging.getLogger(__name__)


class Marks:
    """Of one calibration on one stream; where no recording is made, nothing is written."""

    def __init__(self, calibration: Calibration, plan: Plan, live: Live) -> None:
        self._calibration, self._plan, self._live = calibration, plan, live
        self._began = False

    def begin(self, first: int) -> None:
        """The calibration listens from this sample on; said once."""
        if not self._began:
            self._began = True
            began = Began(first, self._calibration.id, self._calibration.seed, self._plan)
            self._note(first, text_of(began))

    def rested(self, span: Span) -> None:
        """The arm was at rest."""
        self._mark(Rested(span))

    def held(self, span: Span, trial: Trial) -> None:
        """A trial was found good."""
        self._mark(Held(span, trial))

    def _mark(self, mark: Rested | Held) -> None:
        self._note(mark.span.start, text_of(mark))
        self._note(mark.span.stop, f"{MARK}end")

    def _note(self, index: int, text: str) -> None:
        try:
            self._live.note(index, text)
        except RecordingError as error:  # the recording is behind, the calibration is not
            log.warning("calibration %s: %s", self._calibration.id, error)
