"""The contract of live sequences: any chunking, no later sample, the network's own answers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_sequence_model import build, write

from models.errors import ModelMismatch
from models.pipeline.front_end import FrontEnd
from models.pipeline.sequence_stream import MOST, SequenceStream, answer_whole
from models.sequence_runtime import SequenceModel

SIGNAL = (40 * np.random.default_rng(0).standard_normal((4000, 16))).astype(np.float32)
LIVE = ("splashnet", "cnn", "gru", "events", "wrist")


@pytest.fixture(scope="module", params=LIVE)
def model(request, tmp_path_factory):
    return SequenceModel(write(request.param, tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def whole(model):
    return answer_whole(model, SIGNAL)


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    return SequenceModel(write("offline", tmp_path_factory.mktemp("models")))


def answers(model, parts):
    stream = SequenceStream(model)
    return np.concatenate([stream.feed(part) for part in parts])


@settings(max_examples=5, deadline=None)
@given(sizes=st.lists(st.integers(0, 900), min_size=1, max_size=12))
def test_any_chunking_gives_the_answers_of_the_whole(model, whole, sizes):
    parts = np.split(SIGNAL, np.minimum(np.cumsum(sizes), len(SIGNAL)))
    assert whole.shape == ((len(SIGNAL) - model.spec.window) // model.spec.hop + 1, model.spec.answers)
    np.testing.assert_allclose(answers(model, parts), whole, atol=1e-5)


def test_single_samples_give_the_answers_of_the_whole(model):
    short = SIGNAL[:600]
    np.testing.assert_allclose(answers(model, np.split(short, len(short))), answer_whole(model, short), atol=1e-5)


def test_future_samples_never_change_a_past_answer(model, whole):
    changed = SIGNAL.copy()
    changed[2600:] = 500.0
    spec = model.spec
    before = (2600 - spec.window) // spec.hop + 1
    now = answer_whole(model, changed)
    np.testing.assert_allclose(now[:before], whole[:before], atol=1e-6)
    assert np.abs(now[before + 5 :] - whole[before + 5 :]).max() > 1e-4


def test_the_stream_answers_as_the_network_does(model, whole):
    network, spec, prior = build(model.spec.name)
    x = torch.from_numpy(FrontEnd(spec, prior).feed(SIGNAL))[np.newaxis]
    with torch.no_grad():
        theirs = network.answer(network(x, *network.start(1))[0])[0].numpy()
    np.testing.assert_allclose(whole, theirs, atol=1e-4)


def test_a_reset_starts_a_new_stream(model):
    stream = SequenceStream(model)
    first = stream.feed(SIGNAL[:1000])
    stream.reset()
    np.testing.assert_array_equal(stream.feed(SIGNAL[:1000]), first)


def test_no_sample_gives_no_answer(model):
    assert SequenceStream(model).feed(SIGNAL[:0]).shape == (0, model.spec.answers)


def test_a_long_chunk_is_answered_in_pieces(tmp_path):
    model = SequenceModel(write("events", tmp_path))
    long = np.tile(SIGNAL, (3, 1))
    assert len(answer_whole(model, long)) > MOST
    np.testing.assert_allclose(answers(model, np.array_split(long, 50)), answer_whole(model, long), atol=1e-5)


def test_other_channels_are_refused(model):
    with pytest.raises(ValueError, match="16 channels"):
        SequenceStream(model).feed(SIGNAL[:, :8])


def test_a_model_that_reads_to_the_end_cannot_follow_a_stream(offline):
    with pytest.raises(ModelMismatch, match="reads a recording to its end"):
        SequenceStream(offline)


def test_a_model_that_reads_to_the_end_answers_a_recording(offline):
    answered = answer_whole(offline, SIGNAL)
    assert answered.shape == ((4000 - 64) // 16 + 1, 4)
    np.testing.assert_allclose(np.exp(answered).sum(axis=1), 1, atol=1e-4)
    changed = SIGNAL.copy()
    changed[-500:] = 100.0
    assert np.abs(answer_whole(offline, changed)[:10] - answered[:10]).max() > 1e-7  # it does hear the future


def test_too_short_a_recording_has_no_answer(offline):
    assert answer_whole(offline, SIGNAL[:63]).shape == (0, 4)
