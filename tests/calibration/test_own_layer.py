"""A user's own last layer of a tiny network, from made-up typing: the same path as for a real one."""

import numpy as np
import pytest
import torch
from tiny_sequence_model import write
from wristband_typing import recording

from calibration.doubts import doubts_of_hearing
from calibration.errors import PlanInvalid
from calibration.own_layer import LayerOrder, fit_own_layer
from calibration.sequence_report import advise
from models.last_layer import LastLayer
from models.pipeline.sequence_stream import SequenceStream
from models.sequence_runtime import SequenceModel
from models.training.pieces import Piece, pieces_of

torch.set_num_threads(1)
EVENTS = ("index_press", "index_release", "thumb_up")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: SequenceModel(write(name, folder)) for name in ("small", "events")}


def order(model: SequenceModel, **more: object) -> LayerOrder:
    return LayerOrder(model.spec, LastLayer.everybodys(model.content), simulated=True, **more)


def typed(model: SequenceModel, keys: tuple[str, ...] = ("a", "b", "c"), **how: float) -> list[Piece]:
    taken = recording(keys, **how)
    return list(pieces_of(taken, SequenceStream(model).hear(taken.signal)[1], model.spec))


def test_pieces_are_scored_by_layers_that_had_not_learned_from_them(models):
    text = models["small"]
    layer, report = fit_own_layer(typed(text, seconds=33), order(text))
    assert (report.kind, report.keys, report.previous, report.simulated) == ("text", 82, None, True)
    assert report.pieces >= 2
    assert report.after.wrong.value < report.everybodys.wrong.value
    assert report.recommendation == advise(report.everybodys, None, report.after)
    assert (layer.weight != LastLayer.everybodys(text.content).weight).any()


def test_earlier_pieces_rehearse_and_the_layer_before_is_compared(models):
    text = models["small"]
    old = typed(text, seconds=15)
    before, _ = fit_own_layer(old, order(text))
    _, report = fit_own_layer(typed(text, seconds=22, seed=1), order(text, previous=before, old=old))
    assert report.previous is not None
    assert report.pieces == len(old) + 2


def test_a_recording_that_is_accepted_again_is_not_scored_by_what_it_taught_before(models):
    text = models["small"]
    pieces = typed(text, seconds=33)
    assert fit_own_layer(pieces, order(text, old=pieces))[1] == fit_own_layer(pieces, order(text))[1]


def test_one_piece_is_learned_and_nothing_is_promised(models):
    _, report = fit_own_layer(typed(models["small"], seconds=12), order(models["small"]))
    assert (report.after, report.recommendation.verdict) == (None, "more_trials")


def test_a_layer_doubts_what_it_hears_otherwise(models):
    text = models["small"]
    pieces = typed(text, seconds=33)
    layer, _ = fit_own_layer(pieces, order(text))
    assert doubts_of_hearing(pieces[0], layer, text.spec) == ()
    deaf = LastLayer(0 * layer.weight, np.eye(4, dtype=np.float32)[3])
    assert [doubt.code for doubt in doubts_of_hearing(pieces[0], deaf, text.spec)] == ["misheard"]


def test_events_are_learned_too(models):
    events = models["events"]
    pieces = typed(events, EVENTS, seconds=22, after_s=0.15)
    _, report = fit_own_layer(pieces, order(events))
    assert report.kind == "events"
    assert {"cler", "miss_rate", "false_per_minute"} <= set(report.after.parts)


def test_the_same_pieces_give_the_same_layer(models):
    pieces = typed(models["small"], seconds=12)
    one, other = (fit_own_layer(pieces, order(models["small"]))[0] for _ in range(2))
    np.testing.assert_array_equal(one.weight, other.weight)


def test_earlier_keys_that_the_model_does_not_know_are_named(models):
    text = models["small"]
    with pytest.raises(PlanInvalid, match="does not know 'x'"):
        fit_own_layer(typed(text, seconds=12), order(text, old=typed(text, ("x", "y"), seconds=12)))


@pytest.mark.parametrize(("keys", "why"), [((), "no key was typed"), (("x", "y"), "does not know 'x'")])
def test_what_teaches_nothing_is_refused(models, keys, why):
    text = models["small"]
    pieces = typed(text, keys, seconds=12) if keys else []
    with pytest.raises(PlanInvalid, match=why):
        fit_own_layer(pieces, order(text))
