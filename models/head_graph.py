"""A head between its two forms: a few named tensors, and the ONNX graph that serves them.

A user's head is made while its user waits, so its graph is put together here, in a millisecond, not by torch's
exporter, which takes a second. The arithmetic is that of ``models/networks/heads.py``.

B batch, F feature, H hidden unit, K class, D direction.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError
from onnx import NodeProto, TensorProto, helper, numpy_helper
from pydantic import ValidationError

from models.errors import ModelUnreadable
from models.own_tensors import OWN_KEY, Tensors, packed, unpacked
from models.runtime import SPEC_KEY
from models.spec import HeadKind, HeadSpec

OPSET: Final = 20
"""Has GELU, GridSample and LayerNormalization; every ONNX Runtime since 1.18 reads it."""
IR_VERSION: Final = 10
"""Of the file itself; that of opset 20 and of ONNX Runtime 1.18."""

_AXIS: Final = {"first": [1], "second": [2]}


def head_graph(spec: HeadSpec, tensors: Tensors, own: Tensors | None = None) -> bytes:
    """The ONNX graph of a head; in the metadata its spec, and the tensors of the frozen graph that its user has.

    Raises:
        ModelUnreadable: names or shapes of the tensors are not those of such a head, or a number is not finite.
    """
    features = require_shapes(spec, tensors)
    nodes = [*_NODES[spec.kind](), helper.make_node("LogSoftmax", ["scores"], ["answer"], axis=1)]
    constants = [numpy_helper.from_array(np.asarray(values), name) for name, values in sorted(tensors.items())]
    if spec.kind == "gaussians":
        constants += [numpy_helper.from_array(np.array(axes), name) for name, axes in _AXIS.items()]
        constants.append(numpy_helper.from_array(np.array(0.5, np.float32), "half"))
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", features])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["batch", len(spec.labels)])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()} | ({OWN_KEY: packed(own)} if own else {}))
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def head_tensors(content: bytes) -> tuple[HeadSpec, dict[str, npt.NDArray[np.float32]]]:
    """The spec and the tensors of such a graph.

    Raises:
        ModelUnreadable: it is no graph that ``head_graph`` made.
    """
    try:
        model = onnx.load_from_string(content)
        spec = HeadSpec.model_validate_json({prop.key: prop.value for prop in model.metadata_props}[SPEC_KEY])
    except (DecodeError, KeyError, ValidationError) as error:
        raise ModelUnreadable("this is no head of ours: export it with palmaris train, or calibrate again") from error
    found = {constant.name: constant for constant in model.graph.initializer}
    names = [name for name in _SHAPES[spec.kind] if name in found]
    tensors = {name: np.array(numpy_helper.to_array(found[name])) for name in names}
    require_shapes(spec, tensors)
    return spec, tensors


def own_tensors(content: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """The user's tensors of the frozen graph that such a graph keeps; none of most. Raises ``ModelUnreadable``."""
    try:
        model = onnx.load_from_string(content)
    except DecodeError as error:
        raise ModelUnreadable("this is no head of ours: export it with palmaris train, or calibrate again") from error
    return unpacked({prop.key: prop.value for prop in model.metadata_props}.get(OWN_KEY))


def require_shapes(spec: HeadSpec, tensors: Tensors) -> int:
    """The number of features of such a head.

    Raises:
        ModelUnreadable: see ``head_graph``.
    """
    wanted = _SHAPES[spec.kind]
    if set(tensors) != set(wanted):
        raise ModelUnreadable(f"a head of kind {spec.kind} has the tensors {', '.join(wanted)}, not {_list(tensors)}")
    sizes = {"K": len(spec.labels)}
    for name, axes in wanted.items():
        values = tensors[name]
        fits = values.ndim == len(axes) and all(
            sizes.setdefault(axis, size) == size for axis, size in zip(axes, values.shape, strict=True)
        )
        if not fits or values.dtype != np.float32 or not np.isfinite(values).all():
            shape = ", ".join(f"{axis} = {sizes[axis]}" if axis in sizes else axis for axis in axes)
            raise ModelUnreadable(f"tensor {name} of a {spec.kind} head must be finite float32 of shape ({shape})")
    return sizes["F"]


def _list(tensors: Tensors) -> str:
    return ", ".join(sorted(tensors)) or "none"


_SHAPES: Final[Mapping[HeadKind, Mapping[str, str]]] = {
    "linear": {"weight": "KF", "bias": "K"},
    "mlp": {"hidden.weight": "HF", "hidden.bias": "H", "out.weight": "KH", "out.bias": "K"},
    "gaussians": {"project": "FD", "offset": "D", "centres": "KD", "roots": "KDD", "bias": "K"},
}
"""Kind -> tensor -> a letter per axis; the same letter is the same size."""


def _linear() -> list[NodeProto]:
    return [helper.make_node("Gemm", ["x", "weight", "bias"], ["scores"], transB=1)]


def _mlp() -> list[NodeProto]:
    return [
        helper.make_node("Gemm", ["x", "hidden.weight", "hidden.bias"], ["hidden"], transB=1),  # (B, H)
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "out.weight", "out.bias"], ["scores"], transB=1),  # (B, K)
    ]


def _gaussians() -> list[NodeProto]:
    return [
        helper.make_node("MatMul", ["x", "project"], ["turned to plane"]),
        helper.make_node("Sub", ["turned to plane", "offset"], ["seen"]),  # (B, D)
        helper.make_node("Unsqueeze", ["seen", "first"], ["each"]),  # (B, 1, D)
        helper.make_node("Sub", ["each", "centres"], ["away"]),  # (B, K, D)
        helper.make_node("Unsqueeze", ["away", "second"], ["row"]),  # (B, K, 1, D)
        helper.make_node("MatMul", ["row", "roots"], ["turned row"]),  # (B, K, 1, D)
        helper.make_node("Squeeze", ["turned row", "second"], ["turned"]),  # (B, K, D)
        helper.make_node("Mul", ["turned", "turned"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "second"], ["distance"], keepdims=0),  # (B, K)
        helper.make_node("Mul", ["distance", "half"], ["penalty"]),
        helper.make_node("Sub", ["bias", "penalty"], ["scores"]),  # (B, K)
    ]


_NODES: Final[Mapping[HeadKind, Callable[[], list[NodeProto]]]] = {
    "linear": _linear,
    "mlp": _mlp,
    "gaussians": _gaussians,
}
