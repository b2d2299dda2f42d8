"""A band that may be stopped, killed and disturbed: ``python band.py PORT [damaged]``, the far end of a serial port.

It sends its signal from the beginning whenever it hears ``go``, four times as fast as it says.
"""

import os
import sys
import time
import tty
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.boards.frame_format import FrameFormat

WIRE = FrameFormat(sync=b"\xa5\x5a", counter="u32", channels=2, sample="i16", checksum="crc16", scale=0.5)
OPTIONS = (
    "board=framed&sync=A55A&counter=u32&channels=2&samples=i16&checksum=crc16&scale=0.5&rate=1000&baud=921600&start=go"
)
BURST = 20
"""Frames that are written at once."""


def counts(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What the two electrodes give at these samples: quiet, loud left, quiet, loud right, a second of each."""
    loud = np.array([[6, 6], [180, 10], [6, 6], [10, 180]])[numbers // 1000 % 4]
    noise = np.random.default_rng(1).standard_normal((4096, 2))
    given: npt.NDArray[np.int64] = np.rint(noise[numbers % 4096] * loud).astype(np.int64)
    return given


def is_damaged(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which frames have a wrong bit on a bad cable: one now and then, and sometimes several in a row."""
    damaged: npt.NDArray[np.bool_] = (numbers > 500) & ((numbers % 389 == 7) | (numbers % 1201 < 3))
    return damaged


def on_a_bad_cable(numbers: npt.NDArray[np.int64], frames: bytes, draw: np.random.Generator) -> bytes:
    """The same frames with wrong bits, and now and then with noise between them."""
    pieces = np.frombuffer(frames, np.uint8).reshape(len(numbers), WIRE.size).copy()
    for place in np.flatnonzero(is_damaged(numbers)):
        pieces[place, draw.integers(WIRE.size)] ^= 1 << draw.integers(8)
    noise = draw.bytes(int(draw.integers(1, 600))) if numbers[0] % 500 == 0 else b""
    return noise + pieces.tobytes()


def bursts(*, damaged: bool) -> Iterator[bytes]:
    """What it sends, for ever; the same every time."""
    draw = np.random.default_rng(2)
    for first in count(0, BURST):
        numbers = np.arange(first, first + BURST)
        frames = WIRE.encode(numbers, counts(numbers))
        yield on_a_bad_cable(numbers, frames, draw) if damaged else frames


def main(port: Path, *, damaged: bool) -> None:
    """Live until killed."""
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    port.unlink(missing_ok=True)
    port.symlink_to(os.ttyname(secondary))
    sys.stdout.write("plugged in\n")
    sys.stdout.flush()
    while b"go" not in os.read(primary, 64):
        pass
    for burst in bursts(damaged=damaged):
        os.write(primary, burst)
        time.sleep(BURST / 4000)


if __name__ == "__main__":
    main(Path(sys.argv[1]), damaged="damaged" in sys.argv)
