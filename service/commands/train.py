"""``palmaris train``: from recordings to the files of a model."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from models.datasets import dataset, labels_of, load_trials
from models.datasets.trials import Trial
from models.errors import DatasetError, ModelMismatch
from models.runtime import load_model
from service.commands.evaluate import Chosen, show

try:
    from models.augmentation.supplement import Supplement
    from models.augmentation.synthetic import Synthetic
    from models.training.augment import STILL, Rotation
    from models.training.baseline import lda_beside, score_windows
    from models.training.fine_tuned import fine_tuned
    from models.training.loop import Progress as Epoch
    from models.training.publish import publish
    from models.training.train_csae import CSAETraining, train_csae
    from models.training.train_grid import GridTraining, network_of, train_grid
    from models.training.train_lda import LDATraining, train_lda
    from models.training.train_pooled import PooledTraining, train_pooled
    from models.training.transfer import Plan
    from models.training.turned import when_turned
except ModuleNotFoundError as error:
    raise ModelMismatch(f"training needs {error.name}: pip install 'palmaris[train]'") from error


@dataclass(frozen=True, slots=True)
class Order:
    """What to train on, what to test on, and where the model goes."""

    name: str
    source: str
    """Name of the data set."""
    data: Path
    """Its folder."""
    learn: frozenset[int]
    """Numbers of the trials that may be learned from."""
    test: frozenset[int]
    """Numbers of the trials that score the model, once."""
    out: Path
    chosen: Chosen = field(default_factory=Chosen)
    """Of whom, and of which sessions."""
    generated: Path | None = None
    """Windows that ``palmaris augment`` drew, to learn from too."""


@dataclass(frozen=True, slots=True)
class GridSchedule:
    """How long a network of images learns."""

    network: str
    validation_trial: int | None
    epochs: int
    seed: int
    mains_hz: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a CSAE learns."""

    validation_trial: int | None
    """Number of the trial that stops the training early, if any."""
    autoencoder_epochs: int
    head_epochs: int
    seed: int


def csae(order: Order, schedule: Schedule, rotation: int | None) -> None:
    """Train a CSAE, and the classical baseline beside it; checkpoints lie in ``out``, the same call goes on from them.

    ``rotation``: by how many electrodes rings are turned in training, ``None``: an eighth of a turn.
    """
    turned = _rotation(order, rotation)
    learn, test = split(order)
    labels = labels_of(order.source, learn)
    simulated = dataset(order.source).simulated
    more = _supplement(order, test)
    config = CSAETraining(order.name, labels, rotation=turned, simulated=simulated, **asdict(schedule))
    with progress() as on_epoch:
        model = train_csae(learn, config, order.out / "checkpoints", on_epoch, more)
    control = train_lda(learn, LDATraining("baseline", labels))
    told = replace(model, facts={**model.facts, **when_turned(model, control, test, turned.rings)})
    baseline = score_windows(control, test)
    show(publish(told, order.source, test, order.out, _commands("csae", order, more), baseline=baseline), baseline)


def hybrid(order: Order, epochs: int, seed: int) -> None:
    """Train learned beside classical features, and one head for everybody; resumes as ``csae`` does."""
    learn, test = split(order)
    labels = labels_of(order.source, learn)
    config = PooledTraining(order.name, labels, seed, epochs, simulated=dataset(order.source).simulated)
    with progress() as on_epoch:
        model = train_pooled(learn, config, order.out / "checkpoints", on_epoch)
    show(publish(model, order.source, test, order.out, _commands("hybrid", order)))


def grid(order: Order, schedule: GridSchedule) -> None:
    """Train a network of instantaneous images, and the classical baseline beside it; resumes as ``csae`` does."""
    entry = dataset(order.source)
    network_of(schedule.network)
    if entry.grid is None:
        raise DatasetError(f"{order.source} has no grid of electrodes: choose flexemg, capgmyo-a or csl, or train lda")
    learn, test = split(order)
    labels = labels_of(order.source, learn)
    config = GridTraining(order.name, labels, entry.grid(order.data), simulated=entry.simulated, **asdict(schedule))
    with progress() as on_epoch:
        model = train_grid(learn, config, order.out / "checkpoints", on_epoch)
    baseline = lda_beside(learn, test, labels)
    show(publish(model, order.source, test, order.out, _commands("all-convnet", order), baseline=baseline), baseline)


def tune(order: Order, start: str, frozen: int, epochs: int, seed: int) -> None:
    """Move a network of images to other trials: its statistics anew, then its upper layers."""
    entry, model = dataset(order.source), load_model(start)
    if entry.grid is None:
        raise DatasetError(f"{order.source} has no grid of electrodes: choose flexemg, capgmyo-a or csl")
    learn, test = split(order)
    plan = Plan(frozen=frozen, epochs=epochs, seed=seed)
    tuned = fine_tuned(model, learn, order.name, entry.grid(order.data), plan)
    show(publish(tuned, order.source, test, order.out, _commands("fine-tune", order)))


def lda(order: Order) -> None:
    """Fit the classical baseline."""
    learn, test = split(order)
    more = _supplement(order, test)
    config = LDATraining(order.name, labels_of(order.source, learn), simulated=dataset(order.source).simulated)
    show(publish(train_lda(learn, config, more), order.source, test, order.out, _commands("lda", order, more)))


def _supplement(order: Order, test: Sequence[Trial]) -> Supplement | None:
    if order.generated is None:
        return None
    return Supplement(Synthetic.load(order.generated), tuple(test), dataset(order.source).simulated)


def _rotation(order: Order, most: int | None) -> Rotation:
    rings = dataset(order.source).rings
    if rings is None:
        if most:
            raise DatasetError(f"{order.source} has no rings of electrodes to turn: leave --rotation out")
        return STILL
    found = Rotation.of(rings(order.data))
    return found if most is None else replace(found, most=most)


def split(order: Order) -> tuple[Sequence[Trial], Sequence[Trial]]:
    """The trials to learn from and those to test on. Raises ``DatasetError`` if they overlap, or there are none."""
    if both := order.learn & order.test:
        raise DatasetError(
            f"trial {min(both)} is in --trials and in --test-trials: a model is not tested on what it saw"
        )
    trials = order.chosen.of(load_trials(order.source, order.data))
    learn = [trial for trial in trials if trial.trial in order.learn]
    test = [trial for trial in trials if trial.trial in order.test]
    if not learn or not test:
        there = ", ".join(map(str, sorted({trial.trial for trial in trials})))
        raise DatasetError(f"no trials to {'test' if learn else 'learn'} from: the data set has trials {there}")
    order.out.mkdir(parents=True, exist_ok=True)
    return learn, test


def _commands(kind: str, order: Order, more: Supplement | None = None) -> tuple[str, ...]:
    words = ["palmaris", *sys.argv[1:]] if sys.argv[1:2] == ["train"] else ["palmaris", "train", kind]
    private = {str(order.data): "FOLDER", str(order.out): "OUT"}
    if order.generated is not None:
        private[str(order.generated)] = order.generated.name
    drawn = () if more is None else (more.made.provenance.command,)
    trials = ",".join(map(str, sorted(order.test)))
    return (
        *filter(None, drawn),
        " ".join(private.get(word, word) for word in words),
        f"palmaris evaluate {order.name} --dataset {order.source} --data FOLDER --trials {trials}{_only(order.chosen)}",
    )


def _only(chosen: Chosen) -> str:
    flags = {"subjects": chosen.subjects, "sessions": chosen.sessions}
    return "".join(f" --{flag} {','.join(sorted(names))}" for flag, names in flags.items() if names)


@contextmanager
def progress() -> Iterator[Callable[[Epoch], None]]:
    """Shows epochs as they end, on the terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def on_epoch(epoch: Epoch) -> None:
            if epoch.stage not in tasks:
                tasks[epoch.stage] = progress.add_task(epoch.stage, total=epoch.epochs)
            score = "" if epoch.score is None else f", validation {epoch.score:.4f}"
            told = f"{epoch.stage}: loss {epoch.loss:.4f}{score}"
            progress.update(tasks[epoch.stage], completed=epoch.epoch, description=told)

        yield on_epoch
