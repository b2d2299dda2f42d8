"""From torch to two ONNX graphs and a model card; a graph that differs from its network is never written."""

import hashlib
import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn
from torch.export import Dim

from models.errors import ParityError
from models.grid_graph import grid_graph
from models.head_graph import OPSET, head_graph
from models.networks.csae import FrozenCSAE
from models.networks.grid_net import FrozenGrid
from models.networks.heads import HeadModule
from models.pipeline.shared_frames import Array, no_frames
from models.runtime import HEAD_SUFFIX, SPEC_KEY
from models.spec import FrameSpec, HeadSpec, ModelSpec
from models.training.result import TrainedModel

TOLERANCE: Final = 1e-4
SHARED_TOLERANCE: Final = 1e-5


def export_model(model: TrainedModel, folder: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.head.onnx``; returns their paths.

    Raises:
        ParityError: a graph's output differs from its network's by more than 1e-4; nothing was written.
    """
    windows = np.concatenate([model.examples, _noise_like(model.examples)])
    encoder = _encoder(model, windows)
    with torch.no_grad():
        features = model.encoder(torch.from_numpy(windows)).numpy()
    fingerprint = hashlib.sha256(encoder).hexdigest()
    spec = HeadSpec(kind=model.head.kind, labels=model.labels, encoder=fingerprint, effort=model.effort)
    head = head_graph(spec, tensors_of(model.head))
    require_parity(head, model.head, features)
    name = model.spec.name
    return _write({folder / f"{name}.onnx": encoder, folder / f"{name}{HEAD_SUFFIX}": head})


def tensors_of(head: HeadModule) -> dict[str, Array]:
    """The named tensors of a head."""
    return {name: tensor.numpy() for name, tensor in head.state_dict().items()}


def require_parity(graph: bytes, network: nn.Module, x: Array) -> None:
    """Raise ``ParityError`` if ONNX Runtime and torch differ on any of the items (B, ...)."""
    gap = difference(graph, network, x)
    if not gap <= TOLERANCE:  # written so that not-a-number fails too
        raise ParityError(
            f"the ONNX graph differs from its network by {gap:.2g}, more than {TOLERANCE:g}: nothing was written; "
            "train again with another seed, and report it if it stays"
        )


def difference(graph: bytes, network: nn.Module, x: Array) -> float:
    """Largest difference between ONNX Runtime and torch over items (B, ...), one at a time as when served.

    Relative to an item's largest output where that is above 1: float32 cannot hold a log-probability of -10,000 to
    1e-4, nor a sum that is nearly nothing better than what was summed.
    """
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    first, *others = session.get_inputs()  # shared frames are the second: none, the item is a whole window
    none = {other.name: np.zeros((1, 0, other.shape[-1]), np.float32) for other in others}
    ours = np.concatenate([session.run(None, {first.name: item, **none})[0] for item in np.split(x, len(x))])
    with torch.no_grad():
        return _gap(ours, network(torch.from_numpy(x)).numpy())


def require_sharing(graph: bytes, spec: FrameSpec, windows: Array) -> None:
    """Raise ``ParityError`` if the frames of a window and its last samples give other features than all its samples."""
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    samples, before = (x.name for x in session.get_inputs())
    for window in np.split(windows, len(windows)):
        whole, frames = session.run(None, {samples: window, before: no_frames(spec)[np.newaxis]})
        for new in (1, frames.shape[1] // 2):
            last = window[:, -spec.samples(new) :]
            gap = _gap(session.run(None, {samples: last, before: frames[:, :-new]})[0], whole)
            if not gap <= SHARED_TOLERANCE:
                raise ParityError(
                    f"shared frames change the features by {gap:.2g}, more than {SHARED_TOLERANCE:g}: nothing was "
                    "written; a network whose windows share frames must not pad, and its FrameSpec must be its own"
                )


def _gap(ours: Array, theirs: Array) -> float:
    largest = np.abs(theirs).max(axis=tuple(range(1, theirs.ndim)), keepdims=True)
    return float((np.abs(ours - theirs) / np.maximum(1, largest)).max())


class _Following(nn.Module):
    """An encoder with the frames of the samples before as its second input and output."""

    def __init__(self, encoder: FrozenCSAE) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:  # (1, n, C), (1, m, W)
        """(1, n, C) microvolts, (1, m, W) -> (1, F), (1, m + k, W)."""
        return self.encoder.follow(samples, frames)


def _encoder(model: TrainedModel, windows: Array) -> bytes:
    """ONNX of the frozen part, checked on the windows (B, T, C)."""
    network, spec, x = model.encoder.eval(), model.spec, torch.from_numpy(windows)
    if isinstance(network, FrozenGrid):
        content = grid_graph(network, spec)
    elif spec.frames is None:
        content = _graph(network, [x[:2]], [{0: Dim("batch")}], spec)
    else:
        few = [x[:1, : spec.frames.samples(3)], torch.zeros(1, 2, spec.frames.width)]
        content = _graph(_Following(cast(FrozenCSAE, network)), few, [{1: Dim.DYNAMIC}, {1: Dim.DYNAMIC}], spec)
        require_sharing(content, spec.frames, windows)
    require_parity(content, network, windows)
    return content


def _graph(network: nn.Module, examples: Sequence[Tensor], free: Sequence[dict[int, Any]], spec: ModelSpec) -> bytes:
    """ONNX of a network with one input per example, any length along the free axes, and the spec in its metadata."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells everyone that torchvision is not there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own internals
        program = torch.onnx.export(
            network,
            tuple(examples),
            dynamo=True,
            dynamic_shapes=tuple(free),
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise ParityError("torch gave no ONNX graph: install the extra 'train' again")
    model = program.model_proto
    _forget_origin(model.graph)
    onnx.helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()})
    content: bytes = model.SerializeToString()
    return content


def _forget_origin(graph: onnx.GraphProto) -> None:
    """Drop the exporter's notes on where in the source each node came from: paths do not belong into a model."""
    for item in [*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]:
        del item.metadata_props[:]
        item.doc_string = ""


def _noise_like(windows: Array) -> Array:
    """White noise of the same size, seeded."""
    noise: Array = np.random.default_rng(0).standard_normal(windows.shape, np.float32)
    return noise * np.float32(windows.std())


def _write(files: dict[Path, bytes]) -> list[Path]:
    """All parts first, then all names: a reader sees a whole file or none."""
    parts = []
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(content)
        parts.append(part)
    for part, path in zip(parts, files, strict=True):
        os.replace(part, path)
    return list(files)
