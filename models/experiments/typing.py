"""Text for somebody new: what do minutes of prompted typing bring, to the last layer alone and to all layers?

One simulated wristband, one hand that types. The last four people of the data set are new; all others train the generic
network. Of a new person's recording the last two minutes are scored, as a stream that began with the recording; the
first minutes are what they were asked to type. ``generic`` learned nothing of them and is the control; ``last layer``
is what a calibration does; ``everything`` fine-tunes all layers, which no calibration here can do. It is no bound for
the other: its examples begin with a normalisation that has heard nothing yet, which a stream has.

    palmaris simulate DIR --source 'sim://wristband?text=sentences' --users 16 --seconds 360
    palmaris experiment typing --data DIR

A network with half a second of memory, as this one has, cannot learn the sentences by heart.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Final

from models.datasets import simulated, simulated_sequences
from models.datasets.sequences import Sequence
from models.datasets.simulated import user_and_session
from models.errors import DatasetError
from models.experiments.encoders import alone
from models.experiments.experiment import RIGHT_KEYS, Experiment, Fold, Outcome, Score, Settings
from models.experiments.runner import fingerprint
from models.last_layer import LastLayer
from models.pipeline.sequence_stream import SequenceStream
from models.pipeline.symbols import SYMBOLS
from models.sequence_export import export_sequence
from models.sequence_runtime import SequenceModel
from models.training.fit_last_layer import LayerTraining, errors_of, fit_last_layer
from models.training.pieces import Array, piece_of, pieces_of
from models.training.sequence_metrics import TextErrors
from models.training.sequence_recipes import recipe
from models.training.train_sequence import CHECKPOINT, SequenceTraining, train_sequence

RECIPE: Final = recipe("small-live")
EPOCHS: Final = 10
TUNING: Final = replace(RECIPE, rate=5e-4)
TUNING_EPOCHS: Final = 15
NEW: Final = 4
"""People who are new, the last ones."""
MINUTES: Final = (0.25, 1.0, 2.0, 4.0)
"""The first is about one sentence."""
TEST_S: Final = 120.0
SEEDS: Final = 3


@dataclass(frozen=True, slots=True)
class Generic:
    """The network that learned from the others."""

    model: SequenceModel
    checkpoint: Path


class Typing:
    """Folds over seeds and new people."""

    question = "What do minutes of prompted typing bring a simulated newcomer, to the last layer and to all layers?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed and new person; ``quick`` gives the first of them."""
        size: Settings = (
            {"epochs": 1, "tuning": 1, "test_s": 2.0} if quick else {"epochs": EPOCHS, "tuning": TUNING_EPOCHS}
        )
        minutes = (0.05,) if quick else MINUTES
        plan = {"test_s": TEST_S, "minutes": ",".join(map(str, minutes)), **size}
        return [
            Fold(f"typing-{user}-seed{seed}", {"user": user, "seed": seed, **plan})
            for seed in range(1 if quick else SEEDS)
            for user in new_people(data)[: 1 if quick else NEW]
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the generic network, if no other fold did; then the new person."""
        recordings, new = simulated_sequences.load(data), new_people(data)
        generic = _generic([one for one in recordings if one.user not in new], fold, data, work)
        typists = [one for one in recordings if one.user == fold.settings["user"]]
        scores = [score for typist in typists for score in _scores(generic, typist, fold, work)]
        return Outcome(tuple(scores), _error_rates(scores))


def new_people(data: Path) -> list[str]:
    """The last ones of a data set. Raises ``DatasetError`` where nobody else is there to learn from."""
    users = sorted({user_and_session(file)[0] for file in simulated.recordings(data)})
    if len(users) <= NEW:
        raise DatasetError(f"the data set has {len(users)} people: simulate more than the {NEW} who are new")
    return users[-NEW:]


def _generic(recordings: list[Sequence], fold: Fold, data: Path, work: Path) -> Generic:
    """Trained now, or earlier for another person: it lies once, in OUT/networks."""
    config = SequenceTraining("generic", RECIPE, SYMBOLS, fold.seed, int(fold.settings["epochs"]), simulated=True)
    key = hashlib.sha256(f"{config} {fingerprint(data)}".encode()).hexdigest()[:12]
    folder = work.parent.parent / "networks" / f"typing-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        return _trained(recordings, config, folder)


def _trained(recordings: list[Sequence], config: SequenceTraining, work: Path) -> Generic:
    trained = train_sequence(recordings, [], config, work)
    path = export_sequence(trained.network, trained.spec, trained.prior, work)
    return Generic(SequenceModel(path), work / CHECKPOINT.format(kind=trained.spec.kind))


def _scores(generic: Generic, typist: Sequence, fold: Fold, work: Path) -> Iterator[Score]:
    spec, layer = generic.model.spec, LastLayer.everybodys(generic.model.content)
    test_s, heard = float(fold.settings["test_s"]), _features(generic.model, typist)
    test = piece_of(typist, heard, spec, len(typist.signal) - round(test_s * spec.rate_hz), len(typist.signal))
    yield _score(("generic", 0.0), typist, fold, errors_of(test, layer, spec))
    for minutes in map(float, str(fold.settings["minutes"]).split(",")):
        prompted = typist.between(0, round(60 * minutes * spec.rate_hz))
        start = time.perf_counter()
        own = fit_last_layer(list(pieces_of(prompted, heard, spec)), layer, spec, LayerTraining(seed=fold.seed))
        fit_s = time.perf_counter() - start
        yield _score(("last layer", minutes), typist, fold, errors_of(test, own, spec), fit_s)
        yield _score(("everything", minutes), typist, fold, _tuned(generic, typist, prompted, fold, work))


def _error_rates(scores: list[Score]) -> dict[str, float]:
    """CER by arm and condition, each person counted alike."""
    rates: dict[str, list[float]] = {}
    for score in scores:
        rates.setdefault(f"CER, {score.arm}, {score.condition}", []).append(1 - score.macro_f1)
    return {cell: fmean(values) for cell, values in rates.items()}


def _tuned(generic: Generic, typist: Sequence, prompted: Sequence, fold: Fold, work: Path) -> TextErrors:
    """Of the network all of whose layers learned from what was prompted."""
    seed, epochs = fold.seed, int(fold.settings["tuning"])
    config = SequenceTraining("tuned", TUNING, SYMBOLS, seed, epochs, simulated=True, start=generic.checkpoint)
    model = _trained([prompted], config, work / f"{len(prompted.signal)}").model
    stop = len(typist.signal)
    start = stop - round(float(fold.settings["test_s"]) * model.spec.rate_hz)
    test = piece_of(typist, _features(model, typist), model.spec, start, stop)
    return errors_of(test, LastLayer.everybodys(model.content), model.spec)


def _features(model: SequenceModel, typist: Sequence) -> Array:
    return SequenceStream(model).hear(typist.signal)[1]


def _score(cell: tuple[str, float], typist: Sequence, fold: Fold, errors: TextErrors, fit_s: float = 0.0) -> Score:
    """``cell``: arm, and minutes that were prompted."""
    arm, minutes = cell
    right, kept = 1 - errors.cer, 1 - errors.substitutions / errors.symbols
    return Score("typing", arm, f"{minutes:g} min", typist.user, fold.seed, right, right, kept, fit_s, RIGHT_KEYS)


EXPERIMENT: Experiment = Typing()
