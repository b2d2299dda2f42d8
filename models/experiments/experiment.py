"""What an experiment is: folds that can be computed alone, on any core, in any order, and the scores that they give."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Protocol

Settings = Mapping[str, str | int | float]
F1: Final = "F1"
RIGHT_KEYS: Final = "1 - CER"
"""What scores of text are: more is better, as with F1. CER is the character error rate."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of an experiment that is computed alone; its settings are all that its scores depend on."""

    name: str
    settings: Settings

    @property
    def seed(self) -> int:
        """Of what is random in it."""
        return int(self.settings.get("seed", 0))

    def key(self, experiment: str, data: str) -> str:
        """File name of its scores: the same experiment, settings and data, or another file."""
        identity = json.dumps([experiment, self.name, dict(self.settings), data], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Score:
    """How one subject fared: a cell of a table, before anything is averaged."""

    table: str
    arm: str
    """Row of the table: what was compared."""
    condition: str
    """Column of the table."""
    subject: str
    seed: int
    macro_f1: float
    """Window by window; of another ``measure``, that."""
    smoothed_macro_f1: float
    """With log-probabilities averaged over the last five windows of a trial; of text, the same again."""
    accuracy: float
    """Of text, the share of keys that were not taken for others."""
    fit_s: float = 0.0
    """Seconds that fitting the head took; its features are there already, computed while the trials were recorded."""
    measure: str = F1


@dataclass(frozen=True, slots=True)
class FoldResult:
    """The scores of one fold, and what made them."""

    fold: Fold
    scores: tuple[Score, ...]
    seconds: float
    """Of one core; a fold that went on from a checkpoint counts only what was left."""
    commit: str
    notes: Mapping[str, float] = field(default_factory=dict)
    """Figures that belong to no subject, such as the reconstruction of an autoencoder."""

    def to_json(self) -> str:
        """The text of its file."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "FoldResult":
        """Read it back. Raises ``ValueError``, ``KeyError`` or ``TypeError`` if it is damaged."""
        plain = json.loads(text)
        plain["fold"] = Fold(**plain["fold"])
        plain["scores"] = tuple(Score(**score) for score in plain["scores"])
        return cls(**plain)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What computing a fold gives."""

    scores: tuple[Score, ...]
    notes: Mapping[str, float] = field(default_factory=dict)


class Experiment(Protocol):
    """One question, as folds."""

    @property
    def question(self) -> str:
        """In one sentence."""
        ...

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """All folds; ``quick`` gives a size for tests, whose scores mean nothing."""
        ...

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """The scores of one fold; ``work`` is its own folder for checkpoints."""
        ...
