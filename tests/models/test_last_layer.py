import numpy as np
import onnx
import pytest
from tiny_sequence_model import LABELS, NETWORKS, build, write

from models.errors import ModelMismatch, ModelUnreadable
from models.head_graph import own_tensors
from models.last_layer import BIAS, BLANK, WEIGHT, LastLayer
from models.pipeline.front_end import heard
from models.runtime import Head
from models.sequence_runtime import SequenceModel


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_keeps_the_last_layer_by_name_and_gives_its_features(name, tmp_path):
    network, spec, _ = build(name)
    model = SequenceModel(write(name, tmp_path))
    layer = LastLayer.everybodys(model.content)
    np.testing.assert_array_equal(layer.weight, network.out.weight.detach().numpy())
    np.testing.assert_array_equal(layer.bias, network.out.bias.detach().numpy())
    x = np.random.default_rng(0).standard_normal(heard(5, spec), np.float32)
    answers, _, features = model.hear(x, model.start())
    scores = layer(features)
    if spec.kind == "sequence":
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    elif spec.kind == "events":
        scores = 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(answers, scores, atol=1e-4)


@pytest.mark.parametrize("name", ["small", "events"])
def test_a_users_own_layer_takes_the_place_of_everybodys_and_gives_it_back(name, tmp_path):
    model = SequenceModel(write(name, tmp_path))
    layer = LastLayer.everybodys(model.content)
    other = LastLayer(-layer.weight, layer.bias + 1)
    x = np.random.default_rng(0).standard_normal(heard(5, model.spec), np.float32)
    mine = model.with_own(other.own)
    assert mine.own == other.own
    assert not np.allclose(mine(x, model.start())[0], model(x, model.start())[0])
    np.testing.assert_allclose(mine.hear(x, model.start())[2], model.hear(x, model.start())[2])
    assert mine.with_own({}) is model


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"network.convolution.weight": np.zeros(3, np.float32)}, "has no tensor 'network.convolution.weight'"),
        ({BIAS: np.zeros(4, np.float32)}, r"shape \(3,\)"),
        ({BIAS: np.full(3, np.nan, np.float32)}, "numbers that no signal has"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(own, why, tmp_path):
    with pytest.raises(ModelMismatch, match=why):
        SequenceModel(write("events", tmp_path)).with_own(own)


def test_it_travels_as_a_head_and_comes_back(tmp_path):
    model = SequenceModel(write("small", tmp_path))
    layer = LastLayer.everybodys(model.content)
    head = Head(layer.head(model.spec, model.fingerprint), tmp_path / "user.head.onnx")
    assert head.spec.encoder == model.fingerprint
    assert head.spec.labels == (*LABELS, BLANK)
    assert head.fits(model.spec)
    assert set(head.own) == {WEIGHT, BIAS} == set(own_tensors(head.content))
    np.testing.assert_array_equal(LastLayer.of(head.own).weight, layer.weight)


def test_a_graph_without_one_is_refused():
    empty = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    with pytest.raises(ModelUnreadable, match="no last layer"):
        LastLayer.everybodys(empty.SerializeToString())
