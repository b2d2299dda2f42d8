from hypothesis import given
from hypothesis import strategies as st

from service.held import HeldUp

WINDOW_S = 0.25
CHUNK_S = 0.005


def released_after(held: HeldUp, pauses_s: list[float], began: float = 100.0) -> int | None:
    """The number of chunks after which the samples were of now, when they came after these pauses."""
    now = began
    for count, pause_s in enumerate(pauses_s, 1):
        now += pause_s
        if held.current(now, CHUNK_S):
            return count
    return None


def test_what_a_radio_kept_is_not_of_now_until_all_of_it_came() -> None:
    assert released_after(HeldUp(3.0, 100.0, WINDOW_S), [0.0] * 1000) in (600, 601)


def test_a_device_that_paused_is_believed_after_one_window() -> None:
    chunks = released_after(HeldUp(3.0, 100.0, WINDOW_S), [0.0] + [CHUNK_S] * 100)
    assert chunks == 1 + WINDOW_S / CHUNK_S


def test_a_burst_and_then_the_pace_of_measuring() -> None:
    """A reader that was away for a while is late for part of the silence only."""
    assert released_after(HeldUp(3.0, 100.0, WINDOW_S), [0.0] * 200 + [CHUNK_S] * 100) in range(240, 252)


@given(st.floats(0.3, 20), st.integers(1, 400))
def test_it_always_ends(silent_s: float, burst: int) -> None:
    pauses = [0.0] * burst + [CHUNK_S] * 100
    assert released_after(HeldUp(silent_s, 100.0, WINDOW_S), pauses) is not None
