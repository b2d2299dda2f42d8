"""The zero-effort step on a new day: a head that takes today's features as if they had yesterday's statistics.

For models of windows. A network of images has batch norms, which take today's statistics instead: ``own_norms.py``.

Electrodes sit a little elsewhere, the skin is drier: features move and stretch. Each feature's mean and deviation over
the same gestures, in any order and unlabelled, are brought back to those of the user's trials. As that is affine, it is
folded into the first layer of the head, and nothing else changes (models/RESULTS.md, disturbances, "unlabelled").

F feature.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from models.head_graph import head_graph, head_tensors, own_tensors
from models.own_tensors import Tensors as OwnTensors
from models.spec import HeadKind
from models.training.alignment import Statistics

Tensors = dict[str, npt.NDArray[np.float32]]
Vector = npt.NDArray[np.float64]

#: Kind -> the weights (output, F) and biases (output,) of the first layer.
_FIRST: Final[Mapping[HeadKind, tuple[str, str]]] = {
    "linear": ("weight", "bias"),
    "mlp": ("hidden.weight", "hidden.bias"),
}


def renormalised(head: bytes, before: Statistics, now: Statistics) -> bytes:
    """ONNX of a head fitted on features with the statistics ``before`` -> ONNX for the same ones as they are ``now``.

    Raises:
        ModelUnreadable: it is no head of ours.
    """
    spec, tensors = head_tensors(head)
    stretch = before.deviation / now.deviation  # (F,)
    shift = before.mean - now.mean * stretch  # (F,)
    changed = (
        _gaussians(tensors, stretch, shift) if spec.kind == "gaussians" else _layer(tensors, spec.kind, stretch, shift)
    )
    return head_graph(spec, tensors | changed, own_tensors(head))


def with_own(head: bytes, own: OwnTensors) -> bytes:
    """ONNX of a head -> ONNX of the same one, whose user has these tensors in the frozen part of the model.

    Raises:
        ModelUnreadable: it is no head of ours.
    """
    return head_graph(*head_tensors(head), own)


def _layer(
    tensors: Tensors, kind: HeadKind, stretch: npt.NDArray[np.float64], shift: npt.NDArray[np.float64]
) -> Tensors:
    weight, bias = _FIRST[kind]
    return {
        weight: (tensors[weight] * stretch).astype(np.float32),
        bias: (tensors[bias] + tensors[weight] @ shift).astype(np.float32),
    }


def _gaussians(tensors: Tensors, stretch: Vector, shift: Vector) -> Tensors:
    project = tensors["project"]  # (F, D)
    return {
        "project": (project * stretch[:, np.newaxis]).astype(np.float32),
        "offset": (tensors["offset"] - shift @ project).astype(np.float32),
    }
