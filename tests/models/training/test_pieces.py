import numpy as np
import pytest
from tiny_sequence_model import build
from wristband_typing import recording

from models.training.pieces import LENGTH_S, piece_of, pieces_of

TYPED = recording(seconds=50)


def features(spec, taken=TYPED):
    """Each answer's features are its own number."""
    answers = (len(taken.signal) - spec.window) // spec.hop + 1
    return np.arange(answers, dtype=np.float32)[:, np.newaxis]


@pytest.mark.parametrize("name", ["small", "gru", "events"])
def test_every_answer_and_every_key_is_in_one_piece(name):
    _, spec, _ = build(name)
    pieces = list(pieces_of(TYPED, features(spec), spec))
    np.testing.assert_array_equal(np.concatenate([piece.features for piece in pieces]), features(spec))
    assert [key for piece in pieces for key in piece.truth.keys] == list(TYPED.keys)
    assert all(LENGTH_S[0] <= piece.truth.seconds <= LENGTH_S[1] for piece in pieces[:-1])
    assert len(pieces) in (3, 4, 5)


def test_an_answer_is_in_the_piece_in_which_its_last_sample_lies():
    _, spec, _ = build("small")
    piece = piece_of(TYPED, features(spec), spec, 10_000, 20_000)
    first, last = (spec.window - 1 + spec.hop * int(number) for number in piece.features[[0, -1], 0])
    assert first - 10_000 == piece.first
    assert 10_000 <= first < 10_000 + spec.hop
    assert 20_000 - spec.hop <= last < 20_000


def test_no_cut_while_a_finger_is_down():
    _, spec, _ = build("events")
    taken = recording(("index_press", "index_release"), seconds=50)
    pieces = list(pieces_of(taken, features(spec, taken), spec))
    assert len(pieces) > 2
    assert all(piece.truth.keys[-1] == "index_release" for piece in pieces[:-1])


def test_a_recording_in_which_nothing_is_done_is_cut_all_the_same():
    _, spec, _ = build("small")
    still = recording(seconds=50).between(0, 0)
    assert not list(pieces_of(still, features(spec)[:0], spec))
    silent = TYPED.between(0, len(TYPED.signal))
    silent = type(silent)(silent.signal, silent.rate_hz, (), np.zeros(0, np.int64), "u", "1")
    assert [round(piece.truth.seconds) for piece in pieces_of(silent, features(spec), spec)] == [20, 20, 10]
