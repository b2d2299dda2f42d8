import hashlib
from copy import deepcopy
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from models.errors import ParityError
from models.export import difference, export_model, require_parity, require_sharing
from models.networks.csae import CSAE, CSAEConfig, FrozenCSAE
from models.networks.heads import HeadModule, LinearHead
from models.runtime import load_model
from models.spec import ModelSpec
from models.training.result import TrainedModel

torch.set_num_threads(1)


def trained(encoder: nn.Module, head: HeadModule, features: int = 64) -> TrainedModel:
    spec = ModelSpec(name="m", rate_hz=1000, channels=2, window=250, hop=25, features=features)
    examples = 80 * np.random.default_rng(1).standard_normal((8, 250, 2), np.float32)
    return TrainedModel(spec, ("fist", "rest"), encoder, head, examples, {})


class Forgetful(nn.Module):
    """Computes something else while it is exported."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, C) -> (B, C)."""
        return x.mean(dim=1) * (1.001 if torch.onnx.is_in_onnx_export() else 1.0)


@pytest.fixture(scope="module")
def csae():
    torch.manual_seed(0)
    network = CSAE(CSAEConfig.at(1000, gestures=2))
    network.scale.microvolts.fill_(80.0)
    network.train()
    for _ in range(5):
        network.classify(network.reconstruct(80 * torch.randn(32, 250, 2))[1])  # batch statistics that are not 0 and 1
    return network.eval()


@pytest.fixture(scope="module")
def files(csae, tmp_path_factory):
    return export_model(trained(csae.frozen(), csae.head()), tmp_path_factory.mktemp("m"))


def test_two_graphs_that_belong_together(files):
    assert [file.name for file in files] == ["m.onnx", "m.head.onnx"]
    model = load_model(str(files[0]))
    assert model.head.spec.labels == ("fist", "rest")
    assert model.head.spec.encoder == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert (model.spec.name, model.spec.window, model.spec.features) == ("m", 250, 64)


def test_the_served_graphs_give_what_torch_gives(csae, files):
    model = load_model(str(files[0]))
    for window in 80 * np.random.default_rng(7).standard_normal((20, 250, 2), np.float32):
        with torch.no_grad():
            expected = csae.head()(csae.frozen()(torch.from_numpy(window[np.newaxis])))[0].numpy()
        np.testing.assert_allclose(model(window), expected, atol=1e-4)


def test_the_graphs_are_small_and_whole(files):
    for file in files:
        onnx.checker.check_model(onnx.load(file), full_check=True)
        assert file.stat().st_size < 500_000
    assert {path.name for path in files[0].parent.iterdir()} == {"m.onnx", "m.head.onnx"}  # no side files


def test_no_path_of_this_machine_is_in_the_graphs(files):
    for file in files:
        assert b"site-packages" not in file.read_bytes()
        assert b".py" not in file.read_bytes()


def test_the_difference_is_measured(files, csae):
    x = 80 * torch.randn(4, 250, 2).numpy()
    assert difference(files[0].read_bytes(), csae.frozen(), x) < 1e-4
    shifted = nn.Sequential(csae.frozen(), _Plus(0.25))
    with torch.no_grad():
        largest = shifted(torch.from_numpy(x)).abs().amax(dim=1).clamp(min=1)
    assert difference(files[0].read_bytes(), shifted, x) == pytest.approx(0.25 / largest.min().item(), abs=1e-4)


def test_a_graph_that_differs_is_not_written(tmp_path):
    with pytest.raises(ParityError, match="nothing was written"):
        export_model(trained(Forgetful(), _Liar(torch.eye(2), torch.zeros(2)), 2), tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()


def test_a_head_that_differs_leaves_no_encoder_behind(tmp_path):
    flat = nn.Sequential(nn.Flatten(), nn.Linear(500, 4))
    with pytest.raises(ParityError):
        export_model(trained(flat, _Liar(torch.arange(8.0).reshape(2, 4), torch.zeros(2)), 4), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_are_no_numbers_are_refused(files, csae):
    graph = files[0].read_bytes()
    require_parity(graph, csae.frozen(), np.ones((1, 250, 2), np.float32))
    with pytest.raises(ParityError, match="nan"):
        require_parity(graph, csae.frozen(), np.full((1, 250, 2), np.nan, np.float32))


@pytest.fixture(scope="module")
def sharing():
    torch.manual_seed(0)
    network = CSAE(CSAEConfig.shared_at(1000, gestures=2)).eval()
    network.scale.microvolts.fill_(80.0)
    return network


def sharing_model(network: CSAE, encoder: nn.Module) -> TrainedModel:
    plain = trained(encoder, network.head())
    return replace(plain, spec=plain.spec.model_copy(update={"frames": network.config.frames}))


def test_a_shared_graph_gives_what_torch_gives(sharing, tmp_path):
    file = export_model(sharing_model(sharing, sharing.frozen()), tmp_path)[0]
    onnx.checker.check_model(onnx.load(file), full_check=True)
    x = 80 * np.random.default_rng(7).standard_normal((20, 250, 2), np.float32)
    assert difference(file.read_bytes(), sharing.frozen(), x) < 1e-5
    require_sharing(file.read_bytes(), sharing.config.frames, x)
    encoder = load_model(str(file)).encoder
    assert encoder.spec.frames == sharing.config.frames
    with torch.no_grad():
        expected = sharing.frozen()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose([encoder(window) for window in x], expected, atol=1e-5)


def test_a_network_that_pads_cannot_share(csae, sharing, tmp_path):
    with pytest.raises(ParityError, match="must not pad"):
        export_model(
            sharing_model(sharing, FrozenCSAE(sharing.scale, _padding_once(sharing), sharing.context)), tmp_path
        )
    assert list(tmp_path.iterdir()) == []


def _padding_once(network: CSAE) -> nn.Sequential:
    """The same encoder, whose last convolution pads, but sees one step less of the samples."""
    padding = deepcopy(network.encoder)
    padding[6].padding = (1,)
    return nn.Sequential(padding, _Cropped())


class _Cropped(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., :-2]


class _Liar(LinearHead):
    """Says that it is linear, and is not."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, F) -> (B, K)."""
        return super().forward(x.square())


class _Plus(nn.Module):
    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.constant
