"""Public data sets, one per file, as labelled trials. A data set is only its folder: nothing is downloaded here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import khushaba, simulated, uci_hand
from models.datasets.trials import Trial, select
from models.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Dataset:
    """How a data set is read, and what a model card must say of it."""

    load: Callable[[Path], list[Trial]]
    labels: tuple[str, ...] | None
    """The gestures to keep, in the order of a model's outputs; ``None`` keeps all, by name."""
    title: str
    licence: str
    simulated: bool = False


_KHUSHABA: Final = (
    "Khushaba, Kodagoda, Takruri and Dissanayake 2012 (Expert Systems with Applications 39:10731-10738), two channels",
    "no licence found: research use; cite the paper",
)
_UCI_HAND: Final = (
    "UCI sEMG for Basic Hand movements, database 1: Sapsanis, Georgoulas, Tzes and Lymberopoulos 2013 (EMBC), "
    "two channels, unit unknown",
    "no licence found: research use; cite the paper",
)
DATASETS: Final = {
    "khushaba-6": Dataset(khushaba.load, khushaba.SIX, *_KHUSHABA),
    "khushaba-10": Dataset(khushaba.load, khushaba.TEN, *_KHUSHABA),
    "simulated": Dataset(simulated.load, None, "simulated users of Palmaris", "Apache-2.0, as Palmaris itself", True),
    "uci-hand": Dataset(uci_hand.load, uci_hand.GRASPS, *_UCI_HAND),
}


def dataset(name: str) -> Dataset:
    """The data set of that name. Raises ``DatasetError`` where there is none."""
    if name not in DATASETS:
        raise DatasetError(f"no data set {name!r}; known: {', '.join(DATASETS)}")
    return DATASETS[name]


def load_trials(name: str, folder: Path) -> list[Trial]:
    """The trials of a data set in ``folder``, those of its labels alone.

    Raises:
        DatasetError: no such data set, no such files, or damaged ones.
    """
    entry = dataset(name)
    trials = entry.load(folder)
    return trials if entry.labels is None else select(trials, entry.labels)


def labels_of(name: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    """The gestures of a data set in the order of a model's outputs."""
    return dataset(name).labels or tuple(sorted({trial.label for trial in trials}))
