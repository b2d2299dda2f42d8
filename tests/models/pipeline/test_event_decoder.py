import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.event_decoder import EventDecoder

LABELS = ("index_press", "index_release", "middle_press", "middle_release", "thumb_click", "thumb_up")
RATE_HZ = 200.0  # 50 ms are 10 frames


def pulses(*events, frames=100):
    """(frame, event) probabilities: each (label, frame, probability) lasts for 8 frames."""
    values = np.full((frames, len(LABELS)), 0.1, np.float32)
    for label, frame, probability in events:
        values[frame : frame + 8, LABELS.index(label)] = probability
    return values


def noticed(*events):
    return [(event.label, event.frame) for event in EventDecoder(LABELS, RATE_HZ).feed(pulses(*events))]


def test_a_finger_is_pressed_and_released():
    decoder = EventDecoder(LABELS, RATE_HZ)
    first = decoder.feed(pulses(("index_press", 20, 0.9)))
    assert [(event.label, event.kind, event.frame) for event in first] == [("index_press", "press", 20)]
    assert first[0].score == pytest.approx(0.9)
    assert decoder.pressed == {"index"}
    second = decoder.feed(pulses(("index_release", 30, 0.5), ("thumb_up", 60, 0.5)))
    found = [(event.label, event.kind, event.frame) for event in second]
    assert found == [("index_release", "release", 130), ("thumb_up", "tap", 160)]
    assert decoder.pressed == frozenset()


def test_the_threshold_is_met_from_below():
    assert noticed(("thumb_click", 20, 0.34)) == []
    assert noticed(("thumb_click", 20, 0.35)) == [("thumb_click", 20)]
    assert noticed(("thumb_click", 0, 0.5)) == [("thumb_click", 0)]
    assert noticed(("thumb_click", 20, 0.5), ("thumb_click", 28, 0.8)) == [("thumb_click", 20)]


def test_what_follows_within_50_ms_is_the_same_movement():
    assert noticed(("thumb_click", 20, 0.5), ("thumb_up", 29, 0.9)) == [("thumb_click", 20)]
    assert noticed(("thumb_click", 20, 0.5), ("thumb_up", 30, 0.9)) == [("thumb_click", 20), ("thumb_up", 30)]


def test_a_release_may_follow_a_press_at_once():
    assert noticed(("index_press", 20, 0.5), ("index_release", 24, 0.5)) == [("index_press", 20), ("index_release", 24)]


def test_of_two_at_once_the_likelier_counts():
    assert noticed(("thumb_click", 20, 0.5), ("thumb_up", 20, 0.9)) == [("thumb_up", 20)]


def test_a_release_of_nothing_is_dropped():
    assert noticed(("middle_release", 20, 0.9)) == []
    assert noticed(("index_press", 10, 0.9), ("middle_release", 30, 0.9)) == [("index_press", 10)]


def test_a_release_that_was_missed_is_made_up_for():
    decoder = EventDecoder(LABELS, RATE_HZ)
    events = decoder.feed(pulses(("index_press", 10, 0.9), ("index_press", 60, 0.8)))
    assert [(event.label, event.frame) for event in events] == [
        ("index_press", 10),
        ("index_release", 60),
        ("index_press", 60),
    ]
    assert events[1].score == 0


def test_half_a_pair_is_a_tap():
    events = EventDecoder(["index_press"], RATE_HZ).feed(np.ones((3, 1), np.float32))
    assert [(event.label, event.kind) for event in events] == [("index_press", "tap")]


@given(st.integers(0, 1000), st.lists(st.integers(0, 30), max_size=10))
def test_any_chunking_gives_the_same_and_fingers_take_turns(seed, sizes):
    rng = np.random.default_rng(seed)
    values = rng.random((150, len(LABELS))).astype(np.float32) ** 3
    decoder = EventDecoder(LABELS, RATE_HZ)
    events = [
        event for part in np.split(values, np.minimum(np.cumsum(sizes, dtype=int), 150)) for event in decoder.feed(part)
    ]
    assert events == EventDecoder(LABELS, RATE_HZ).feed(values)
    index = [event.kind for event in events if event.label.startswith("index")]
    assert all(kind == ("release" if number % 2 else "press") for number, kind in enumerate(index))
    assert [event.frame for event in events] == sorted(event.frame for event in events)


def test_forgetting_lets_fingers_go():
    decoder = EventDecoder(LABELS, RATE_HZ)
    decoder.feed(pulses(("index_press", 95, 0.9)))
    decoder.reset()
    assert decoder.pressed == frozenset()
    assert [event.frame for event in decoder.feed(pulses(("index_press", 0, 0.9)))] == [0]


def test_another_number_of_events_is_refused():
    with pytest.raises(ValueError, match=r"must be \(frame, 6\), not \(3, 5\)"):
        EventDecoder(LABELS, RATE_HZ).feed(np.zeros((3, 5), np.float32))
