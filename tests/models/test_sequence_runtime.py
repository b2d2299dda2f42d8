import json

import numpy as np
import onnx
import pytest
from tiny_model import write_tiny_model
from tiny_sequence_model import build, write

from models.errors import ModelMismatch, ModelUnknown, ModelUnreadable
from models.runtime import SPEC_KEY, load_model
from models.sequence_runtime import PRIOR_KEY, SequenceModel


@pytest.fixture(scope="module")
def splashnet(tmp_path_factory):
    return write("splashnet", tmp_path_factory.mktemp("models"))


def changed(path, folder, **says):
    """A copy whose metadata say something else; ``None`` drops an entry."""
    graph = onnx.load(path)
    entries = {entry.key: entry.value for entry in graph.metadata_props} | says
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {key: value for key, value in entries.items() if value is not None})
    copy = folder / "changed.onnx"
    copy.write_bytes(graph.SerializeToString())
    return copy


def test_states_and_prior_travel_with_the_graph(splashnet):
    _, spec, prior = build("splashnet")
    model = SequenceModel(splashnet)
    assert model.spec == spec
    assert [state.shape for state in model.start()] == [(1, 4, 31, 384)]
    assert not np.any(model.start())
    np.testing.assert_array_equal(model.prior.mean, prior.mean)
    np.testing.assert_array_equal(model.prior.variance, prior.variance)


def test_answers_are_log_probabilities(splashnet):
    model = SequenceModel(splashnet)
    answers, states = model(np.zeros((5, 16, 6), np.float32), model.start())
    np.testing.assert_allclose(np.exp(answers).sum(axis=1), 1, atol=1e-5)
    assert [state.shape for state in states] == [(1, 4, 31, 384)]


@pytest.mark.parametrize(
    "prior",
    [
        None,
        "{",
        json.dumps({"mean": [1.0], "variance": [1.0]}),
        json.dumps({"mean": [0.0] * 96, "variance": [-1.0] * 96}),
    ],
)
def test_a_prior_that_is_missing_or_damaged_is_refused(splashnet, tmp_path, prior):
    with pytest.raises(ModelUnreadable, match="normalisation"):
        SequenceModel(changed(splashnet, tmp_path, **{PRIOR_KEY: prior}))


def test_a_graph_that_breaks_its_promise_is_refused(splashnet, tmp_path):
    _, spec, _ = build("splashnet")
    says = spec.model_copy(update={"sequence": spec.sequence.model_copy(update={"labels": ("a", "b")})})
    with pytest.raises(ModelUnreadable, match="as it promises"):
        SequenceModel(changed(splashnet, tmp_path, **{SPEC_KEY: says.model_dump_json()}))


def test_a_model_of_windows_has_no_memory(tmp_path):
    with pytest.raises(ModelMismatch, match="kind window"):
        SequenceModel(write_tiny_model(tmp_path))


def test_a_missing_file_is_unknown(tmp_path):
    with pytest.raises(ModelUnknown):
        SequenceModel(tmp_path / "none.onnx")


def test_the_loader_of_windows_refuses_a_model_that_remembers(splashnet):
    with pytest.raises(ModelMismatch, match="kind sequence"):
        load_model(str(splashnet))
