"""The last layer of a network that remembers, its only part that may be a user's own: from features to scores.

It travels as the tensors of a user's head (``own_tensors.py``), so that it is stored, versioned and rolled back like
any other head. That head is of kind ``linear``; served are its tensors, in the place of the graph's own ones.

F feature, K class.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from models.errors import ModelUnreadable
from models.head_graph import head_graph
from models.own_tensors import Tensors
from models.spec import HeadSpec, ModelSpec

WEIGHT: Final = "network.out.weight"
BIAS: Final = "network.out.bias"
"""Names of both in the graph, as torch's exporter gives them."""
BLANK: Final = "∅"
"""What the head calls the class that is no symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class LastLayer:
    """The scores of features x are ``weight @ x + bias``."""

    weight: npt.NDArray[np.float32]
    """(K, F)."""
    bias: npt.NDArray[np.float32]
    """(K,)."""

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[np.float32]]) -> Self:
        """From named tensors. Raises ``ModelUnreadable`` where they are not among them."""
        try:
            return cls(tensors[WEIGHT], tensors[BIAS])
        except KeyError as error:
            raise ModelUnreadable(
                "there is no last layer that could be a user's own: export the model again"
            ) from error

    @classmethod
    def everybodys(cls, graph: bytes) -> Self:
        """That of an exported network. Raises ``ModelUnreadable``."""
        found: Any = onnx.load_from_string(graph).graph.initializer
        layer = [part for part in found if part.name in (WEIGHT, BIAS)]
        return cls.of({part.name: np.array(numpy_helper.to_array(part)) for part in layer})

    @property
    def own(self) -> Tensors:
        """By their names in the graph."""
        return {WEIGHT: self.weight, BIAS: self.bias}

    def __call__(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(answer, F) -> (answer, K) scores."""
        return features @ self.weight.T + self.bias

    def head(self, spec: ModelSpec, encoder: str) -> bytes:
        """The file that is stored of a user; ``encoder``: SHA-256 of the graph that it belongs to."""
        blank = (BLANK,) if spec.kind == "sequence" else ()
        says = HeadSpec(kind="linear", labels=(*spec.require_sequence().labels, *blank), encoder=encoder)
        return head_graph(says, {"weight": self.weight, "bias": self.bias}, self.own)
