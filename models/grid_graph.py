"""The ONNX graph of a network of images, layer by layer as it was trained.

torch's exporter folds each batch normalisation into the convolution before it. Here it stays a step of its own, and
every tensor has the name that torch has for it, so that a user's tensors can take the place of some of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import nn

from models.head_graph import IR_VERSION, OPSET
from models.networks.grid_net import FrozenGrid, LocalConv, PositionMean
from models.own_tensors import TENSORS_KEY, listed
from models.runtime import SPEC_KEY, Array
from models.spec import ModelSpec
from models.training.mlp_head import Standardise

_AXES: Final = {"one": [1], "positions": [2, 3]}


def grid_graph(network: FrozenGrid, spec: ModelSpec) -> bytes:
    """The ONNX graph of (B, R, W) -> (B, F), the spec and the shapes of its tensors in the metadata."""
    if spec.images is None:
        raise ValueError(f"model {spec.name} is one of windows, it has no images")
    tensors = grid_tensors(network)
    constants = [numpy_helper.from_array(values, name) for name, values in tensors.items()]
    constants += [numpy_helper.from_array(np.array(axes), name) for name, axes in _AXES.items()]
    graph = helper.make_graph(
        _nodes(network),
        "images",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", *spec.images.shape])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", spec.features])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json(), TENSORS_KEY: listed(tensors)})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def grid_tensors(network: FrozenGrid) -> dict[str, Array]:
    """The named tensors that its answers depend on, those of ``state_dict`` without the counts of batches."""
    state = network.state_dict().items()
    return {name: values.numpy() for name, values in state if values.is_floating_point()}


def _nodes(network: FrozenGrid) -> list[NodeProto]:
    nodes, last = [helper.make_node("Unsqueeze", ["images", "one"], ["image"])], "image"
    for name, module in network.named_modules():
        if (made := _NODES.get(type(module))) is not None:
            nodes += made(module, last, name)
            last = name
    return [*nodes, helper.make_node("Identity", [last], ["features"])]


def _convolution(conv: nn.Conv2d, x: str, name: str) -> list[NodeProto]:
    inputs, pads = [x, f"{name}.weight", f"{name}.bias"], 2 * [*conv.padding]
    return [helper.make_node("Conv", inputs, [name], strides=conv.stride, pads=pads, kernel_shape=conv.kernel_size)]


def _local(_: LocalConv, x: str, name: str) -> list[NodeProto]:
    return [
        helper.make_node("Einsum", [x, f"{name}.weight"], [f"{name} product"], equation="bcrw,dcrw->bdrw"),
        helper.make_node("Add", [f"{name} product", f"{name}.bias"], [name]),
    ]


def _dense(_: nn.Linear, x: str, name: str) -> list[NodeProto]:
    return [helper.make_node("Gemm", [x, f"{name}.weight", f"{name}.bias"], [name], transB=1)]


def _norm(norm: nn.BatchNorm2d, x: str, name: str) -> list[NodeProto]:
    tensors = [f"{name}.{tensor}" for tensor in ("weight", "bias", "running_mean", "running_var")]
    return [helper.make_node("BatchNormalization", [x, *tensors], [name], epsilon=norm.eps)]


def _mean(_: PositionMean, x: str, name: str) -> list[NodeProto]:
    return [helper.make_node("ReduceMean", [x, "positions"], [name], keepdims=0)]


def _standardise(_: Standardise, x: str, name: str) -> list[NodeProto]:
    return [
        helper.make_node("Sub", [x, f"{name}.mean"], [f"{name} centred"]),
        helper.make_node("Div", [f"{name} centred", f"{name}.deviation"], [name]),
    ]


def _same(kind: str) -> Callable[[nn.Module, str, str], list[NodeProto]]:
    """A step without tensors or choices."""
    return lambda _, x, name: [helper.make_node(kind, [x], [name])]


_NODES: Final[Mapping[type[nn.Module], Callable[[Any, str, str], list[NodeProto]]]] = {
    nn.Conv2d: _convolution,
    LocalConv: _local,
    nn.Linear: _dense,
    nn.BatchNorm2d: _norm,
    nn.BatchNorm1d: _norm,
    nn.ELU: _same("Elu"),
    nn.ReLU: _same("Relu"),
    nn.Flatten: _same("Flatten"),
    PositionMean: _mean,
    Standardise: _standardise,
}
"""What each layer becomes, of its input's name and its own; dropout and layers that do nothing are left out."""
