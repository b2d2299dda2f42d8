"""EMaGer: 64 channels round the forearm, 4 x 16 electrodes, 1 kHz, 16 bit.

Sources: LibEMG/libemg, libemg/_streamers/_emager_streamer.py (1 500 000 baud, 128 bytes a frame, big-endian, the
pattern of lowest bits, the electrode maps of versions 1.0 and 1.1); SBIOML/emager-py, emager_py/streamers.py (the same
pattern); Chamberland et al., IEEE TBioCAS 17(5), 2023, doi 10.1109/TBCAS.2023.3314053 (4 x 16, 1 kHz, 16 bit).

A frame has neither header nor counter nor checksum. The lowest bit of its first sample is 0 and that of the other 63
is 1: this finds the frames, and is no signal, so it is cleared. Nothing vouches for the very first byte, so the first
frame after a loss is passed over. Losses are guessed from the bytes that were skipped;
whole frames that vanish without a trace are not noticed.
Not established: microvolts per count (samples are ``a.u.``) and the exact rate: the paper says 1 kHz, the README of
LibEMG/OneSubjectEMaGerDataset 1010 Hz, so ``rate=`` can say otherwise. Version 3 sends other frames, of 8192 bytes.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from drivers.boards.board import NEVER, Board, numbered
from drivers.boards.frame_parser import Bytes, FrameParser, Mask
from drivers.errors import SourceUnknown
from drivers.registry import SourceUri
from drivers.source import Samples, SourceInfo

CHANNELS = 64
GRID = tuple(tuple(range(row, row + 16)) for row in range(0, CHANNELS, 16))

# fmt: off
#: version -> for each electrode, row by row, its place in the frame
ELECTRODES = {
    "1.0": (10, 22, 12, 24, 13, 26, 7, 28, 1, 30, 59, 32, 53, 34, 48, 36,
            62, 16, 14, 21, 11, 27, 5, 33, 63, 39, 57, 45, 51, 44, 50, 40,
            8, 18, 15, 19, 9, 25, 3, 31, 61, 37, 55, 43, 49, 46, 52, 38,
            6, 20, 4, 17, 2, 23, 0, 29, 60, 35, 58, 41, 56, 47, 54, 42),
    "1.1": (44, 49, 43, 55, 39, 59, 33, 2, 32, 3, 26, 6, 22, 13, 16, 10,
            42, 48, 45, 54, 38, 58, 35, 0, 34, 1, 27, 7, 23, 11, 17, 12,
            46, 52, 40, 51, 36, 56, 31, 60, 30, 63, 25, 4, 21, 8, 18, 15,
            47, 50, 41, 53, 37, 57, 29, 62, 28, 61, 24, 5, 19, 9, 20, 14),
}
# fmt: on


@dataclass(frozen=True)
class EmagerWire:
    """Frames of 64 big-endian samples, marked in their lowest bits."""

    electrodes: tuple[int, ...]
    size: int = 2 * CHANNELS
    period: int = NEVER
    settling: int = 1

    def begins(self, frame: Bytes) -> bool:
        """Unknown, so no: the marks of a frame are all over it."""
        return False

    def fits(self, stream: Bytes) -> Mask:
        """Whether a whole frame may start at each byte: (n,) -> (n - 127,)."""
        places = max(len(stream) - self.size + 1, 0)
        lowest = stream & 1
        ones = np.zeros(len(stream) + 2, np.int64)  # ones[i]: how many of the bytes i-2, i-4, ... are odd
        for parity in (0, 1):
            ones[2 + parity :: 2] = np.cumsum(lowest[parity::2])
        others = ones[self.size + 1 :][:places] - ones[3:][:places]
        fits: Mask = (others == CHANNELS - 1) & (lowest[1:][:places] == 0)
        return fits

    def counters(self, frames: Bytes) -> None:
        """Frames carry none."""

    def samples(self, frames: Bytes) -> Samples:
        """(n, 128) -> (n, 64), row by row of the grid."""
        counts = np.ascontiguousarray(frames).view(">i2") & ~1
        return counts[:, self.electrodes].astype(np.float32)


def encode(counts: npt.NDArray[np.int64], version: str = "1.0") -> bytes:
    """What the cuff sends for even counts (n, 64) in the order of the grid."""
    frames = np.empty((len(counts), CHANNELS), ">i2")
    frames[:, ELECTRODES[version]] = counts
    frames[:, 1:] |= 1
    return frames.tobytes()


def from_uri(uri: SourceUri) -> Board:
    """``serial:///dev/ttyACM0?board=emager``; options ``version`` (1.0 or 1.1) and ``rate``."""
    version = uri.take("version", "1.0", str)
    if version not in ELECTRODES:
        raise SourceUnknown(f"{uri.text}: version={version} is not known; known: {', '.join(ELECTRODES)}")
    rate_hz = uri.take("rate", 1000.0, float)
    return Board(
        info=SourceInfo("EMaGer", rate_hz, numbered(CHANNELS), unit="a.u.", grid=GRID),
        parser=partial(FrameParser, EmagerWire(ELECTRODES[version])),
        bauds=(1_500_000,),
    )
