"""What the tests of every reader share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from drivers.recordings.recording import Recording
from drivers.source import Marker, Samples

Everything = tuple[npt.NDArray[np.int64], Samples, list[Marker]]


def _everything(recording: Recording, start: int = 0) -> Everything:
    """Index of every sample, all samples, all markers; checks what every block must be."""
    blocks = list(recording.blocks(start))
    for block in blocks:
        assert len(block.samples)
        assert block.samples.dtype == np.float32
        assert block.samples.shape[1] == len(recording.info.channels)
        assert all(block.first <= marker.index < block.first + len(block.samples) for marker in block.markers)
    dues = [block.due_s for block in blocks]
    assert dues == sorted(dues)
    index: list[Any] = [block.first + np.arange(len(block.samples)) for block in blocks]
    empty = np.empty((0, len(recording.info.channels)), np.float32)
    samples = np.concatenate([empty, *(block.samples for block in blocks)])
    return np.concatenate([[], *index]).astype(int), samples, [mark for block in blocks for mark in block.markers]


@pytest.fixture(scope="session")
def everything() -> Callable[..., Everything]:
    """The whole of a recording in one piece."""
    return _everything
