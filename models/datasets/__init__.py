"""Public data sets, one per file, as labelled trials. A data set is only its folder: nothing is downloaded here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from models.datasets import capgmyo, csl, flexemg, grabmyo, khushaba, myo_readings, ninapro, simulated, uci_hand
from models.datasets.trials import Trial, select
from models.errors import DatasetError
from models.pipeline.electrode_grid import Grid


@dataclass(frozen=True, slots=True)
class Dataset:
    """How a data set is read, and what a model card must say of it."""

    load: Callable[[Path], list[Trial]]
    labels: tuple[str, ...] | None
    """The gestures to keep, in the order of a model's outputs; ``None`` keeps all, by name."""
    title: str
    licence: str
    simulated: bool = False
    grid: Callable[[Path], Grid] | None = None
    """Where each channel stands, told by the folder: rows of channel numbers. ``None``: the channels form no grid."""
    rings: Callable[[Path], Grid] | None = None
    """Channel numbers of each ring of electrodes in their order round the arm. ``None``: there are no rings."""


_OURS: Final = "Apache-2.0, as Palmaris itself"
_SIMULATED_GRID: Final = "simulated users of Palmaris under an electrode grid or a ring"
_KHUSHABA: Final = (
    "Khushaba, Kodagoda, Takruri and Dissanayake 2012 (Expert Systems with Applications 39:10731-10738), two channels",
    "no licence found: research use; cite the paper",
)
_UCI_HAND: Final = (
    "UCI sEMG for Basic Hand movements, database 1: Sapsanis, Georgoulas, Tzes and Lymberopoulos 2013 (EMBC), "
    "two channels, unit unknown",
    "no licence found: research use; cite the paper",
)
_FLEXEMG: Final = (
    "flexemg: Moin et al. 2018 (ISCAS), 64 electrodes round the forearm",
    "GNU GPL v3: models trained on it are not shipped; cite the paper",
)
_FLEXEMG_RING: Final = (f"{_FLEXEMG[0]}, of which one ring of 16", _FLEXEMG[1])
_GRABMYO: Final = (
    "GRABMyo: Jiang, Pradhan and He 2024 (PhysioNet, doi 10.13026/89dm-f662), the 16 forearm channels",
    "not known here: see PhysioNet before you publish a model; cite the paper",
)
_CAPGMYO: Final = "CapgMyo: Du, Jin, Wei, Hu and Geng 2017 (Sensors 17:458), 128 electrodes round the forearm, database"
_CSL: Final = "csl-hdemg: Amma, Krings, Boer and Schultz 2015 (CHI), 192 electrodes on the forearm"
_MYO: Final = ("myo-readings: Francic, github.com/aljazfrancic/myo-readings-dataset, Myo armband, counts", "MIT")
_NINAPRO: Final = "NinaPro (ninapro.hevs.ch), 12 electrodes on the arm, unit taken for volts, database"
_ASK: Final = "not known here: ask the makers before you publish a model; cite the paper"
DATASETS: Final = {
    "khushaba-6": Dataset(khushaba.load, khushaba.SIX, *_KHUSHABA),
    "khushaba-10": Dataset(khushaba.load, khushaba.TEN, *_KHUSHABA),
    "simulated": Dataset(simulated.load, None, "simulated users of Palmaris", _OURS, True),
    "simulated-grid": Dataset(simulated.load, None, _SIMULATED_GRID, _OURS, True, simulated.grid, simulated.grid),
    "uci-hand": Dataset(uci_hand.load, uci_hand.GRASPS, *_UCI_HAND),
    "flexemg": Dataset(flexemg.load, flexemg.LABELS, *_FLEXEMG, grid=flexemg.grid),
    "flexemg-ring": Dataset(flexemg.load_ring, flexemg.LABELS, *_FLEXEMG_RING, rings=lambda _: (tuple(range(16)),)),
    "grabmyo": Dataset(grabmyo.load, None, *_GRABMYO, rings=lambda _: grabmyo.RINGS),
    "grabmyo-4": Dataset(grabmyo.load, grabmyo.FOUR, *_GRABMYO, rings=lambda _: grabmyo.RINGS),
    "capgmyo-a": Dataset(capgmyo.load, capgmyo.EIGHT, f"{_CAPGMYO} a", _ASK, grid=lambda _: capgmyo.GRID),
    "capgmyo-b": Dataset(
        partial(capgmyo.load, sessions=2), capgmyo.EIGHT, f"{_CAPGMYO} b", _ASK, grid=lambda _: capgmyo.GRID
    ),
    "capgmyo-c": Dataset(capgmyo.load, capgmyo.TWELVE, f"{_CAPGMYO} c", _ASK, grid=lambda _: capgmyo.GRID),
    "csl": Dataset(csl.load, csl.LABELS, _CSL, _ASK, grid=lambda _: csl.GRID),
    "myo": Dataset(myo_readings.load, myo_readings.LABELS, *_MYO, rings=lambda _: myo_readings.RINGS),
    "myo-7": Dataset(myo_readings.load, myo_readings.SEVEN, *_MYO, rings=lambda _: myo_readings.RINGS),
    **{
        f"ninapro-db{number}": Dataset(
            partial(ninapro.load, exercises=exercises), ninapro.labels_of(exercises), f"{_NINAPRO} {number}", _ASK
        )
        for number, exercises in ((2, ninapro.DB2), (4, ninapro.DB4), (7, ninapro.DB7))
    },
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
