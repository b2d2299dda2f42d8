import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.recordings.streamed import Rows, cut
from drivers.source import Marker


@given(
    gaps=st.lists(st.integers(1, 3), min_size=1, max_size=60),
    steps=st.lists(st.floats(0, 0.01), min_size=60, max_size=60),
    start=st.integers(0, 120),
)
def test_blocks_hold_every_sample_once_and_never_span_a_hole(gaps, steps, start):
    index = np.cumsum(gaps)
    due_s = np.cumsum(steps[: len(index)])
    marks = tuple(Marker(int(at), "x") for at in index[::7])
    rows = Rows(index, index[:, None].astype(np.float32), due_s, due_s, marks)
    blocks = list(cut(rows, start))
    seen = [block.first + at for block in blocks for at in range(len(block.samples))]
    assert seen == index[index >= start].tolist()
    assert [value for block in blocks for value in block.samples[:, 0]] == seen
    assert [mark for block in blocks for mark in block.markers] == [mark for mark in marks if mark.index >= start]
    assert all(block.due_s - block.device_s < 0.005 for block in blocks)
