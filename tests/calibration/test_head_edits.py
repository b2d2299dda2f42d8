import numpy as np
import onnxruntime as ort
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from labelled_trials import FEATURES, NAMES, a_head, an_order, some_trials, to_onnx

from calibration.errors import PlanInvalid
from calibration.head import fit_user_head
from calibration.head_edits import renamed, without_gesture
from models.errors import ModelUnreadable
from models.head_graph import head_tensors
from models.networks.heads import LinearHead

X = np.random.default_rng(0).standard_normal((30, FEATURES), np.float32)
HEADS = {
    "mlp": a_head(NAMES),
    "linear": to_onnx(LinearHead(torch.eye(4, FEATURES), torch.arange(4.0)), NAMES),
    "gaussians": fit_user_head(some_trials(), an_order()).onnx,
}


def log_odds(onnx, labels):
    """Of each of these gestures against the last: what remains when probabilities are shared among fewer."""
    outputs = [head_tensors(onnx)[0].labels.index(label) for label in labels]
    rows = ort.InferenceSession(onnx).run(None, {"x": X})[0][:, outputs]
    return rows - rows[:, -1:]


@given(st.sampled_from(sorted(HEADS)), st.sampled_from(NAMES))
def test_the_others_compute_what_they_did(kind, gone):
    head, left = HEADS[kind], tuple(name for name in NAMES if name != gone)
    fewer = without_gesture(head, gone)
    assert head_tensors(fewer)[0].labels == left
    np.testing.assert_allclose(log_odds(fewer, left), log_odds(head, left), rtol=1e-5, atol=1e-4)
    tensors, before = head_tensors(fewer)[1], head_tensors(head)[1]
    for name, values in tensors.items():
        same = values.shape == before[name].shape
        kept = before[name] if same else np.delete(before[name], NAMES.index(gone), axis=0)
        assert (values == kept).all()


@given(st.sampled_from(sorted(HEADS)), st.sampled_from(NAMES))
def test_another_name_changes_nothing_else_and_can_be_taken_back(kind, old):
    head = HEADS[kind]
    other = renamed(head, old, "wave")
    assert head_tensors(other)[0].labels == tuple("wave" if name == old else name for name in NAMES)
    assert renamed(other, "wave", old) == head
    assert renamed(head, old, old) == head


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_what_makes_no_sense_is_refused(head):
    with pytest.raises(PlanInvalid, match="does not know wave: choose from rest, fist"):
        without_gesture(head, "wave")
    with pytest.raises(PlanInvalid, match="does not know wave"):
        renamed(head, "wave", "hello")
    with pytest.raises(PlanInvalid, match="fist already"):
        renamed(head, "rest", "fist")
    two = without_gesture(without_gesture(head, "rest"), "fist")
    with pytest.raises(PlanInvalid, match="one gesture alone"):
        without_gesture(two, "pinch")


def test_a_damaged_head_is_refused():
    with pytest.raises(ModelUnreadable):
        without_gesture(b"nothing", "rest")
