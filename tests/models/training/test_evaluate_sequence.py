"""Scores of a graph that is known by heart: each answer is what its samples say."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.datasets.sequences import Sequence
from models.head_graph import IR_VERSION, OPSET
from models.pipeline.symbols import BLANK, CLASS_OF, SYMBOLS
from models.runtime import SPEC_KEY
from models.sequence_runtime import SequenceModel
from models.spec import FilterSpec, ModelSpec, SequenceSpec
from models.training.evaluate_sequence import score_events, score_text

EVENTS = ("index_press", "index_release", "thumb_up")


def speaking(folder, kind: str, labels: tuple[str, ...]) -> SequenceModel:
    """A model whose answer is its sample: one channel per class, an answer per sample."""
    classes = len(labels) + (kind == "sequence")
    spec = ModelSpec(
        name="echo",
        kind=kind,
        rate_hz=2000,
        channels=classes,
        window=1,
        hop=1,
        features=classes,
        filters=FilterSpec(low_hz=None, high_hz=999.0, mains_hz=None, order=1),
        sequence=SequenceSpec(front="samples", labels=labels, states={"nothing": (1,)}),
    )
    many = ["B", "T", classes]
    ends = [("heard", many), ("nothing", [1, 1]), ("answers", many), ("kept", [1, 1]), ("features", many)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends]
    nodes = [
        helper.make_node("Identity", ["heard"], ["answers"]),
        helper.make_node("Identity", ["heard"], ["features"]),
        helper.make_node("Add", ["nothing", "zero"], ["kept"]),
    ]
    zero = numpy_helper.from_array(np.zeros((1, 1), np.float32), "zero")
    graph = helper.make_graph(nodes, "echo", values[:2], values[2:], [zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()})
    path = folder / "echo.onnx"
    path.write_bytes(model.SerializeToString())
    return SequenceModel(path)


def said(classes: int, spoken: list[tuple[int, int]], keys: tuple[str, ...], times: list[int]) -> Sequence:
    """A signal that speaks class ``c`` for 50 ms from each sample ``at``, and the truth beside it."""
    signal = np.zeros((4000, classes), np.float32)
    for at, number in spoken:
        signal[at : at + 100, number] = 1.0
    return Sequence(signal, 2000.0, keys, np.array(times, np.int64), "u", "1")


def test_text_is_scored_over_all_recordings(tmp_path):
    model = speaking(tmp_path, "sequence", SYMBOLS)
    letters = [CLASS_OF[key] for key in "abc"]
    spoken = [(500 * (number + 1), letter) for number, letter in enumerate(letters)]
    right = said(99, spoken, ("a", "b", "c"), [400, 900, 1400])
    wrong = said(99, spoken[:2], ("a", "x", "c"), [400, 900, 1400])
    for recording in (right, wrong):
        quiet = recording.signal.max(axis=1) < 0.5
        recording.signal[quiet, BLANK] = 1.0
    errors = score_text(model, [right, wrong])
    assert (errors.symbols, errors.substitutions, errors.deletions, errors.insertions) == (6, 1, 1, 0)
    assert errors.cer == pytest.approx(2 / 6)


def test_events_are_scored_by_the_last_sample_that_they_rest_on(tmp_path):
    model = speaking(tmp_path, "events", EVENTS)
    first = said(3, [(1200, 0), (2200, 1)], ("index_press", "index_release"), [1000, 2000])
    second = said(3, [(1200, 2), (3000, 2)], ("thumb_up",), [1000])
    scores = score_events(model, [first, second])
    assert (scores.events, scores.noticed, scores.cler, scores.miss_rate) == (3, 4, 0, 0)
    assert scores.delay_p50_ms == pytest.approx(100, abs=2)
    assert scores.false_per_minute == pytest.approx(60 / 6, rel=0.01)  # one in 2 + 2 s and the second after each
