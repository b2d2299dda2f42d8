"""What the terminal shows of a stream."""

from typing import Any

import pytest
from rich.console import Console

from service.commands.watch import View
from service.messages import EVERYBODY, Counters, GestureEvent, Hello, Latency, Prediction, Status, Text

HELLO = Hello(
    stream="default",
    source="hand-fed",
    simulated=False,
    model="tiny",
    labels=("fist", "hand_open"),
    rate_hz=1000,
    window=250,
    hop=25,
    head=EVERYBODY,
    state="live",
    run="a",
    next_seq=0,
)
COUNTERS = Counters(samples=0, lost=0, gaps=0, predictions=0, dropped=0)
LATENCY = Latency(signal_ms=125, wait_ms=0, compute_ms=1)


def shown(**effort: Any) -> str:
    values = {"accepted": True, **effort}
    prediction = Prediction(
        seq=7,
        index=449,
        device_s=0.449,
        arrived_ns=0,
        gesture="hand_open",
        confidence=0.9,
        probabilities=(0.1, 0.9),
        latency=LATENCY,
        **values,
    )
    view = View()
    view.take(HELLO)
    view.take(prediction)
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(view.render())
    return capture.get()


def test_intensity_is_a_bar_below_the_gestures() -> None:
    picture = shown(intensity=0.62, active=True)
    lines = [line.split() for line in picture.splitlines()]
    (bar,) = (words for words in lines if words[:1] == ["intensity"])
    assert bar[-1] == "62%"
    assert "HAND OPEN" in picture


def test_nothing_is_shown_of_what_was_not_measured() -> None:
    picture = shown()
    assert "HAND OPEN" in picture
    assert "intensity" not in picture


@pytest.mark.parametrize(("active", "word"), [(False, "RELAXED"), (True, "HAND OPEN  (too uncertain)")])
def test_relaxed_is_not_uncertain(active: bool, word: str) -> None:
    picture = shown(intensity=0.0, active=active, accepted=False)
    assert word in picture
    assert ("HAND OPEN" in picture) == active


def picture_of(view: View) -> str:
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(view.render())
    return capture.get()


def test_text_is_what_the_keys_leave_on_a_screen_and_a_tail_behind_it() -> None:
    view = View()
    view.take(HELLO.model_copy(update={"answers": "text"}))
    common = {"index": 9, "device_s": 0.1, "arrived_ns": 0, "latency": LATENCY}
    view.take(Text(seq=0, stable="⇧Hex", tail="", settled=4, **common))
    view.take(Text(seq=1, stable="⌫ll", tail="o w", settled=7, **common))
    assert "  Hello w\n" in picture_of(view)
    view.take(Status(state="stalled", message="", counters=COUNTERS))
    assert "  Hell\n" in picture_of(view)


def test_an_event_is_shown_with_what_is_held() -> None:
    view = View()
    view.take(HELLO.model_copy(update={"answers": "events"}))
    common = {"index": 9, "device_s": 0.1, "arrived_ns": 0, "latency": LATENCY, "score": 0.9}
    view.take(GestureEvent(seq=0, label="index_press", kind="press", pressed=("index",), **common))
    assert "INDEX PRESS  (held: index)" in picture_of(view)
    view.take(Status(state="stalled", message="", counters=COUNTERS))
    assert "INDEX" not in picture_of(view)
