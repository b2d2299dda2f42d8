import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.blocks import Blocks

SIGNAL = np.arange(2 * 700, dtype=np.float32).reshape(700, 2)


def frames(block: np.ndarray, size: int, hop: int) -> list[np.ndarray]:
    return [block[at : at + size] for at in range(0, len(block) - size + 1, hop)] if len(block) else []


@given(st.lists(st.integers(0, 200), max_size=8))
def test_every_frame_comes_once_and_in_order(sizes):
    blocks, found = Blocks(64, 16, 2), []
    for part in np.split(SIGNAL, np.minimum(np.cumsum(sizes, dtype=int), len(SIGNAL))):
        found += frames(blocks.feed(part), 64, 16)
    np.testing.assert_array_equal(found, frames(SIGNAL, 64, 16))


def test_a_reset_forgets_the_tail():
    blocks = Blocks(4, 2, 2)
    blocks.feed(SIGNAL[:3])
    blocks.reset()
    assert blocks.feed(SIGNAL[3:6]).shape == (0, 2)
    np.testing.assert_array_equal(blocks.feed(SIGNAL[6:7]), SIGNAL[3:7])
