"""OpenBCI Cyton (8 channels, 250 Hz) and Cyton with Daisy (16 channels, 125 Hz), through the USB dongle.

Sources: OpenBCI/Documentation, website/docs/Cyton/03-Cyton_Data_Format.md (frame, scale, Daisy table, 115200 baud) and
04-OpenBCI_Cyton_SDK.md (commands, answers, ``$$$``); OpenBCI/OpenBCI_Cyton_Library, OpenBCI_32bit_Library.cpp
(``boardReset``, ``sendChannelDataSerial``, ``ADS_writeChannelDataAvgDaisy``, ``startADS`` sets the counter to 0).

Frame, 33 bytes: A0, counter, 8 x 24 bit big-endian, 6 auxiliary bytes, then C0 to CF. One count is 4.5 V / gain /
(2^23 - 1) = 0.02235 uV at gain 24, which ``v`` restores. There is no checksum: a wrong bit in a value is not seen.
With a Daisy, odd counters carry the board's channels 1-8 and even ones the Daisy's 9-16, each the mean of its last two
samples. As in OpenBCI/brainflow, src/board_controller/openbci/cyton_daisy.cpp, an odd packet and the even one after it
make one sample, so channels 9-16 are 4 ms younger.
"""

from functools import partial

import numpy as np
import numpy.typing as npt

from drivers.boards.board import Ask, Board, Packets, Talk, numbered
from drivers.boards.frame_format import FrameFormat
from drivers.boards.frame_parser import FrameParser
from drivers.errors import SourceUnavailable
from drivers.registry import SourceUri
from drivers.source import Losses, SourceInfo

UV_PER_COUNT = 4.5e6 / 24 / (2**23 - 1)
FRAME = FrameFormat(
    sync=b"\xa0",
    counter="u8",
    channels=8,
    sample="i24",
    endian="big",
    ignored=6,
    end=b"\xc0",
    end_mask=0xF0,
    scale=UV_PER_COUNT,
)
STOP, RESET, START, EIGHT, SIXTEEN = b"s", b"v", b"b", b"c", b"C"
END_OF_ANSWER = b"$$$"


_NONE = Packets(np.empty(0, np.int64), np.empty((0, 8), np.float32))


class DaisyParser:
    """Joins each odd packet with the even one after it: 16 channels, counters 0 to 127."""

    def __init__(self) -> None:
        self._frames = FrameParser(FRAME)
        self._last = _NONE

    @property
    def losses(self) -> Losses:
        """What the wire cost so far."""
        return self._frames.losses

    def feed(self, data: bytes) -> Packets:
        """The packets that ``data`` completes."""
        new = self._frames.feed(data)
        counters = np.concatenate([self._last.counters, new.counters])
        samples = np.concatenate([self._last.samples, new.samples])
        self._last = Packets(counters[-1:], samples[-1:])
        board = np.flatnonzero((counters[:-1] % 2 == 1) & ((counters[1:] - counters[:-1]) % 256 == 1))
        return Packets(counters[board] // 2, np.hstack([samples[board], samples[board + 1]]))

    def forget(self) -> None:
        """Drop what is half received."""
        self._frames.forget()
        self._last = _NONE


def encode(counters: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> bytes:
    """What a Cyton sends for counts (n, 8) with counters (n,)."""
    return FRAME.encode(counters, counts)


def encode_daisy(counters: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> bytes:
    """What a Cyton with Daisy sends for counts (n, 16) with the counters (n,) of pairs, 0 to 127."""
    both = np.column_stack([2 * counters + 1, 2 * counters + 2]).ravel()
    return FRAME.encode(both, counts.reshape(-1, 8))


def from_uri(uri: SourceUri) -> Board:
    """``serial:///dev/ttyUSB0?board=cyton``: the 8 channels of the board itself."""
    return _board(uri, daisy=False)


def with_daisy(uri: SourceUri) -> Board:
    """``serial:///dev/ttyUSB0?board=cyton-daisy``: 16 channels."""
    return _board(uri, daisy=True)


def _board(uri: SourceUri, *, daisy: bool) -> Board:
    channels = 16 if daisy else 8
    name = "OpenBCI Cyton with Daisy" if daisy else "OpenBCI Cyton"
    return Board(
        info=SourceInfo(name=name, rate_hz=125.0 if daisy else 250.0, channels=numbered(channels)),
        parser=DaisyParser if daisy else partial(FrameParser, FRAME),
        bauds=(115200,),
        period=128 if daisy else 256,
        start=(SIXTEEN if daisy else EIGHT) + START,  # a board that was reset has forgotten its channel count
        stop=STOP,
        meet=partial(_meet, uri, daisy),
    )


def _meet(uri: SourceUri, daisy: bool) -> Talk:
    banner = yield Ask(STOP + RESET, END_OF_ANSWER, timeout_s=3.0)
    if b"OpenBCI" not in banner:
        raise SourceUnavailable(f"{uri.target}: no OpenBCI Cyton answers ({_said(banner)}); {_REMEDY}")
    if daisy:
        answer = yield Ask(SIXTEEN, END_OF_ANSWER, timeout_s=1.0)
        if b"16" not in answer:
            raise SourceUnavailable(f"{uri.target}: the Cyton finds no Daisy ({_said(answer)}); use board=cyton")
    return _board(uri, daisy=daisy)


_REMEDY = "switch the board to PC, charge it, and check that dongle and board use the same radio channel"


def _said(answer: bytes) -> str:
    text = answer[-80:].decode("ascii", "replace").strip()
    return f"it said {text!r}" if answer else "it said nothing"
