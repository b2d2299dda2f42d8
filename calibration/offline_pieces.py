"""A prompted calibration of text or events out of a recording: the same pieces, to the bit, as live.

The counterpart of ``offline.py``, which cuts out the gestures that were held.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from calibration.errors import PlanInvalid
from calibration.offline import Began, Mark, Rested, Samples
from calibration.onset import RestLevel
from calibration.piece_capture import CapturedPiece, PieceCapture
from calibration.plan import Trial
from calibration.quality import Verdict
from models.sequence_runtime import SequenceModel


class RecordedPieces:
    """Fed with a recording, gives what was done in the trials that its marks name."""

    def __init__(self, model: SequenceModel, marks: Sequence[Mark], *, keep_raw: bool) -> None:
        """``marks``: of one calibration, its beginning first; ``model``: with everybody's last layer."""
        began, *spans = marks
        if not isinstance(began, Began):
            raise PlanInvalid("the marks have no beginning: record from the start of the calibration on")
        self.began = began
        self._ahead = deque(mark for mark in spans if not isinstance(mark, Began))
        self._capture = PieceCapture(model, began.plan, keep_raw=keep_raw)
        self._rest: RestLevel | None = None

    def feed(self, samples: Samples, first: int) -> Iterator[tuple[Trial, CapturedPiece | Verdict]]:
        """Take (time, channel) samples; yield each trial that is now over, or why nothing can be learned from it."""
        unheard = min(max(self.began.at - first, 0), len(samples))
        self._capture.signal(samples[unheard:], first + unheard)
        while self._ahead and self._ahead[0].span.stop <= first + len(samples):
            mark = self._ahead.popleft()
            if isinstance(mark, Rested):
                self._rest = self._capture.rest_level(mark.span) or self._rest
            else:
                yield mark.trial, self._capture.cut(mark.trial, mark.span, self._rest)
