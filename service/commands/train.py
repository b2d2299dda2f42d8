"""``palmaris train``: from recordings to the files of a model."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from models.datasets import dataset, labels_of, load_trials
from models.datasets.trials import Trial
from models.errors import DatasetError, ModelMismatch
from service.commands.evaluate import show

try:
    from models.training.loop import Progress as Epoch
    from models.training.publish import publish
    from models.training.train_csae import CSAETraining, train_csae
    from models.training.train_lda import LDATraining, train_lda
    from models.training.train_pooled import PooledTraining, train_pooled
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


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a CSAE learns."""

    validation_trial: int | None
    """Number of the trial that stops the training early, if any."""
    autoencoder_epochs: int
    head_epochs: int
    seed: int


def csae(order: Order, schedule: Schedule) -> None:
    """Train a CSAE; checkpoints lie in ``out``, and the same call goes on from them."""
    learn, test = _split(order)
    labels = labels_of(order.source, learn)
    config = CSAETraining(order.name, labels, simulated=dataset(order.source).simulated, **asdict(schedule))
    with _progress() as on_epoch:
        model = train_csae(learn, config, order.out / "checkpoints", on_epoch)
    show(publish(model, order.source, test, order.out, _commands("csae", order)))


def hybrid(order: Order, epochs: int, seed: int) -> None:
    """Train learned beside classical features, and one head for everybody; resumes as ``csae`` does."""
    learn, test = _split(order)
    labels = labels_of(order.source, learn)
    config = PooledTraining(order.name, labels, seed, epochs, simulated=dataset(order.source).simulated)
    with _progress() as on_epoch:
        model = train_pooled(learn, config, order.out / "checkpoints", on_epoch)
    show(publish(model, order.source, test, order.out, _commands("hybrid", order)))


def lda(order: Order) -> None:
    """Fit the classical baseline."""
    learn, test = _split(order)
    config = LDATraining(order.name, labels_of(order.source, learn), simulated=dataset(order.source).simulated)
    show(publish(train_lda(learn, config), order.source, test, order.out, _commands("lda", order)))


def _split(order: Order) -> tuple[Sequence[Trial], Sequence[Trial]]:
    if both := order.learn & order.test:
        raise DatasetError(
            f"trial {min(both)} is in --trials and in --test-trials: a model is not tested on what it saw"
        )
    trials = load_trials(order.source, order.data)
    learn = [trial for trial in trials if trial.trial in order.learn]
    test = [trial for trial in trials if trial.trial in order.test]
    if not learn or not test:
        there = ", ".join(map(str, sorted({trial.trial for trial in trials})))
        raise DatasetError(f"no trials to {'test' if learn else 'learn'} from: the data set has trials {there}")
    order.out.mkdir(parents=True, exist_ok=True)
    return learn, test


def _commands(kind: str, order: Order) -> tuple[str, str]:
    words = ["palmaris", *sys.argv[1:]] if sys.argv[1:2] == ["train"] else ["palmaris", "train", kind]
    told = [{str(order.data): "FOLDER", str(order.out): "OUT"}.get(word, word) for word in words]
    trials = ",".join(map(str, sorted(order.test)))
    return (
        " ".join(told),
        f"palmaris evaluate {order.name} --dataset {order.source} --data FOLDER --trials {trials}",
    )


@contextmanager
def _progress() -> Iterator[Callable[[Epoch], None]]:
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
