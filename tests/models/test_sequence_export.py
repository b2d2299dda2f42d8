import onnx
import pytest
import torch
from tiny_sequence_model import NETWORKS, build, write

from models.errors import ParityError
from models.runtime import SPEC_KEY
from models.sequence_export import export_sequence, require_parity
from models.sequence_runtime import PRIOR_KEY, SequenceModel


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_says_what_it_is_and_answers_as_its_network(name, tmp_path):
    network, spec, prior = build(name)
    path = export_sequence(network, spec, prior, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [f"{name}.onnx"]
    graph = onnx.load(path)
    says = {entry.key: entry.value for entry in graph.metadata_props}
    assert spec.model_validate_json(says[SPEC_KEY]) == spec
    assert (PRIOR_KEY in says) == (spec.sequence.rolling is not None)
    assert [x.name for x in graph.graph.input] == ["heard", *spec.sequence.states]
    assert not [node.doc_string for node in graph.graph.node if node.doc_string]
    require_parity(SequenceModel(path), network)


def test_a_graph_that_differs_is_not_kept(tmp_path):
    path = write("events", tmp_path)
    network, _, _ = build("events")
    with torch.no_grad():
        network.out.bias += 1
    with pytest.raises(ParityError, match="differs from its network"):
        require_parity(SequenceModel(path), network)


def test_a_network_that_is_not_finite_is_never_written(tmp_path):
    network, spec, prior = build("events")
    with torch.no_grad():
        network.out.bias[0] = torch.nan
    with pytest.raises(ParityError):
        export_sequence(network, spec, prior, tmp_path)
    assert not list(tmp_path.iterdir())
