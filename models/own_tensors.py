"""What a user has for themselves of the frozen graph: a few named tensors, statistics of batch norms above all.

They travel in the metadata of the user's head, so that both are stored, versioned and rolled back together, and take
the place of the graph's own when that head is used. No onnx here: the service serves without it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from models.errors import ModelMismatch, ModelUnreadable

Tensors = Mapping[str, npt.NDArray[np.float32]]
Shapes = Mapping[str, tuple[int, ...]]

OWN_KEY: Final = "palmaris.own"
"""Where a head's file keeps them."""
TENSORS_KEY: Final = "palmaris.tensors"
"""Where a frozen graph lists, by name and shape, what a user can have for themselves."""


def packed(own: Tensors) -> str:
    """As text for the metadata."""
    return b64encode(save({name: np.ascontiguousarray(values) for name, values in sorted(own.items())})).decode()


def unpacked(text: str | None) -> dict[str, npt.NDArray[np.float32]]:
    """The way back; none of ``None``. Raises ``ModelUnreadable``."""
    if text is None:
        return {}
    try:
        own: dict[str, npt.NDArray[np.float32]] = load(b64decode(text, validate=True))
    except (SafetensorError, ValueError, KeyError, TypeError, ImportError) as error:  # the last three: odd types
        raise ModelUnreadable("the head's tensors of the frozen part are damaged: calibrate again") from error
    return own


def listed(tensors: Tensors) -> str:
    """Names and shapes as text for the metadata."""
    return json.dumps({name: values.shape for name, values in tensors.items()})


def shapes_of(text: str | None) -> dict[str, tuple[int, ...]]:
    """The way back; none of ``None``. Raises ``ModelUnreadable``."""
    try:
        return {str(name): tuple(map(int, shape)) for name, shape in json.loads(text or "{}").items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelUnreadable("the model's list of tensors is damaged: export it again") from error


def require_own(own: Tensors, known: Shapes, model: str) -> None:
    """Raise ``ModelMismatch`` unless a model with such tensors can take those: ONNX Runtime would not notice."""
    remedy = "calibrate again on this model"
    for name, values in own.items():
        if name not in known:
            raise ModelMismatch(f"model {model} has no tensor {name[:80]!r} for a user to have: {remedy}")
        if values.shape != known[name] or values.dtype != np.float32:
            raise ModelMismatch(
                f"tensor {name} of model {model} is float32 of shape {known[name]}, the user's is {values.dtype} of "
                f"shape {values.shape}: {remedy}"
            )
        if not np.isfinite(values).all() or (name.endswith("running_var") and (values < 0).any()):
            raise ModelMismatch(f"the user's tensor {name} holds numbers that no signal has: {remedy}")
