import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import nn

from calibration.renormalise import renormalised
from models.export import tensors_of
from models.head_graph import head_graph, head_tensors
from models.networks.heads import HeadModule, MLPHead
from models.spec import HeadSpec
from models.training.alignment import Statistics, aligned
from models.training.gaussian_head import fit_gaussians
from models.training.train_lda import fit_head

DRAW = np.random.default_rng(0)
Y = np.repeat(np.arange(3), 40)
X = (DRAW.standard_normal((120, 5)) + 3 * DRAW.standard_normal((3, 5))[Y]).astype(np.float32)
TODAY = (X * [2, 0.5, 1, 3, 0.2] + [1, -4, 0, 2, 0.5]).astype(np.float32)


def heads() -> dict[str, HeadModule]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mlp = MLPHead(nn.Linear(5, 7), nn.Linear(7, 3), 0.3).eval()
    return {"linear": fit_head(X, Y), "gaussians": fit_gaussians(X, Y), "mlp": mlp}


def answers(head: bytes, x: np.ndarray) -> np.ndarray:
    return ort.InferenceSession(head).run(None, {"x": x})[0]


@pytest.mark.parametrize("kind", ["linear", "gaussians", "mlp"])
def test_the_head_answers_as_if_the_features_had_been_brought_back(kind):
    spec = HeadSpec(kind=kind, labels=("a", "b", "c"), encoder="e")
    head = head_graph(spec, tensors_of(heads()[kind]))
    before, now = Statistics.of(X), Statistics.of(TODAY)
    moved = renormalised(head, before, now)
    expected = answers(head, aligned(TODAY, now, before))
    np.testing.assert_allclose(answers(moved, TODAY), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(answers(moved, TODAY), answers(head, X), rtol=1e-2, atol=1e-2)
    assert head_tensors(moved)[0] == spec


def test_the_same_statistics_change_nothing():
    spec = HeadSpec(kind="gaussians", labels=("a", "b", "c"), encoder="e")
    head = head_graph(spec, tensors_of(heads()["gaussians"]))
    same = renormalised(head, Statistics.of(X), Statistics.of(X))
    np.testing.assert_allclose(answers(same, X), answers(head, X), rtol=1e-5, atol=1e-5)
