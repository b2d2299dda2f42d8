"""The head that a calibration has fitted: told of, tried on its stream, accepted or withdrawn."""

from collections.abc import Sequence

from calibration.errors import CalibrationError
from calibration.fitting import FitResult
from calibration.store.records import Calibration, Trial
from calibration.store.store import Store
from models.runtime import Head
from service.calibrations.messages import ReportReady
from service.calibrations.refit import candidate_of, new_head
from service.calibrations.tryout import Tryout
from service.live import Live
from service.messages import HeadInfo
from service.security.who import who


class Candidate:
    """Of one calibration; there is none until something is fitted."""

    def __init__(self, calibration: Calibration, live: Live, store: Store) -> None:
        self._calibration, self._live, self._store = calibration, live, store
        self._tryout = Tryout(live.answers)
        self.report: ReportReady | None = None
        """How good it is; ``None``: there is none."""

    @property
    def trying(self) -> bool:
        """Whether the stream answers with it, though nobody accepted it."""
        return self._tryout.on

    def add(self, result: FitResult, used: Sequence[Trial]) -> ReportReady:
        """Store what was fitted."""
        head = self._store.heads.add(new_head(self._calibration, result, used), result.onnx, who())
        self.report = ReportReady(head=head.id, report=result.report)
        return self.report

    def find(self, used: Sequence[Trial]) -> ReportReady | None:
        """The one that was fitted from just these trials before an interruption, if there is one."""
        head = candidate_of(self._store, self._calibration, used)
        self.report = None if head is None else ReportReady.of(head)
        return self.report

    def try_out(self) -> bool:
        """Have the stream answer with it; whether it did not do so before."""
        return self._tryout.begin(self._read(), self._calibration.user_id)

    def end_try(self, user: str | None = None) -> bool:
        """Put the head of before back, from any thread; ``user``: only if that concerns heads of theirs."""
        return (user is None or self._tryout.concerns(user)) and self._tryout.end()

    def accept(self) -> int:
        """Make it the user's next version, which the stream uses from the next prediction on."""
        worn = self._read()
        head = self._store.heads.accept(self._require().head, who())
        self._live.answers.wear(worn, HeadInfo(user=head.user_id, version=head.version))
        return head.version or 0

    def _read(self) -> Head:
        """Anew each time: a damaged one is neither tried nor accepted."""
        head = self._store.heads.get(self._require().head)
        return Head(self._store.heads.read(head), self._store.files.path(head.file))

    def _require(self) -> ReportReady:
        if self.report is None:
            raise CalibrationError("there is no fitted head yet: finish the trials first")
        return self.report
