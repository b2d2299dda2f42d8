"""A real ONNX model that is small enough to reason about: mean absolute value per channel, then a linear head."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from models.head_graph import head_graph
from models.runtime import SPEC_KEY
from models.spec import HeadSpec, ModelSpec

SPEC = ModelSpec(name="tiny", rate_hz=1000, channels=2, window=250, hop=25, features=2)
LABELS = ("rest", "left", "right")


def write_tiny_model(folder: Path, spec: ModelSpec = SPEC) -> Path:
    """Write tiny.onnx and tiny.head.onnx; ``left`` is a loud first channel, ``right`` a loud second one."""
    path = folder / "tiny.onnx"
    encoder = _graph(
        [
            helper.make_node("Abs", ["x"], ["loud"]),
            helper.make_node("ReduceMean", ["loud", "axis"], ["y"], keepdims=0),
        ],
        {"axis": np.array([1], np.int64)},
        (("B", "T", spec.channels), ("B", spec.channels)),
    )
    _save(encoder, spec, path)
    fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    head = HeadSpec(kind="linear", labels=LABELS, encoder=fingerprint)
    tensors = {"weight": _weight(spec.channels), "bias": np.array([1, 0, 0], np.float32)}
    (folder / "tiny.head.onnx").write_bytes(head_graph(head, tensors))
    return path


def _weight(channels: int) -> np.ndarray:
    weight = np.zeros((len(LABELS), channels), np.float32)
    weight[1, 0] = weight[2, 1] = 0.1
    return weight


def _graph(nodes: list, constants: dict[str, np.ndarray], shapes: tuple[tuple, tuple]) -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(("x", "y"), shapes, strict=True))
    stored = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [x], [y], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def _save(model: onnx.ModelProto, spec: ModelSpec, path: Path) -> None:
    helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
