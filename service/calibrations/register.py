"""The calibrations of a service: at most one per user and per stream, taken up again after a restart."""

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from calibration.errors import CalibrationBusy, CalibrationOver, FitFailed, PlanInvalid
from calibration.plan import Kind, Plan
from calibration.store.records import OVER, Calibration, Device, NewCalibration
from calibration.store.store import Store
from models.runtime import Head
from models.spec import ModelSpec
from service.calibrations.calibrator import Calibrator
from service.calibrations.fit_count import FitCount
from service.calibrations.fit_worker import FitWorker
from service.calibrations.messages import CalibrationInfo
from service.calibrations.refit import noted
from service.calibrations.sequence_plan import asked_of
from service.calibrations.standing import describe_detached
from service.live import Live
from service.messages import EVERYBODY, HeadInfo
from service.security.who import who
from service.streams import Streams

Name = Annotated[str, Field(min_length=1, max_length=64)]

KINDS: Final[dict[str, Kind]] = {"sequence": "text", "events": "events"}
"""Of models that are asked for something else than gestures."""
TIMES: Final[dict[Kind, tuple[int, float]]] = {"gestures": (2, 5.0), "text": (1, 15.0), "events": (5, 3.0)}
"""Repetitions and seconds of each, where the order says nothing."""


class CalibrationOrder(BaseModel):
    """What a calibration shall be."""

    model_config = ConfigDict(extra="forbid")

    user: Name
    stream: Name = "default"
    gestures: Annotated[list[str], Field(max_length=32)] | None = Field(
        default=None,
        description="To be recorded, in this order; null: those that the stream's head knows. For a model of text,"
        " sentences to type; null: some of ours that together need its keys. For one of events, acts, such as index"
        " (pressed and released) or thumb_click; null: all that it knows.",
    )
    repetitions: int | None = Field(default=None, description="Of each; null: 2, of sentences 1, of acts 5.")
    hold_s: float | None = Field(default=None, description="For each; null: 5, for a sentence 15, for an act 3.")
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

    @property
    def opened_store(self) -> Store | None:
        """The store, if anything has needed it so far."""
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
        plan, labels = _plan(order, active.labels if active else None, live)
        with self._lock:
            self._require_free(live, order.user)
            calibration = self.store.calibrations.start(
                NewCalibration(
                    order.user,
                    Device(live.info.name, live.info.rate_hz, live.info.channels, live.info.unit),
                    live.answers.spec.name,
                    live.answers.encoder,
                    noted(plan, live.name, labels, live.info),
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
        return describe_detached(self.store, self.store.calibrations.set_state(calibration_id, "aborted", who()))

    def describe(self, calibration_id: str) -> CalibrationInfo:
        """How a calibration stands. Raises ``CalibrationUnknown``."""
        if (calibrator := self._find(calibration_id)) is not None:
            return calibrator.describe()
        return describe_detached(self.store, self.store.calibrations.get(calibration_id))

    def of(self, user: str) -> list[CalibrationInfo]:
        """All calibrations of a user, the oldest first."""
        return [self.describe(calibration.id) for calibration in self.store.calibrations.of(user)]

    def open(self) -> list[CalibrationInfo]:
        """All calibrations that are not over, the newest first; those that were interrupted too."""
        return [self.describe(calibration.id) for calibration in self.store.calibrations.open()]

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
            self._put_on(live, None, EVERYBODY)
            return
        self.store.users.get(user)
        active = self.store.heads.active(user, live.answers.encoder)
        if active is None:
            raise PlanInvalid(f"user {user!r} has no head for {live.answers.spec.name}: calibrate first")
        head = Head(self.store.heads.read(active), self.store.files.path(active.file))
        self._put_on(live, head, HeadInfo(user=user, version=active.version))

    def _put_on(self, live: Live, head: Head | None, worn: HeadInfo) -> None:
        """Who chooses a head for a stream ends the trial of another."""
        for calibrator in self._under_way():
            if calibrator.stream == live.name:
                calibrator.end_try()
        live.answers.wear(head, worn)

    def renormalise(self, stream: str, seconds: float) -> HeadInfo:
        """Listen to a stream, then move its user's head to the statistics of today: a new version, in use at once.

        Raises:
            StreamUnknown, CalibrationError: see ``service/calibrations/renormalise.py``.
        """
        live = self._streams.find(stream)
        _require("onnx", *(() if live.answers.spec.images is None else ("torch",)))
        from service.calibrations.renormalise import renormalise

        head = self.store.heads.accept(renormalise(self.store, self._worker, live, seconds).id, who())
        self.wear(stream, head.user_id)
        return HeadInfo(user=head.user_id, version=head.version)

    def refresh(self, user: str) -> None:
        """Streams that use a head of this user use the active one from now on; everybody's if there is none."""
        for calibrator in self._under_way():
            calibrator.end_try(user)  # the head that would come back may be gone
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


def _plan(order: CalibrationOrder, known: tuple[str, ...] | None, live: Live) -> tuple[Plan, tuple[str, ...]]:
    """What is recorded, and what the head will tell apart; ``known``: labels of the user's head, if there is one."""
    if live.answers.of_gestures:
        return _of_gestures(order, known, live.answers.population.spec.labels)
    return _of_sequences(order, live.answers.spec)


def _of_gestures(
    order: CalibrationOrder, known: tuple[str, ...] | None, everybody: tuple[str, ...]
) -> tuple[Plan, tuple[str, ...]]:
    asked = tuple(order.gestures) if order.gestures is not None else known or everybody
    plan = _timed(order, asked, "gestures")
    if order.add and known is None:
        raise PlanInvalid(f"add: user {order.user!r} has no head to add to: calibrate without it first")
    before = known or () if order.add else ()
    labels = (*before, *(gesture for gesture in plan.gestures if gesture not in before))
    if len(labels) < 2:
        raise PlanInvalid("gestures: a head tells gestures apart: name at least two, or add to a head")
    return plan, labels


def _of_sequences(order: CalibrationOrder, spec: ModelSpec) -> tuple[Plan, tuple[str, ...]]:
    if order.add:
        raise PlanInvalid(f"add: model {spec.name} knows all its keys or events already: leave it out")
    kind = KINDS.get(spec.kind, "text")
    hold_s = TIMES[kind][1] if order.hold_s is None else order.hold_s
    return _timed(order, asked_of(spec, order.gestures, hold_s, order.seed), kind), spec.require_sequence().labels


def _timed(order: CalibrationOrder, asked: tuple[str, ...], kind: Kind) -> Plan:
    repetitions, hold_s = TIMES[kind]
    repetitions = repetitions if order.repetitions is None else order.repetitions
    hold_s = hold_s if order.hold_s is None else order.hold_s
    return Plan(asked, repetitions, hold_s, order.rest_s, order.prepare_s, tuple(order.positions), kind)


def _require(*libraries: str) -> None:
    """Serving needs none of them, and starts without."""
    if missing := [name for name in libraries if find_spec(name) is None]:
        raise FitFailed(f"this needs {missing[0]}: pip install 'palmaris[train]', then start the service again")
