"""``palmaris calibrate --from``: the head of a user out of a recording, as the running service would have made it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from calibration.capture import CapturedTrial
from calibration.errors import PlanInvalid
from calibration.head import fit_user_head
from calibration.offline import Cut, Mark, RecordedTrials, labelled_marks, last_calibration
from calibration.plan import Trial
from calibration.quality import Verdict
from calibration.store import Store
from calibration.store.records import Calibration, Device, Head, NewCalibration
from drivers.recordings.formats import open_recording
from drivers.recordings.recording import Recording
from models.any_model import load_any_model
from models.pipeline.recognizer import Recognizer, load_recognizer
from models.sequence_runtime import SequenceModel
from service.calibrations.refit import labelled, new_head, noted, order_for, plan_of, trial_records, used_for
from service.commands.calibrate_sequence import calibrate_sequence
from service.commands.calibrate_view import any_table
from service.security.who import who
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be made of a recording."""

    user: str
    gestures: tuple[str, ...] | None = None
    """Only for recordings with labels: which ones. ``None``: all."""
    add: bool = False
    """Keep the gestures of the user's head, and add those of the recording."""
    consent_raw: bool = False
    """For a user who is not known yet: whether the raw signal of trials may be stored."""
    accept: bool = False


def calibrate_offline(file: Path, wish: Wish, settings: Settings) -> None:
    """Store the trials of the recording and the head that is fitted on them; print the report.

    Raises:
        RecordingError, ModelError: the recording, or the model, cannot be used.
        CalibrationError: nothing can be learned from the recording, or it cannot be stored.
    """
    recording = open_recording(file)
    model = load_any_model(settings.model)
    if isinstance(model, SequenceModel):
        with Store.open(settings.data_dir, settings.database_url or None) as store:
            user = _typist(wish, model)
            calibrate_sequence(recording, model, user, store, consent_raw=wish.consent_raw, accept=wish.accept)
        return
    recognizer = load_recognizer(model, settings.spec(model.spec))
    info = recording.info
    recognizer.spec.require(info.rate_hz, len(info.channels), info.unit, info.grid)
    recognizer.arrange(info.grid)
    marks = _marks(recording, wish.gestures)
    with Store.open(settings.data_dir, settings.database_url or None) as store:
        if wish.user not in {user.id for user in store.users.all()}:
            store.users.create(wish.user, who(), consent_raw=wish.consent_raw)
        trials = RecordedTrials(recognizer.spec, marks, keep_raw=store.users.get(wish.user).consent_raw)
        calibration = _start(store, wish, trials, recording, recognizer)
        try:
            kept = _keep(store, calibration, _cut(recording, recognizer, trials))
            head = _fit(store, calibration, recognizer, kept)
        except BaseException:  # nobody could resume it
            store.calibrations.set_state(calibration.id, "aborted", who())
            raise
        _conclude(store, head, wish)


def _typist(wish: Wish, model: SequenceModel) -> str:
    """The user, where nothing is wished that only heads of gestures have."""
    if wish.gestures is not None or wish.add:
        flags = "--gestures, --sentence and --add"
        raise PlanInvalid(f"model {model.spec.name} has no head of gestures: leave {flags} out")
    return wish.user


def _marks(recording: Recording, gestures: Sequence[str] | None) -> list[Mark]:
    words, length = [], 0
    for block in recording.blocks():
        words += [(marker.index, marker.text) for marker in block.markers]
        length = block.first + len(block.samples)
    return last_calibration(words) or labelled_marks(words, length, gestures)


def _start(
    store: Store, wish: Wish, trials: RecordedTrials, recording: Recording, recognizer: Recognizer
) -> Calibration:
    encoder, plan, info = recognizer.head.spec.encoder, trials.began.plan, recording.info
    active = store.heads.active(wish.user, encoder)
    if wish.add and active is None:
        raise PlanInvalid(f"add: user {wish.user!r} has no head to add to: calibrate without it first")
    before = active.labels if active and wish.add else ()
    labels = (*before, *(gesture for gesture in plan.gestures if gesture not in before))
    return store.calibrations.start(
        NewCalibration(
            wish.user,
            Device(info.name, info.rate_hz, info.channels, info.unit),
            recognizer.spec.name,
            encoder,
            noted(plan, "default", labels, info),
            active.id if active else None,
            trials.began.seed,
        ),
        who(),
    )


def _cut(recording: Recording, recognizer: Recognizer, trials: RecordedTrials) -> Iterator[Cut]:
    for block in recording.blocks():
        predictions = list(recognizer.feed(block.samples, block.first))
        yield from trials.feed(block.samples, block.first, predictions)


def _keep(store: Store, calibration: Calibration, cuts: Iterator[Cut]) -> Collection[Trial]:
    """Store them; those that are on the disk."""
    kept: dict[Trial, None] = {}
    for cut in cuts:
        if isinstance(cut.captured, Verdict):
            _say(f"{cut.trial.gesture} {cut.trial.repetition} is left out: {'; '.join(cut.captured.reasons)}")
            continue
        _store(store, calibration, cut.captured, cut)
        kept[cut.trial] = None
    planned = plan_of(calibration).trials
    skipped = [asdict(trial) for trial in planned if trial not in kept]
    store.calibrations.move(
        calibration.id, {"kept": [asdict(trial) for trial in kept], "skipped": skipped, "ahead": []}
    )
    _say(f"{len(kept)} trials of {len(planned)}")
    return kept


def _store(store: Store, calibration: Calibration, captured: CapturedTrial, cut: Cut) -> None:
    new, data = trial_records(calibration.id, captured, cut.relaxed)
    store.trials.add(new, data, who())


def _fit(store: Store, calibration: Calibration, recognizer: Recognizer, kept: Collection[Trial]) -> Head:
    used = used_for(store, calibration, kept)
    order = order_for(store, calibration, used, recognizer.model)
    result = fit_user_head(labelled(store, calibration, used), order)
    head = store.heads.add(new_head(calibration, result, used), result.onnx, who())
    store.calibrations.set_state(calibration.id, "ready", who())
    Console().print(any_table(result.report))
    _say(result.report.recommendation.text)
    return head


def _conclude(store: Store, head: Head, wish: Wish) -> None:
    if not wish.accept:
        _say(
            f"the head is stored and not in use yet; to use it: palmaris calibrate --user {wish.user}, or add --accept"
        )
        return
    accepted = store.heads.accept(head.id, who())
    _say(f"version {accepted.version} is the head of {wish.user} now")


def _say(line: str) -> None:
    Console(soft_wrap=True, highlight=False).print(line, markup=False)
