import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.errors import ModelUnreadable
from models.export import tensors_of
from models.head_graph import head_graph, head_tensors
from models.networks.heads import GaussianHead, HeadModule, LinearHead, MLPHead
from models.spec import HeadSpec


def _head(kind: str, features: int, gestures: int, seed: int) -> HeadModule:
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw)

    if kind == "linear":
        return LinearHead(normal(gestures, features), normal(gestures)).eval()
    if kind == "mlp":
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return MLPHead(nn.Linear(features, 5), nn.Linear(5, gestures), 0.3).eval()
    plane = max(1, gestures - 1)
    roots = torch.eye(plane) + 0.1 * normal(gestures, plane, plane)
    return GaussianHead(normal(features, plane), normal(plane), normal(gestures, plane), roots).eval()


def _spec(kind: str, gestures: int) -> HeadSpec:
    return HeadSpec(kind=kind, labels=tuple(f"g{number}" for number in range(gestures)), encoder="e")


KINDS = ("linear", "mlp", "gaussians")


@given(st.sampled_from(KINDS), st.integers(1, 9), st.integers(2, 7), st.integers(0, 99))
def test_the_graph_computes_what_the_module_computes(kind, features, gestures, seed):
    head = _head(kind, features, gestures, seed)
    session = ort.InferenceSession(head_graph(_spec(kind, gestures), tensors_of(head)))
    x = np.random.default_rng(seed).standard_normal((4, features), np.float32)
    with torch.no_grad():
        expected = head(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_spec_and_tensors_come_back_bit_by_bit_from_a_valid_graph(kind):
    spec, tensors = _spec(kind, 4), tensors_of(_head(kind, 6, 4, 1))
    graph = head_graph(spec, tensors)
    onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    same_spec, same = head_tensors(graph)
    assert same_spec == spec
    assert {name: values.tobytes() for name, values in same.items()} == {
        name: values.tobytes() for name, values in tensors.items()
    }
    assert head_graph(same_spec, same) == graph


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_names_shapes_types_and_numbers_are_refused_by_name(kind):
    spec, tensors = _spec(kind, 4), tensors_of(_head(kind, 6, 4, 1))
    with pytest.raises(ModelUnreadable, match="has the tensors"):
        head_graph(spec, tensors | {"another": np.zeros(3, np.float32)})
    for name, values in tensors.items():
        with pytest.raises(ModelUnreadable, match="has the tensors"):
            head_graph(spec, {other: tensors[other] for other in tensors if other != name})
        shorter = values[1:] if name != "project" else values[:, 1:]  # any number of features is a head's own affair
        for wrong in (shorter, values[..., None], values.astype(np.float64), np.full_like(values, np.nan)):
            with pytest.raises(ModelUnreadable, match="must be finite float32"):
                head_graph(spec, tensors | {name: wrong})


@pytest.mark.parametrize("content", [b"", b"no graph at all", onnx.ModelProto().SerializeToString()])
def test_what_is_no_head_is_refused(content):
    with pytest.raises(ModelUnreadable, match="no head of ours"):
        head_tensors(content)
