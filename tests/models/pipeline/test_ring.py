import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.ring import Windower


@given(st.integers(1, 40), st.data())
def test_windows_are_slices_of_the_stream(size: int, data: st.DataObject) -> None:
    hop = data.draw(st.integers(1, size))
    sizes = data.draw(st.lists(st.integers(0, 90), max_size=10))
    stream = np.arange(2 * sum(sizes), dtype=np.float32).reshape(-1, 2)
    windower = Windower(size, hop, channels=2)
    found = [(end, window.copy()) for part in np.split(stream, np.cumsum(sizes)) for end, window in windower.feed(part)]
    assert [end for end, _ in found] == list(range(size, len(stream) + 1, hop))
    for end, window in found:
        assert np.array_equal(window, stream[end - size : end])


def test_windows_are_contiguous() -> None:
    windower = Windower(7, 3, channels=2)
    assert all(window.flags.c_contiguous for _, window in windower.feed(np.zeros((50, 2))))


def test_no_window_spans_a_reset() -> None:
    windower = Windower(4, 1, channels=1)
    list(windower.feed(np.ones((9, 1))))
    windower.reset()
    assert [end for end, _ in windower.feed(np.zeros((3, 1)))] == []
    end, window = next(windower.feed(np.zeros((1, 1))))
    assert end == 4
    assert not window.any()
