"""From the ONNX graph of a network of images back to torch, where it can be adapted to a user."""

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from pydantic import ValidationError

from models.errors import DatasetError, ModelUnreadable
from models.networks.grid_net import FrozenGrid, GridNet
from models.own_tensors import Tensors
from models.runtime import SPEC_KEY
from models.spec import ModelSpec
from models.training.mlp_head import Standardise
from models.training.train_grid import network_of

_REMEDY = "train and export it again"


def rebuilt(content: bytes, own: Tensors | None = None) -> FrozenGrid:
    """The network whose graph this is, bit for bit, with a user's tensors in the place of its own where there are any.

    Raises:
        ModelUnreadable: it is no graph of ours, says no network that we know, or has not all its tensors.
    """
    try:
        model = onnx.load_from_string(content)
        spec = ModelSpec.model_validate_json({prop.key: prop.value for prop in model.metadata_props}[SPEC_KEY])
    except (DecodeError, KeyError, ValidationError) as error:
        raise ModelUnreadable(f"this is no frozen graph of ours: {_REMEDY}") from error
    if spec.images is None or spec.images.network is None:
        raise ModelUnreadable(f"model {spec.name} does not say which network of images it is: {_REMEDY}")
    found = {constant.name: np.array(numpy_helper.to_array(constant)) for constant in model.graph.initializer}
    network = _empty(spec.images.network, spec.images.shape, spec.features)
    wanted = network.state_dict()
    tensors = {name: torch.from_numpy(values) for name, values in {**found, **(own or {})}.items() if name in wanted}
    try:
        missing = network.load_state_dict(tensors, strict=False).missing_keys
    except RuntimeError as error:  # shapes
        raise ModelUnreadable(f"the tensors of model {spec.name} are not those of its network: {_REMEDY}") from error
    if left := [name for name in missing if wanted[name].is_floating_point()]:  # counts of batches are not exported
        raise ModelUnreadable(f"model {spec.name} lacks the tensor {left[0]}: {_REMEDY}")
    return network.eval()


def _empty(name: str, shape: tuple[int, int], features: int) -> FrozenGrid:
    try:
        with torch.random.fork_rng():
            network = GridNet(network_of(name), 2, shape)
    except DatasetError as error:
        raise ModelUnreadable(f"{error}: update Palmaris") from error
    return FrozenGrid(network, Standardise(torch.zeros(features), torch.ones(features)))
