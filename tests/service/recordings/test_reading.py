"""Recordings are read beside: this process has better things to do."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.native import Recorder
from drivers.source import Chunk, SourceInfo
from service.recordings.opened import go_through
from service.recordings.reading import Reading

BLOCKS = 50_000
STAMP = (0, 0)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of many small blocks, as devices send them."""
    path = tmp_path_factory.mktemp("long") / "long.palmaris"
    with Recorder(path, SourceInfo("armband", 1000.0, ("a", "b"))) as recorder:
        for first in range(BLOCKS):
            recorder.write(Chunk(first, np.ones((1, 2), np.float32), time.monotonic_ns(), first / 1000))
    return path


@pytest.fixture
def reading() -> Iterator[Reading]:
    """With its process."""
    reading = Reading()
    yield reading
    reading.close()


def test_predictions_do_not_stand_still_while_a_long_recording_is_gone_through(long: Path, reading: Reading) -> None:
    """Every stream of the service shares one interpreter with whoever opens a recording."""
    began = time.process_time()
    go_through(long, STAMP)
    alone_s = time.process_time() - began
    reading.open(long, (1, 1))  # loads its libraries
    began = time.process_time()
    opened = reading.open(long, STAMP)
    assert (opened.first, opened.stop) == (0, BLOCKS)
    assert time.process_time() - began < alone_s / 4


def test_a_process_that_dies_is_replaced(long: Path, reading: Reading) -> None:
    """A file that is cut short while it is mapped kills whoever looks at it."""
    reading.open(long, STAMP)
    (child,) = reading._helper._pool._processes  # type: ignore[union-attr]
    os.kill(child, signal.SIGBUS)
    for _ in range(3):  # it takes a moment until that is noticed
        try:
            assert reading.open(long, STAMP).stop == BLOCKS
            break
        except RecordingError as error:
            assert "try again" in str(error)  # noqa: PT017
    else:
        pytest.fail("it was never replaced")
