import numpy as np

from models.datasets.sequences import Sequence
from models.training.event_targets import UNCOUNTED, pulses

LABELS = ("index_press", "index_release", "thumb_up")


def targets(*events, seconds=2.0):
    """Of (name, time in s), an answer every 10 samples, the first after 21."""
    keys, times = zip(*events, strict=True) if events else ((), ())
    signal = np.zeros((round(seconds * 2000), 16), np.float32)
    recording = Sequence(signal, 2000.0, keys, (np.array(times) * 2000).astype(np.int64), "u", "1")
    answers = (len(signal) - 21) // 10 + 1
    return pulses(recording, LABELS, 20, 10, answers), (20 + 10 * np.arange(answers)) / 2000


def test_a_pulse_of_40_ms_begins_80_ms_after_the_event():
    target, now = targets(("thumb_up", 0.5))
    at = now[target[:, 2] == 1]
    assert len(at) == 8  # 40 ms of 5 ms
    assert 0.58 <= at.min() < 0.585
    assert 0.615 <= at.max() < 0.62
    assert (target[:, 0] == 0).all()


def test_a_release_counts_only_while_its_finger_is_down():
    target, now = targets(("index_press", 0.5), ("index_release", 0.9))
    counted = now[target[:, 1] != UNCOUNTED]
    assert 0.46 < counted.min() < 0.5  # 7 answers before the press
    assert 1.02 < counted.max() < 1.06  # and after the end of the pulse
    assert ((target[:, 1] == 1) == ((now >= 0.98) & (now < 1.02))).all()
    assert (target[:, [0, 2]] != UNCOUNTED).all()


def test_a_finger_that_stays_down_counts_to_the_end():
    target, now = targets(("index_press", 1.5))
    assert (target[now > 1.5, 1] == 0).all()


def test_without_events_nothing_is_asked_for_but_silence():
    target, _ = targets()
    assert (target[:, [0, 2]] == 0).all()
    assert (target[:, 1] == UNCOUNTED).all()
