"""Generated windows as a supplement to recorded ones, in a training of ``models.training``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.augmentation.synthetic import LearnSet, Synthetic, mixed
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.training.lesson import Lesson
from models.training.windows import Windows, shape_of

_AGAIN: Final = "draw them from the recordings to learn from (palmaris augment)"
_STOPS: Final = (
    "stop the training by another trial (--validation-trial) or by none (--no-validation), or generate without it "
    "(palmaris augment --trials)"
)
_SCORES: Final = "score the model on others (--test-trials), or generate without it (palmaris augment --trials)"


@dataclass(frozen=True, slots=True, eq=False)
class Supplement:
    """``More`` of ``models.training.lesson``: up to two generated windows for each recorded one."""

    made: Synthetic
    scored: tuple[Trial, ...]
    """The trials that will score what learns."""
    simulated: bool
    """The recordings are of simulated users."""

    def __call__(self, real: Windows, labels: tuple[str, ...], margin: int, stops: Sequence[Trial]) -> Lesson:
        """Recorded windows, then generated ones; these have no margin, so their ends are mirrored.

        Raises:
            DatasetError: the generator has seen a trial that will stop or score, or its windows do not fit.
        """
        self._require_fit(real, labels, margin)
        self.made.provenance.apart_from(stops, _STOPS)
        self.made.provenance.apart_from(self.scored, _SCORES)
        both = mixed(real, self.made.lasting(real.x.shape[1]), (*stops, *self.scored))
        return Lesson(both.x, both.y, _facts(both))

    def _require_fit(self, real: Windows, labels: tuple[str, ...], margin: int) -> None:
        told, (_, length, channels) = self.made.provenance, self.made.x.shape
        rate_hz, wanted = shape_of(real.trials)
        window = real.x.shape[1] - 2 * margin
        if told.simulated != self.simulated:
            raise DatasetError(
                f"the generated windows are {_whose(told.simulated)}, the recordings {_whose(self.simulated)}: {_AGAIN}"
            )
        if told.labels != labels:
            raise DatasetError(
                f"the generated windows are of {', '.join(told.labels)}, the recordings of {', '.join(labels)}: "
                f"{_AGAIN}"
            )
        if (told.rate_hz, channels) != (rate_hz, wanted) or length < window:
            raise DatasetError(
                f"the generated windows are {length} samples of {channels} channels at {told.rate_hz:g} Hz, the model "
                f"needs {window} samples of {wanted} channels at {rate_hz:g} Hz: {_AGAIN}"
            )


def _whose(simulated: bool) -> str:
    return "of simulated users" if simulated else "of people"


def _facts(both: LearnSet) -> dict[str, str]:
    told, made = both.provenance, int(both.generated.sum())
    people = sorted({subject for subject, *_ in told.trials})
    numbers = sorted({number for *_, number in told.trials})
    return {
        "Generated windows": f"{made} beside the {len(both) - made} recorded ones; conditions {told.rung}, seed "
        f"{told.seed}, after trials {', '.join(map(str, numbers))} of {', '.join(people)}; nothing is scored on them",
        "Generator": f"SHA-256 {told.generator}; windows drawn {told.date}, on commit {told.commit}",
    }
