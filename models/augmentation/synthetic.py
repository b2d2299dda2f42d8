"""Generated windows. They know what made them, and they can be learned from, nothing else.

``Synthetic`` has no trials, so whatever validates or tests, which takes trials or ``Windows`` of trials, cannot take
it. Its one way on is ``mixed``, which asks by which trials the learner will be judged, and refuses where the
generator has seen one of them. Its files are refused by every reader of recordings.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.datasets.npz import GENERATED, read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.training.splits import Identity, Split, identity
from models.training.windows import Windows


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where generated windows come from."""

    generator: str
    """SHA-256 of its weights."""
    rung: str
    """How conditions were chosen: a rung of ``models.augmentation.ladder``."""
    seed: int
    trials: tuple[Identity, ...]
    """All that generator, task encoder and conditions have seen."""
    labels: tuple[str, ...]
    rate_hz: float
    simulated: bool
    """The trials were of simulated users."""
    date: str
    commit: str
    """Of the code that ran."""
    command: str = ""
    """That draws them again; empty where a program of somebody's own drew them."""

    def apart_from(
        self, judges: Collection[Trial], remedy: str = "judge by other trials, or generate without it"
    ) -> None:
        """Raises ``DatasetError`` if a trial that will judge a learner was seen when these windows were made."""
        if leaked := set(self.trials) & {identity(trial) for trial in judges}:
            subject, session, label, number = sorted(leaked)[0]
            raise DatasetError(
                f"the generator has seen trial {number} of {label}, subject {subject}, session {session}: {remedy}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic:
    """Generated windows, for learning only."""

    x: npt.NDArray[np.float32]
    """(n, time, channel) filtered microvolts."""
    y: npt.NDArray[np.int64]
    """(n,) index in ``provenance.labels``."""
    items: npt.NDArray[np.int64]
    """(n,) number of each within what was generated: with the provenance, its origin."""
    subjects: npt.NDArray[np.str_]
    """(n,) as strong as whose each is."""
    provenance: Provenance

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)

    def of(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Synthetic":
        """Some of them, which keep their provenance and numbers."""
        return Synthetic(self.x[chosen], self.y[chosen], self.items[chosen], self.subjects[chosen], self.provenance)

    def lasting(self, samples: int) -> "Synthetic":
        """Of so many samples each: the middle of longer windows, shorter ones mirrored at both ends."""
        missing = samples - self.x.shape[1]
        if missing <= 0:
            start = -missing // 2
            return replace(self, x=self.x[:, start : start + samples])
        ends = (missing // 2, missing - missing // 2)
        return replace(self, x=np.pad(self.x, ((0, 0), ends, (0, 0)), "reflect"))

    def save(self, file: Path) -> None:
        """Write them as npz."""
        told = json.dumps(asdict(self.provenance))
        np.savez_compressed(
            file,
            windows=self.x,
            gestures=self.y,
            items=self.items,
            subjects=self.subjects,
            provenance=np.array(told),
        )

    @classmethod
    def load(cls, file: Path) -> "Synthetic":
        """Read them back. Raises ``DatasetError`` if the file is damaged or holds no generated windows."""
        x, y, items, subjects, told = read_npz(
            file, "windows", "gestures", "items", "subjects", GENERATED, generated=True
        )
        try:
            plain = json.loads(str(told))
            seen = tuple((str(s), str(d), str(label), int(number)) for s, d, label, number in plain.pop("trials"))
            provenance = Provenance(**{**plain, "labels": tuple(plain["labels"]), "trials": seen})
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"the provenance in {file} is damaged ({error}): generate it again") from error
        return cls(x, y, items, subjects, provenance)


@dataclass(frozen=True, slots=True, eq=False)
class LearnSet:
    """Real and generated windows to learn from; it has no trials, so it judges nothing."""

    x: npt.NDArray[np.float32]
    """(n, time, channel) filtered microvolts."""
    y: npt.NDArray[np.int64]
    """(n,) index of the label."""
    generated: npt.NDArray[np.bool_]
    """(n,) which are not real."""
    provenance: Provenance
    """Of those."""

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)


def mixed(real: Windows, synthetic: Synthetic, judged_by: Sequence[Trial], ratio: float = 2.0) -> LearnSet:
    """Real windows, and of each gesture ``ratio`` times as many generated ones, or all there are (SYSTEMS 4.6: 2:1).

    Args:
        real: of the trials to learn from.
        synthetic: of the same gestures, in the same order.
        judged_by: every trial that will stop, validate or test what learns.
        ratio: generated to real.

    Raises:
        DatasetError: a trial is on both sides, the generator has seen one of ``judged_by``, or shapes differ.
    """
    Split(real.trials, tuple(judged_by))
    synthetic.provenance.apart_from(judged_by)
    if real.x.shape[1:] != synthetic.x.shape[1:]:
        raise DatasetError(
            f"real windows are {real.x.shape[1:]} (time, channel), generated ones {synthetic.x.shape[1:]}: cut alike"
        )
    chosen = [np.flatnonzero(synthetic.y == k)[: round(ratio * (real.y == k).sum())] for k in np.unique(real.y)]
    made = synthetic.of(np.concatenate(chosen))
    generated = np.repeat([False, True], [len(real), len(made)])
    return LearnSet(np.concatenate([real.x, made.x]), np.concatenate([real.y, made.y]), generated, made.provenance)
