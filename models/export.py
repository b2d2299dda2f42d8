"""From torch to two ONNX graphs and a model card; a graph that differs from its network is never written."""

import hashlib
import logging
import os
import warnings
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from torch import nn

from models.errors import ParityError
from models.head_graph import OPSET, head_graph
from models.networks.heads import HeadModule
from models.runtime import HEAD_SUFFIX, SPEC_KEY
from models.spec import HeadSpec
from models.training.result import TrainedModel

TOLERANCE: Final = 1e-4


def export_model(model: TrainedModel, folder: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.head.onnx``; returns their paths.

    Raises:
        ParityError: a graph's output differs from its network's by more than 1e-4; nothing was written.
    """
    windows = np.concatenate([model.examples, _noise_like(model.examples)])
    encoder = _graph(model.encoder, windows, model.spec.model_dump_json())
    with torch.no_grad():
        features = model.encoder(torch.from_numpy(windows)).numpy()
    fingerprint = hashlib.sha256(encoder).hexdigest()
    spec = HeadSpec(kind=model.head.kind, labels=model.labels, encoder=fingerprint, effort=model.effort)
    head = head_graph(spec, tensors_of(model.head))
    require_parity(head, model.head, features)
    name = model.spec.name
    return _write({folder / f"{name}.onnx": encoder, folder / f"{name}{HEAD_SUFFIX}": head})


def tensors_of(head: HeadModule) -> dict[str, npt.NDArray[np.float32]]:
    """The named tensors of a head."""
    return {name: tensor.numpy() for name, tensor in head.state_dict().items()}


def require_parity(graph: bytes, network: nn.Module, x: npt.NDArray[np.float32]) -> None:
    """Raise ``ParityError`` if ONNX Runtime and torch differ on any of the items (B, ...)."""
    gap = difference(graph, network, x)
    if not gap <= TOLERANCE:  # written so that not-a-number fails too
        raise ParityError(
            f"the ONNX graph differs from its network by {gap:.2g}, more than {TOLERANCE:g}: nothing was written; "
            "train again with another seed, and report it if it stays"
        )


def difference(graph: bytes, network: nn.Module, x: npt.NDArray[np.float32]) -> float:
    """Largest difference between ONNX Runtime and torch over items (B, ...), one at a time as when served.

    Absolute for outputs up to 1, relative for larger ones: float32 cannot hold a log-probability of -10,000 to 1e-4.
    """
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    ours = np.concatenate([session.run(None, {name: item})[0] for item in np.split(x, len(x))])
    with torch.no_grad():
        theirs = network(torch.from_numpy(x)).numpy()
    return float((np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))).max())


def _graph(network: nn.Module, x: npt.NDArray[np.float32], spec: str) -> bytes:
    """ONNX of a network in eval mode, checked on ``x`` (B, ...), with the spec in its metadata."""
    network.eval()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells everyone that torchvision is not there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own internals
        batch = torch.export.Dim("batch")
        program = torch.onnx.export(
            network,
            (torch.from_numpy(x[:2]),),
            dynamo=True,
            dynamic_shapes=({0: batch},),
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise ParityError("torch gave no ONNX graph: install the extra 'train' again")
    model = program.model_proto
    _forget_origin(model.graph)
    onnx.helper.set_model_props(model, {SPEC_KEY: spec})
    content: bytes = model.SerializeToString()
    require_parity(content, network, x)
    return content


def _forget_origin(graph: onnx.GraphProto) -> None:
    """Drop the exporter's notes on where in the source each node came from: paths do not belong into a model."""
    for item in [*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]:
        del item.metadata_props[:]
        item.doc_string = ""


def _noise_like(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """White noise of the same size, seeded."""
    noise: npt.NDArray[np.float32] = np.random.default_rng(0).standard_normal(windows.shape, np.float32)
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
