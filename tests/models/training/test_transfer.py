from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models.errors import DatasetError
from models.networks.convnets import EMBEDDED, S_CONVNET_C2
from models.networks.grid_net import Design, GridNet
from models.training.transfer import Plan, fine_tune, reestimate

GESTURES, GRID = 3, (6, 5)


def network(design: Design = EMBEDDED) -> GridNet:
    """A network that has learned nothing, with statistics that are nobody's."""
    torch.manual_seed(0)
    drawn = GridNet(design, GESTURES, GRID).eval()
    for module in drawn.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return drawn


def images(count: int = 90, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels: each gesture is strong in two rows of its own."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, GESTURES, count)
    sizes = np.where(np.arange(GRID[0]) // 2 == y[:, np.newaxis], 0.3, 0.03)
    return (sizes[..., np.newaxis] * rng.standard_normal((count, *GRID))).astype(np.float32), y


def tensors(of: GridNet) -> dict[str, torch.Tensor]:
    return deepcopy(of.state_dict())


def changed(before: dict[str, torch.Tensor], after: GridNet) -> set[str]:
    return {name for name, tensor in after.state_dict().items() if not torch.equal(tensor, before[name])}


@torch.no_grad()
def loss(of: GridNet, x: np.ndarray, y: np.ndarray) -> float:
    return float(F.cross_entropy(of(torch.from_numpy(x)), torch.from_numpy(y)))


@pytest.mark.parametrize("design", [EMBEDDED, S_CONVNET_C2], ids=["all-convnet", "s-convnet"])
def test_each_norm_has_the_statistics_of_what_reaches_it(design):
    moved, (x, _) = network(design), images(700)  # more than are computed together
    reestimate(moved, x)
    reached: dict[nn.Module, np.ndarray] = {}
    norms = [m for m in moved.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.register_forward_pre_hook(lambda module, args: reached.update({module: args[0].numpy()}))
    with torch.no_grad():
        moved(torch.from_numpy(x))  # the whole network, layers as the live path computes them
    for norm in norms:
        values = np.moveaxis(reached[norm], 1, 0).reshape(norm.num_features, -1).astype(np.float64)
        np.testing.assert_allclose(norm.running_mean, values.mean(axis=1), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(norm.running_var, values.var(axis=1), rtol=1e-4, atol=1e-9)
    assert len(norms) == len(design.layers) + (1 if design is S_CONVNET_C2 else 0)


def test_re_estimation_changes_statistics_alone_and_forgets_the_old_ones():
    moved, other = network(), network()
    before, (x, _) = tensors(moved), images()
    for module in other.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.running_mean, 7.0)
    reestimate(moved, x)
    reestimate(other, x)
    names = {name for name in before if name.endswith(("running_mean", "running_var"))}
    assert changed(before, moved) == names
    assert not changed(tensors(moved), other)


def test_the_order_of_the_images_does_not_matter():
    first, second, (x, _) = network(), network(), images()
    reestimate(first, x)
    reestimate(second, x[::-1].copy())
    for name, tensor in first.state_dict().items():
        torch.testing.assert_close(tensor, second.state_dict()[name], rtol=1e-4, atol=1e-6)


def test_a_change_of_gain_is_undone_without_labels():
    known, moved, (x, _) = network(), network(), images()
    reestimate(known, x)
    reestimate(moved, 3 * x)
    with torch.no_grad():
        torch.testing.assert_close(known(torch.from_numpy(x)), moved(torch.from_numpy(3 * x)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("frozen", [0, 3, 7])
def test_frozen_tensors_and_all_statistics_stay_bit_by_bit(frozen):
    tuned, (x, y) = network(), images()
    before = tensors(tuned)
    fine_tune(tuned, x, y, Plan(frozen, epochs=2, rate=1e-2))
    below = ("norm.", *(f"blocks.{number}." for number in range(frozen))) if frozen else ()
    learned = {name for name, _ in tuned.named_parameters() if not name.startswith(below)}
    assert changed(before, tuned) == learned
    assert not tuned.training


def test_it_learns_what_the_labels_say():
    tuned, (x, y), (test_x, test_y) = network(), images(), images(60, seed=1)
    reestimate(tuned, x)
    before = loss(tuned, test_x, test_y)
    fine_tune(tuned, x, y, Plan(epochs=40, rate=3e-3))
    assert loss(tuned, test_x, test_y) < before / 3


def test_the_same_plan_gives_the_same_weights_whatever_was_drawn_before():
    first, second, (x, y) = network(), network(), images()
    fine_tune(first, x, y, Plan(epochs=2))
    torch.rand(5)
    fine_tune(second, x, y, Plan(epochs=2))
    assert not changed(tensors(first), second)


def test_without_images_it_says_what_to_record():
    x, y = images(0)
    with pytest.raises(DatasetError, match="record"):
        reestimate(network(), x)
    with pytest.raises(DatasetError, match="record"):
        fine_tune(network(), x, y)
