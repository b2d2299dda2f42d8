import numpy as np
import onnxruntime as ort
import pytest
import torch
from labelled_trials import ENCODER, FEATURES, NAMES, a_head, an_order, some_trials, to_onnx
from torch import nn

from calibration.errors import PlanInvalid
from calibration.head import fit_user_head
from calibration.known_head import KnownHead, answers
from calibration.material import Material
from models.networks.heads import LinearHead, MLPHead


def known(onnx):
    return KnownHead.of(onnx, ENCODER, FEATURES)


def linear(labels=NAMES):
    draw = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(*shape, generator=draw) for shape in ((len(labels), FEATURES), (len(labels),)))
    return to_onnx(LinearHead(weight, bias), labels)


def gaussians():
    return fit_user_head(some_trials(), an_order()).onnx


@pytest.mark.parametrize("make", [lambda: a_head(NAMES), linear, gaussians], ids=["mlp", "linear", "gaussians"])
def test_a_head_that_was_read_answers_as_its_graph_does(make):
    onnx, x = make(), np.random.default_rng(0).standard_normal((50, FEATURES), np.float32)
    served = ort.InferenceSession(onnx).run(None, {"x": x})[0].argmax(axis=1)
    assert (answers(known(onnx).network, x) == served).all()


def test_outputs_are_carried_over_by_label_and_the_seed_makes_the_new_ones():
    head = known(a_head(NAMES))
    labels = ("pinch", "wave", "rest")
    start, same, other = (head.start(labels, seed) for seed in (1, 1, 2))
    for k, kept in ((0, 3), (2, 0)):
        assert torch.equal(start.out.weight[k], head.network.out.weight[kept])
        assert start.out.bias[k] == head.network.out.bias[kept]
    assert torch.equal(start.hidden.weight, head.network.hidden.weight)
    assert torch.equal(start.out.weight, same.out.weight)
    assert not torch.equal(start.out.weight[1], other.out.weight[1])
    assert not any(torch.equal(start.out.weight[1], row) for row in head.network.out.weight)


def test_only_an_mlp_can_be_started_from():
    assert known(linear()).start(NAMES, 0) is None
    assert known(gaussians()).start(NAMES, 0) is None


def test_answers_are_counted_by_trial_among_the_gestures_it_knows():
    """A head whose outputs prefer wave, then pinch, then rest, whatever it hears."""
    with torch.no_grad():
        out = nn.Linear(1, 3)
        out.weight.zero_()
        out.bias.copy_(torch.tensor([3.0, 2.0, 1.0]))
    head = known(to_onnx(MLPHead(nn.Linear(FEATURES, 1), out, 0.3), ("wave", "pinch", "rest")))
    material = Material.of(some_trials(), an_order())
    counts = head.counts(material, np.ones(8, bool))
    rows = {NAMES[k]: row.tolist() for k, row in zip(material.gesture, counts, strict=True)}
    pinch = [0, 0, 0, 24]
    assert rows == {"rest": pinch, "pinch": pinch, "fist": [0] * 4, "point": [0] * 4}
    assert head.counts(material, material.trial[:8] < 0).sum() == 0


def test_a_head_of_other_features_is_refused():
    with pytest.raises(PlanInvalid, match="another encoder"):
        KnownHead.of(linear(), ENCODER, FEATURES + 1)
    with pytest.raises(PlanInvalid, match="another encoder"):
        KnownHead.of(linear(), "f" * 64, FEATURES)
