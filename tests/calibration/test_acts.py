"""Which acts a model knows, and when somebody made one."""

import numpy as np

from calibration.acts import acts_of, labels_of, moved, movements, times_of
from calibration.onset import Block, Span

LABELS = ("index_press", "index_release", "thumb_up", "thumb_down")


def test_a_press_and_its_release_are_one_act() -> None:
    assert acts_of(LABELS) == ("index", "thumb_up", "thumb_down")
    assert labels_of("index", LABELS) == ("index_press", "index_release")
    assert labels_of("thumb_up", LABELS) == ("thumb_up",)
    assert labels_of("thumb", LABELS) == ()


def test_a_short_break_lies_within_a_movement_and_a_blip_is_none() -> None:
    blocks = [Block(10 * number + 9, np.zeros(1)) for number in range(100)]  # of 10 ms at 1 kHz
    busy = np.zeros(100, bool)
    for start, stop in ((2, 4), (10, 16), (30, 36), (70, 75)):  # the first is noise
        busy[start:stop] = True
    assert movements(busy, blocks, 10, 1000) == [Span(100, 360), Span(700, 750)]


def test_a_release_never_comes_before_its_press() -> None:
    pressed, released = times_of(("index_press", "index_release"), [Span(100, 110)], 1000)
    assert released > pressed


def test_an_event_moves_to_the_pulse_that_everybodys_layer_shows_near_it() -> None:
    last = np.arange(0, 1000, 5)
    pulse = np.where((last >= 580) & (last < 620), 0.9, 0.01)  # 80 to 120 ms after 500
    assert abs(moved(460, pulse, last, 1000) - 500) <= 5
    assert moved(900, pulse, last, 1000) == 900  # too far away to be its own
    assert moved(460, 0.1 * pulse, last, 1000) == 460  # it does not see it
