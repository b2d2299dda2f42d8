"""From a network that remembers to one ONNX graph; a graph that differs from its network is never written."""

import logging
import warnings
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from torch import Tensor

from models.errors import ParityError
from models.head_graph import OPSET
from models.last_layer import LastLayer
from models.networks.sequence_network import SequenceNetwork
from models.own_tensors import TENSORS_KEY, listed
from models.pipeline.front_end import heard
from models.pipeline.rolling_norm import Prior
from models.pipeline.spectrogram import Array
from models.runtime import SPEC_KEY
from models.sequence_runtime import PRIOR_KEY, SequenceModel, prior_text
from models.spec import ModelSpec

TOLERANCE: Final = 1e-4
CHECKED: Final = 160
"""Answers that graph and network are compared on, in two calls: more than a second."""


class _Served(torch.nn.Module):
    """The network with what its scores become, and the features that its last layer takes."""

    def __init__(self, network: SequenceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """(1, T, ...), the states -> (1, t, K), the states, (1, t, F)."""
        features, *after = self.network.features(x, *states)
        scores = self.network.out(features[0])[None]  # of two axes: so torch keeps the weights, by name, as they are
        return self.network.answer(scores), *after, features


def export_sequence(network: SequenceNetwork, spec: ModelSpec, prior: Prior | None, folder: Path) -> Path:
    """Write ``NAME.onnx``; returns its path. ``prior``: where the spec asks for a rolling normalisation.

    Raises:
        ParityError: the graph's answers differ from the network's by more than 1e-4; nothing was written.
    """
    network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{spec.name}.onnx"
    part = path.with_name(path.name + ".part")
    try:
        _trace(network, spec, part)
        _sign(part, spec, prior)
        require_parity(SequenceModel(part), network)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def require_parity(model: SequenceModel, network: SequenceNetwork) -> None:
    """Raise ``ParityError`` unless the graph in two calls, offline in one, answers as the network in one."""
    x = np.random.default_rng(0).standard_normal(heard(CHECKED, model.spec), np.float32)
    with torch.no_grad():
        theirs = _Served(network)(torch.from_numpy(x)[np.newaxis], *network.start(1))[0][0].numpy()
    gap = float((np.abs(_in_two(model, x) - theirs) / np.maximum(1, np.abs(theirs))).max())
    if not gap <= TOLERANCE:  # written so that not-a-number fails too
        raise ParityError(
            f"the ONNX graph differs from its network by {gap:.2g}, more than {TOLERANCE:g}: nothing was written; "
            "train again with another seed, and report it if it stays"
        )


def _in_two(model: SequenceModel, x: Array) -> Array:
    if not model.spec.require_sequence().live:
        return model(x, [])[0]
    half = heard(CHECKED // 2, model.spec)[0]
    after = CHECKED // 2 * model.spec.hop if model.spec.require_sequence().front == "samples" else half
    first, states = model(x[:half], model.start())
    return np.concatenate([first, model(x[after:], states)[0]])


def _trace(network: SequenceNetwork, spec: ModelSpec, path: Path) -> None:
    """Write the graph of a network, one batch, any number of frames.

    The older of torch's two exporters: the newer one unrolls recurrent layers, which ONNX has as one node.
    """
    names = list(network.states)
    served = _Served(network).eval()  # torch sets the mode that it found anew, in all parts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is announced to go, and warns of its own internals
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            served,
            (torch.zeros(1, *heard(CHECKED, spec)), *network.start(1)),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=["heard", *names],
            output_names=["answers", *(f"next {name}" for name in names), "features"],
            dynamic_axes={"heard": {1: "length"}, "answers": {1: "frames"}, "features": {1: "frames"}},
        )


def _sign(path: Path, spec: ModelSpec, prior: Prior | None) -> None:
    """Put the spec and the prior into the metadata of a graph, and take out where in the source it came from."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""  # paths do not belong into a model
    says = {SPEC_KEY: spec.model_dump_json(), TENSORS_KEY: listed(LastLayer.everybodys(path.read_bytes()).own)}
    onnx.helper.set_model_props(model, says if prior is None else says | {PRIOR_KEY: prior_text(prior)})
    path.write_bytes(model.SerializeToString())
