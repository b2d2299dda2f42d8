"""The calibrations of a service: at most one per user and per stream, taken up again after a restart."""

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from calibration.errors import CalibrationBusy, CalibrationOver, FitFailed, PlanInvalid
from calibration.plan import Plan
from calibration.store.records import OVER, Calibration, Device, NewCalibration
from calibration.store.store import Store
from models.runtime import Head
from service.calibration_messages import CalibrationInfo, PlanInfo
from service.calibrator import Calibrator
from service.fit_count import FitCount
from service.fit_worker import FitWorker
from service.live import Live
from service.messages import EVERYBODY, HeadInfo
from service.refit import PLAN, plan_of
from service.security.who import who
from service.streams import Streams

Name = Annotated[str, Field(min_length=1, max_length=64)]


class CalibrationOrder(BaseModel):
    """What a calibration shall be."""

    model_config = ConfigDict(extra="forbid")

    user: Name
    stream: Name = "default"
    gestures: Annotated[list[str], Field(max_length=32)] | None = Field(
        default=None, description="To be recorded, in this order; null: those that the stream's head knows."
    )
    repetitions: int = 2
    hold_s: float = 5.0
    rest_s: float = 3.0
    prepare_s: float = 2.0
    positions: Annotated[list[str], Field(max_length=32)] = Field(
        default=[], description="Arm positions, such as 'reaching up'; each adds as many repetitions."
    )
    add: bool = Field(
        default=False, description="Keep the gestures of the user's head and add these; earlier trials rehearse."
    )
    from_population: bool = Field(default=False, description="Start from everybody's head, not from the user's own.")
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Calibrations:
    """Starts calibrations, finds them again, and puts heads on streams."""

    def __init__(self, streams: Streams, data_dir: Path, database_url: str | None = None) -> None:
        self._streams = streams
        self._data_dir, self._database_url = data_dir, database_url
        self._store: Store | None = None
        self._worker = FitWorker()
        self._running: dict[str, Calibrator] = {}
        self._closed = False
        self._lock = threading.RLock()

    @property
    def fits(self) -> FitCount:
        """The fits since the service started."""
        return self._worker.count

    @property
    def store(self) -> Store:
        """Opened when it is first needed: predictions go on, whatever is wrong with the disk.

        Raises:
            StoreUnavailable: data directory or database cannot be used now; the next call tries again.
            StoreDamaged: the database is not whole.
        """
        with self._lock:
            if self._store is None:
                self._store = Store.open(self._data_dir, self._database_url)
            return self._store

    def close(self) -> None:
        """Let go of the streams; what runs can be resumed after a restart."""
        with self._lock:
            self._closed = True
            for calibrator in self._running.values():
                calibrator.stop()
        self._worker.close()
        if self._store is not None:
            self._store.close()

    def start(self, order: CalibrationOrder) -> CalibrationInfo:
        """A new calibration, which begins to ask at once.

        Raises:
            StreamUnknown, UserUnknown, PlanInvalid: the order cannot be carried out.
            CalibrationBusy: this user, or this stream, has one already.
        """
        _require("torch", "sklearn", "onnx")
        live = self._streams.find(order.stream)
        active = self.store.heads.active(order.user, live.answers.encoder)
        plan, labels = _plan(order, active.labels if active else None, live.answers.population.spec.labels)
        with self._lock:
            self._require_free(live, order.user)
            calibration = self.store.calibrations.start(
                NewCalibration(
                    order.user,
                    Device(live.info.name, live.info.rate_hz, live.info.channels, live.info.unit),
                    live.answers.spec.name,
                    live.answers.encoder,
                    {"stream": live.name, "labels": labels, "plan": PLAN.dump_python(plan, mode="json")},
                    None if order.from_population or active is None else active.id,
                    order.seed,
                ),
                who(),
            )
            return self._attach(calibration, live).describe()

    def resume(self, calibration_id: str) -> CalibrationInfo:
        """Go on after a pause, or after a restart of the service: the half trial is asked again."""
        with self._lock:
            calibrator = self._find(calibration_id) or self._take_up(calibration_id)
        return calibrator.do("resume")

    def _take_up(self, calibration_id: str) -> Calibrator:
        calibration = self.store.calibrations.get(calibration_id)
        if calibration.state in OVER:
            raise CalibrationOver(f"calibration {calibration_id} is {calibration.state}: start a new one")
        live = self._streams.find(calibration.plan["stream"])
        if live.answers.encoder != calibration.encoder_sha256:
            raise PlanInvalid(f"stream {live.name} serves another model than {calibration.model}: serve that one")
        self._require_free(live, calibration.user_id)
        return self._attach(self.store.calibrations.set_state(calibration_id, "running", who()), live)

    def running(self, calibration_id: str) -> Calibrator:
        """The calibration, attached to its stream.

        Raises:
            CalibrationUnknown: there is no such calibration.
            CalibrationOver: it was accepted or aborted, or was interrupted and has to be resumed first.
        """
        if (calibrator := self._find(calibration_id)) is not None:
            return calibrator
        calibration = self.store.calibrations.get(calibration_id)
        if calibration.state not in OVER:
            raise CalibrationOver(f"calibration {calibration_id} was interrupted: resume it first")
        raise CalibrationOver(f"calibration {calibration_id} is {calibration.state}: start a new one")

    def abort(self, calibration_id: str) -> CalibrationInfo:
        """Give up; trials that are stored stay stored until the user is deleted."""
        if (calibrator := self._find(calibration_id)) is not None:
            return calibrator.do("abort")
        return _detached(self.store.calibrations.set_state(calibration_id, "aborted", who()))

    def describe(self, calibration_id: str) -> CalibrationInfo:
        """How a calibration stands. Raises ``CalibrationUnknown``."""
        if (calibrator := self._find(calibration_id)) is not None:
            return calibrator.describe()
        return _detached(self.store.calibrations.get(calibration_id))

    def of(self, user: str) -> list[CalibrationInfo]:
        """All calibrations of a user, the oldest first."""
        return [self.describe(calibration.id) for calibration in self.store.calibrations.of(user)]

    def wear(self, stream: str, user: str | None) -> None:
        """Put a user's head on a stream, or everybody's.

        Raises:
            StreamUnknown, UserUnknown: there is none.
            PlanInvalid: the user has no head for the stream's model.
        """
        self.dress(self._streams.find(stream), user)

    def dress(self, live: Live, user: str | None) -> None:
        """The same for a stream that may not be served yet."""
        if user is None:
            live.answers.wear(live.answers.population, EVERYBODY)
            return
        self.store.users.get(user)
        active = self.store.heads.active(user, live.answers.encoder)
        if active is None:
            raise PlanInvalid(f"user {user!r} has no head for {live.answers.spec.name}: calibrate first")
        live.answers.wear(
            Head(self.store.heads.read(active), self.store.files.path(active.file)),
            HeadInfo(user=user, version=active.version),
        )

    def renormalise(self, stream: str, seconds: float) -> HeadInfo:
        """Listen to a stream, then move its user's head to the statistics of today: a new version, in use at once.

        Raises:
            StreamUnknown, CalibrationError: see ``service/renormalise.py``.
        """
        _require("onnx")
        from service.renormalise import renormalise

        live = self._streams.find(stream)
        head = self.store.heads.accept(renormalise(self.store, live, seconds).id, who())
        self.wear(stream, head.user_id)
        return HeadInfo(user=head.user_id, version=head.version)

    def refresh(self, user: str) -> None:
        """Streams that use a head of this user use the active one from now on; everybody's if there is none."""
        for live in self._streams.values():
            if live.answers.worn.user == user:
                known = any(other.id == user for other in self.store.users.all())
                there = known and self.store.heads.active(user, live.answers.encoder) is not None
                self.wear(live.name, user if there else None)

    def delete_user(self, user: str) -> None:
        """Remove everything of a user. Raises ``CalibrationBusy`` while they are being calibrated."""
        with self._lock:
            for calibrator in self._running.values():
                if calibrator.calibration.user_id == user and not calibrator.over:
                    raise CalibrationBusy(
                        f"user {user!r} is being calibrated: abort calibration {calibrator.calibration.id} first"
                    )
            self.store.users.delete(user, who())
        self.refresh(user)

    def _find(self, calibration_id: str) -> Calibrator | None:
        """The calibration, if it takes something still; one that is over is told by the store."""
        calibrator = self._running.get(calibration_id)
        return None if calibrator is None or calibrator.over else calibrator

    def require_idle(self, live: Live) -> None:
        """Raise ``CalibrationBusy`` if a calibration uses the stream."""
        for calibrator in self._under_way():
            if calibrator.stream == live.name:
                name = calibrator.calibration.id
                raise CalibrationBusy(f"stream {live.name!r} is used by calibration {name}: finish or abort it first")

    def _require_free(self, live: Live, user: str) -> None:
        for calibrator in self._under_way():
            if calibrator.calibration.user_id == user:
                name = calibrator.calibration.id
                raise CalibrationBusy(
                    f"user {user!r} is being calibrated already: finish or abort calibration {name} first"
                )
        self.require_idle(live)

    def _under_way(self) -> list[Calibrator]:
        return [calibrator for calibrator in self._running.values() if not calibrator.over]

    def _attach(self, calibration: Calibration, live: Live) -> Calibrator:
        if self._closed:
            raise CalibrationOver("the service is stopping: start it again, then resume")
        calibrator = Calibrator(calibration, live, self.store, self._worker)
        self._running = {name: other for name, other in self._running.items() if not other.over}
        self._running[calibration.id] = calibrator
        calibrator.start()
        return calibrator


def _plan(
    order: CalibrationOrder, known: tuple[str, ...] | None, everybody: tuple[str, ...]
) -> tuple[Plan, tuple[str, ...]]:
    """What is recorded, and what the head will tell apart; ``known``: gestures of the user's head, if there is one."""
    asked = tuple(order.gestures) if order.gestures is not None else known or everybody
    times = (order.repetitions, order.hold_s, order.rest_s, order.prepare_s)
    plan = Plan(asked, *times, tuple(order.positions))
    if order.add and known is None:
        raise PlanInvalid(f"add: user {order.user!r} has no head to add to: calibrate without it first")
    before = known or () if order.add else ()
    labels = (*before, *(gesture for gesture in plan.gestures if gesture not in before))
    if len(labels) < 2:
        raise PlanInvalid("gestures: a head tells gestures apart: name at least two, or add to a head")
    return plan, labels


def _detached(calibration: Calibration) -> CalibrationInfo:
    plan = plan_of(calibration)
    kept = len(calibration.position.get("kept", ()))
    skipped = len(calibration.position.get("skipped", ()))
    return CalibrationInfo(
        calibration=calibration.id,
        user=calibration.user_id,
        stream=calibration.plan["stream"],
        model=calibration.model,
        state=calibration.state,
        attached=False,
        plan=PlanInfo.of(plan),
        prompt=None,
        kept=kept,
        skipped=skipped,
        ahead=len(calibration.position.get("ahead", plan.trials)),
        report=None,
    )


def _require(*libraries: str) -> None:
    """Serving needs none of them, and starts without."""
    if missing := [name for name in libraries if find_spec(name) is None]:
        raise FitFailed(f"this needs {missing[0]}: pip install 'palmaris[train]', then start the service again")
