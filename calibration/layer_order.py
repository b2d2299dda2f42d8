"""What a fit of a last layer is asked: a type alone, so that the service can ask without importing torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.last_layer import LastLayer
from models.spec import ModelSpec
from models.training.pieces import Piece


@dataclass(frozen=True, slots=True, eq=False)
class LayerOrder:
    """Which layer to make."""

    spec: ModelSpec
    everybodys: LastLayer
    previous: LastLayer | None = None
    """The user's own of before."""
    old: Sequence[Piece] = ()
    """Of earlier calibrations: they rehearse, and are not scored. Those that are also of today do not count as old."""
    seed: int = 0
    simulated: bool = False
