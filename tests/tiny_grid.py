"""Real ONNX models of a 4x4 grid: one to reason about, how strong each half of an image is, and a small network."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from models.export import export_model
from models.head_graph import head_graph
from models.pipeline.images import FULL_SCALE_UV
from models.runtime import SPEC_KEY
from models.spec import FilterSpec, HeadSpec, ImageSpec, ModelSpec
from models.training.result import TrainedModel
from models.training.train_grid import GridTraining, drawn, parts_of, spec_of

GRID = tuple(tuple(range(row * 4, row * 4 + 4)) for row in range(4))
SPEC = ModelSpec(
    name="tiny-grid",
    kind="frames",
    rate_hz=1000,
    channels=16,
    window=40,
    hop=20,
    filters=FilterSpec(high_hz=None, mains_hz=None, stop_hz=(45, 55)),
    features=2,
    images=ImageSpec(grid=GRID, step=4),
)
LABELS = ("rest", "left", "right")


def write_tiny_grid(folder: Path, spec: ModelSpec = SPEC) -> Path:
    """Write tiny-grid.onnx and its head; ``left`` is a loud upper half, ``right`` a loud lower one.

    Both features are microvolts over 100, so that 100 uV in a half of an image is a 1.
    """
    path = folder / "tiny-grid.onnx"
    nodes = [
        helper.make_node("Abs", ["x"], ["loud"]),
        helper.make_node("Split", ["loud"], ["upper", "lower"], axis=1, num_outputs=2),
        helper.make_node("ReduceMean", ["upper", "axes"], ["a"], keepdims=0),
        helper.make_node("ReduceMean", ["lower", "axes"], ["b"], keepdims=0),
        helper.make_node("Unsqueeze", ["a", "last"], ["c"]),
        helper.make_node("Unsqueeze", ["b", "last"], ["d"]),
        helper.make_node("Concat", ["c", "d"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "scale"], ["y"]),
    ]
    constants = {"axes": np.array([1, 2]), "last": np.array([1]), "scale": np.array(25, np.float32)}
    graph = helper.make_graph(
        nodes,
        "tiny-grid",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    head = HeadSpec(kind="linear", labels=LABELS, encoder=hashlib.sha256(path.read_bytes()).hexdigest())
    weight = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    tensors = {"weight": weight, "bias": np.array([2, 0, 0], np.float32)}
    (folder / "tiny-grid.head.onnx").write_bytes(head_graph(head, tensors))
    return path


def images_of(gesture: str, count: int = 400, seed: int = 0) -> np.ndarray:
    """(image, row, column) of a gesture that the network knows: 20 uV at rest, 200 in the half that is loud."""
    size = np.full((4, 4), 20.0)
    halves = {"left": np.s_[:2], "right": np.s_[2:]}
    if gesture in halves:
        size[halves[gesture]] = 200
    drawn_from = np.random.default_rng([seed, LABELS.index(gesture)])
    return (drawn_from.standard_normal((count, 4, 4)) * size / FULL_SCALE_UV).astype(np.float32)


def write_tiny_network(folder: Path) -> Path:
    """Write tiny-network.onnx and its head: the smallest network of images, after a second of training on those."""
    config = GridTraining("tiny-network", LABELS, GRID, "embedded", simulated=True)
    network = drawn(config).train()
    x = torch.from_numpy(np.concatenate([images_of(label) for label in LABELS]))
    y = torch.arange(len(LABELS)).repeat_interleave(400)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for part in torch.cat([torch.randperm(len(x)) for _ in range(3)]).split(100):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(network(x[part]), y[part]).backward()
            optimiser.step()
    encoder, head = parts_of(network.eval(), x)
    model = TrainedModel(spec_of(config, 1000, 16), LABELS, encoder, head, x[::40].numpy(), {})
    return export_model(model, folder)[0]
