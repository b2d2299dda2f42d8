"""The graph of a network of images: named as torch names it, and back."""

import numpy as np
import onnx
import pytest
import torch

from models.errors import ModelUnreadable
from models.export import TOLERANCE, difference
from models.grid_graph import grid_graph, grid_tensors
from models.spec import ModelSpec
from models.training.rebuilt import rebuilt
from models.training.train_grid import NETWORKS, GridTraining, drawn, parts_of, spec_of

torch.set_num_threads(1)
GRID = tuple(tuple(range(row * 5, row * 5 + 5)) for row in range(4))
IMAGES = np.random.default_rng(0).normal(0, 0.02, (24, 4, 5)).astype(np.float32)


def frozen(name):
    """A network whose statistics are not 0 and 1, and its spec."""
    config = GridTraining("g", ("a", "b", "c"), GRID, name)
    network = drawn(config).train()
    with torch.no_grad():
        for _ in range(20):
            network(torch.from_numpy(IMAGES))
    return parts_of(network.eval(), torch.from_numpy(IMAGES))[0], spec_of(config, 1000, 20)


@pytest.fixture(scope="module")
def small():
    return frozen("embedded")


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_survives_the_way_to_its_graph_and_back(name):
    network, spec = frozen(name)
    graph = grid_graph(network, spec)
    assert difference(graph, network, IMAGES) < TOLERANCE
    ours, theirs = grid_tensors(network), grid_tensors(rebuilt(graph))
    assert ours.keys() == theirs.keys()
    assert all(ours[tensor].tobytes() == theirs[tensor].tobytes() for tensor in ours)


def test_the_tensors_are_named_as_torch_names_them_and_norms_stay_steps_of_their_own(small):
    network, spec = small
    model = onnx.load_from_string(grid_graph(network, spec))
    names = {constant.name for constant in model.graph.initializer}
    assert names >= {"norm.running_mean", "blocks.6.1.running_var", "blocks.0.0.weight", "standardise.deviation"}
    assert names >= {name for name in network.state_dict() if "num_batches" not in name}
    assert [node.op_type for node in model.graph.node].count("BatchNormalization") == 8


def test_it_is_rebuilt_with_a_users_tensors(small):
    network, spec = small
    own = {"blocks.3.1.running_mean": np.full(16, 0.5, np.float32)}
    with torch.no_grad():
        plain, theirs = (rebuilt(grid_graph(network, spec), given)(torch.from_numpy(IMAGES)) for given in (None, own))
    assert not torch.allclose(plain, theirs)


def changed(frozen, spec: ModelSpec, **images) -> bytes:
    return grid_graph(frozen, spec.model_copy(update={"images": spec.images.model_copy(update=images)}))


def test_what_cannot_be_rebuilt_is_refused(small):
    network, spec = small
    for content in (b"", b"no graph", grid_graph(network, spec)[:-9]):
        with pytest.raises(ModelUnreadable, match="no frozen graph of ours"):
            rebuilt(content)
    with pytest.raises(ModelUnreadable, match="does not say which network"):
        rebuilt(changed(network, spec, network=None))
    with pytest.raises(ModelUnreadable, match="no network 'resnet'.*update Palmaris"):
        rebuilt(changed(network, spec, network="resnet"))
    with pytest.raises(ModelUnreadable, match="are not those of its network"):
        rebuilt(changed(network, spec, network="all-convnet"))
    model = onnx.load_from_string(grid_graph(network, spec))
    model.graph.initializer.pop(0)
    with pytest.raises(ModelUnreadable, match="lacks the tensor norm.weight"):
        rebuilt(model.SerializeToString())
