"""A made-up user whose keys come out of the frozen part as other features than everybody's."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_sequence_model import build, write
from wristband_typing import recording

from models.errors import ModelMismatch
from models.last_layer import LastLayer
from models.pipeline.sequence_stream import SequenceStream, answer_whole
from models.sequence_runtime import SequenceModel
from models.training.evaluate_sequence import score_events, score_watched
from models.training.fit_last_layer import LayerTraining, errors_of, fit_last_layer, watched_of
from models.training.pieces import piece_of, pieces_of

EVENTS = ("index_press", "index_release", "thumb_up")
HOW = LayerTraining(epochs=30, rate=3e-2, hold=1e-6)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return SequenceModel(write("small", tmp_path_factory.mktemp("text")))


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    return SequenceModel(write("events", tmp_path_factory.mktemp("events")))


def heard(model, taken):
    return SequenceStream(model).hear(taken.signal)[1]


def whole(model, taken):
    return piece_of(taken, heard(model, taken), model.spec, 0, len(taken.signal))


def test_text_is_learned_by_the_last_layer_alone_and_served(text):
    learn, new = recording(seconds=30), recording(seconds=10, seed=1)
    start = LastLayer.everybodys(text.content)
    own = fit_last_layer(list(pieces_of(learn, heard(text, learn), text.spec)), start, text.spec, HOW)
    before, after = (errors_of(whole(text, new), layer, text.spec) for layer in (start, own))
    assert before.cer > 0.8
    assert after.cer < 0.4
    served = answer_whole(text.with_own(own.own), new.signal)
    np.testing.assert_array_equal(served.argmax(axis=1), own(heard(text, new)).argmax(axis=1))


def test_events_are_learned_by_the_last_layer_alone(events):
    learn, new = (recording(EVENTS, seconds=20, seed=seed, after_s=0.15) for seed in (0, 1))
    start = LastLayer.everybodys(events.content)
    own = fit_last_layer(list(pieces_of(learn, heard(events, learn), events.spec)), start, events.spec, HOW)
    before, after = (score_watched([watched_of(whole(events, new), layer, events.spec)]) for layer in (start, own))
    assert after.miss_rate < before.miss_rate or after.false_per_minute < before.false_per_minute
    assert score_events(events.with_own(own.own), [new]).noticed == after.noticed


def test_the_same_pieces_give_the_same_layer_and_leave_the_start_alone(text):
    learn = recording(seconds=12)
    pieces = [whole(text, learn)]
    start = LastLayer.everybodys(text.content)
    before = start.weight.copy()
    one, other = (fit_last_layer(pieces, start, text.spec, replace(HOW, epochs=2)) for _ in range(2))
    np.testing.assert_array_equal(one.weight, other.weight)
    np.testing.assert_array_equal(start.weight, before)
    assert (one.weight != before).any()


def test_a_layer_that_is_held_stays_near(text):
    pieces, start = [whole(text, recording(seconds=12))], LastLayer.everybodys(text.content)
    free, held = (fit_last_layer(pieces, start, text.spec, replace(HOW, epochs=5, hold=hold)) for hold in (0.0, 10.0))
    assert np.abs(held.weight - start.weight).sum() < np.abs(free.weight - start.weight).sum()


def test_a_model_of_movement_is_refused():
    _, spec, _ = build("wrist")
    with pytest.raises(ModelMismatch, match="only text and gesture events"):
        fit_last_layer([], LastLayer(np.zeros((1, 2), np.float32), np.zeros(1, np.float32)), spec, HOW)
