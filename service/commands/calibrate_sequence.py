"""``palmaris calibrate --from`` of a model of text or gesture events: a user's own last layer out of a recording.

The recording has what a prompted calibration marked in it, or a word at each key or event, as ``palmaris record``
writes them. Nothing is stored unless the layer is accepted: the recording itself is there to be asked again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rich.console import Console

from calibration.causes import words_of
from calibration.fitting import FitResult
from calibration.layer_order import LayerOrder
from calibration.offline import Began, Mark, Word, last_calibration
from calibration.offline_pieces import RecordedPieces
from calibration.own_layer import fit_own_layer
from calibration.plan import LIMITS, Plan, Trial
from calibration.quality import Verdict
from calibration.store import Store
from calibration.store.records import Calibration, Device, Head, NewCalibration
from drivers.recordings.recording import Recording
from drivers.source import SourceInfo
from models.datasets.sequences import Sequence as Labelled
from models.last_layer import LastLayer
from models.pipeline.recognizer import finite_runs
from models.pipeline.sequence_stream import SequenceStream
from models.runtime import Array
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec
from models.training.pieces import Piece, pieces_of
from service.calibrations.pieces import Cut, earlier_pieces, layer_of, piece_records
from service.calibrations.refit import new_head, noted
from service.commands.calibrate_view import sequence_table
from service.security.who import who

GESTURE: Final = {"sequence": "typing", "events": "gesture events"}
"""What stands for the gesture of a trial that nobody asked for, by the kind of the model."""


@dataclass(slots=True)
class Run:
    """Samples without a gap, as the frozen part heard them."""

    first: int
    length: int = 0
    features: list[Array] = field(default_factory=list)
    raw: list[Array] = field(default_factory=list)
    """Empty unless the user consented."""


Part = tuple[Piece, int, Array | None]
"""A piece, the place of its first sample in the recording, and its raw signal."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a recording has to teach."""

    cuts: list[Cut]
    plan: Plan
    seed: int = 0


def calibrate_sequence(
    recording: Recording, model: SequenceModel, user: str, store: Store, *, consent_raw: bool, accept: bool
) -> None:
    """Fit, print the report, and where it is accepted store pieces and layer; streams use it from then on.

    ``consent_raw``: of a user who is not known yet.

    Raises:
        RecordingError, ModelError: the recording, or the model, cannot be used.
        CalibrationError: nothing can be learned from the recording, or it cannot be stored.
    """
    info = recording.info
    model.spec.require(info.rate_hz, len(info.channels), info.unit, info.grid)
    known = user in {one.id for one in store.users.all()}
    consent_raw = store.users.get(user).consent_raw if known else consent_raw
    found = _found(recording, model, keep_raw=consent_raw)
    active = store.heads.active(user, model.fingerprint) if known else None
    order = LayerOrder(
        model.spec,
        LastLayer.everybodys(model.content),
        layer_of(store, active.id if active else None),
        earlier_pieces(store, user, model) if known else (),
        found.seed,
        info.simulated,
    )
    layer, report = fit_own_layer([cut.piece for cut in found.cuts], order)
    Console().print(sequence_table(report))
    _say(report.recommendation.text)
    if not accept:
        _say("nothing was stored; to use the layer: the same with --accept")
        return
    if not known:
        store.users.create(user, who(), consent_raw=consent_raw)
    result = FitResult(layer.head(model.spec, model.fingerprint), "linear", report)
    head = _stored(store, _started(store, info, user, model, found, active), found, result, model.spec)
    _say(f"version {head.version} is the layer of {user} now")


def _found(recording: Recording, model: SequenceModel, *, keep_raw: bool) -> Found:
    words = [(marker.index, marker.text) for block in recording.blocks() for marker in block.markers]
    marks = last_calibration(words)
    if marks and isinstance(began := marks[0], Began) and began.plan.kind != "gestures":
        return Found(list(_prompted(recording, model, marks, keep_raw=keep_raw)), began.plan, began.seed)
    gesture = GESTURE[model.spec.kind]
    pieces = enumerate(_unprompted(recording, words, model, keep_raw=keep_raw), start=1)
    cuts = [Cut(Trial(gesture, number), *piece) for number, piece in pieces]
    repetitions = max(1, min(len(cuts), LIMITS["repetitions"][1]))
    return Found(cuts, Plan((gesture,), repetitions, kind="events" if model.spec.kind == "events" else "text"))


def _prompted(recording: Recording, model: SequenceModel, marks: Sequence[Mark], *, keep_raw: bool) -> Iterator[Cut]:
    """The trials of a calibration that was recorded."""
    trials = RecordedPieces(model, marks, keep_raw=keep_raw)
    for block in recording.blocks():
        for trial, captured in trials.feed(block.samples, block.first):
            if isinstance(captured, Verdict):
                _say(f"{trial.gesture} {trial.repetition} is left out: {'; '.join(captured.reasons)}")
                continue
            if captured.doubts:
                _say(f"{trial.gesture} {trial.repetition} is doubtful: {words_of(captured.doubts)}")
            yield Cut.of(captured)


def _unprompted(recording: Recording, words: Sequence[Word], model: SequenceModel, *, keep_raw: bool) -> Iterator[Part]:
    """Of a recording with a word at each key or event."""
    labels = set(model.spec.require_sequence().labels)
    done = [(index, text) for index, text in words if text in labels]
    runs, stream = list[Run](), SequenceStream(model)
    for block in recording.blocks():
        for first, samples in finite_runs(block.samples, block.first):
            if not runs or first != runs[-1].first + runs[-1].length:
                stream.reset()
                runs.append(Run(first))
            runs[-1].features.append(stream.hear(samples)[1])
            if keep_raw:
                runs[-1].raw.append(samples.astype(np.float32))
            runs[-1].length += len(samples)
    for run in runs:
        yield from _pieces(run, done, model.spec)


def _pieces(run: Run, words: list[Word], spec: ModelSpec) -> Iterator[Part]:
    """Those in which anything was done: of the rest nobody knows whether its words were recorded."""
    mine = [(index - run.first, text) for index, text in words if 0 <= index - run.first < run.length]
    times, keys = np.array([at for at, _ in mine], np.int64), tuple(text for _, text in mine)
    done = Labelled(np.zeros((run.length, 0), np.float32), spec.rate_hz, keys, times, "", "")
    raw = np.concatenate(run.raw) if run.raw else None
    start = 0
    for piece in pieces_of(done, np.concatenate(run.features), spec):
        stop = start + len(piece.truth.signal)
        if piece.truth.keys:
            yield piece, run.first + start, None if raw is None else raw[start:stop]
        start = stop


def _started(
    store: Store, info: SourceInfo, user: str, model: SequenceModel, found: Found, active: Head | None
) -> Calibration:
    return store.calibrations.start(
        NewCalibration(
            user,
            Device(info.name, info.rate_hz, info.channels, info.unit),
            model.spec.name,
            model.fingerprint,
            noted(found.plan, "default", model.spec.require_sequence().labels, info),
            active.id if active else None,
            found.seed,
        ),
        who(),
    )


def _stored(store: Store, calibration: Calibration, found: Found, result: FitResult, spec: ModelSpec) -> Head:
    """Its next version, in use, after what it learned from."""
    trials = [store.trials.add(*piece_records(calibration.id, cut, spec), who()) for cut in found.cuts]
    head = store.heads.add(new_head(calibration, result, trials), result.onnx, who())
    return store.heads.accept(head.id, who())


def _say(line: str) -> None:
    Console(soft_wrap=True, highlight=False).print(line, markup=False)
