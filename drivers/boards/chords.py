"""Upside Down Labs boards (BioAmp, Muscle BioAmp, NPG Lite) with the Chords firmware over USB.

Sources: upsidedownlabs/Chords-Arduino-Firmware, UNO-R3/UNO-R3.ino, UNO-R4/UNO-R4.ino, NPG-LITE-Serial.ino (frame,
commands, baud); upsidedownlabs/Chords-Python, chordspy/chords_serial.py (names, channels, rates, both speeds, four
tries of WHORU); upsidedownlabs/Chords-Web, src/components/boards.ts (bits).

Frame: C7 7C, counter, one 16 bit big-endian number per channel, 01. There is no checksum; numbers that the converter
cannot give are refused where its bits are known. The front end is the user's choice, so samples are raw counts,
``a.u.``, resting at half of the converter's range.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from drivers.boards.board import Ask, Board, Talk, numbered
from drivers.boards.frame_format import FrameFormat
from drivers.boards.frame_parser import FrameParser
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.source import SourceInfo


@dataclass(frozen=True)
class Model:
    """What a board sends."""

    rate_hz: float
    channels: int
    bits: int | None = None
    """Of its converter, where a source states it."""


#: what a board answers to WHORU -> what it sends
MODELS = {
    "UNO-R3": Model(250.0, 6, 10),
    "UNO-CLONE": Model(250.0, 6, 10),
    "GENUINO-UNO": Model(250.0, 6),
    "UNO-R4": Model(500.0, 6, 14),
    "RPI-PICO-RP2040": Model(500.0, 3, 12),
    "NANO-CLONE": Model(250.0, 8, 10),
    "NANO-CLASSIC": Model(250.0, 8),
    "STM32F4-BLACK-PILL": Model(500.0, 8),
    "STM32G4-CORE-BOARD": Model(500.0, 16),
    "MEGA-2560-R3": Model(250.0, 16),
    "MEGA-2560-CLONE": Model(250.0, 16),
    "GIGA-R1": Model(500.0, 6, 16),
    "NPG-LITE": Model(500.0, 3, 12),  # 6 with the Vibz Plus playmate, which its name does not tell: sent=6
}
#: the first may fall into the reset that opening the port causes, or meet a board that is still streaming
QUESTIONS = (b"WHORU\n", b"STOP\n", b"WHORU\n", b"WHORU\n")
ANSWER_S = 1.5  # Arduino's readString takes all that comes within a second for one command


@dataclass(frozen=True)
class Wish:
    """What the user asked for; 0 leaves it to the board."""

    channels: int
    sent: int
    rate_hz: float


def frame(model: Model, channels: int) -> FrameFormat:
    """The frame of a model, of which the first ``channels`` are used."""
    return FrameFormat(
        sync=b"\xc7\x7c",
        counter="u8",
        channels=channels,
        sample="u16",
        endian="big",
        ignored=2 * (model.channels - channels),
        end=b"\x01",
        ceiling=2**model.bits if model.bits else None,
    )


def encode(model: Model, counters: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> bytes:
    """What a board sends for counts (n, channel) with counters (n,)."""
    return frame(model, model.channels).encode(counters, counts)


def from_uri(uri: SourceUri) -> Board:
    """``serial:///dev/ttyACM0?board=chords``; the board says what it is.

    Options: ``channels`` keeps the first so many, ``sent`` says how many the board sends where its name does not tell,
    ``rate`` where its firmware was changed.
    """
    wish = Wish(uri.take("channels", 0, int), uri.take("sent", 0, int), uri.take("rate", 0.0, float))
    if min(wish.channels, wish.sent, wish.rate_hz) < 0:
        raise SourceUnknown(f"{uri.text}: channels, sent and rate must be positive")
    return _board("Chords board", Model(wish.rate_hz or 500.0, wish.sent or 6), wish, partial(_meet, uri, wish))


def _board(name: str, model: Model, wish: Wish, meet: partial[Talk] | None = None) -> Board:
    channels = min(wish.channels or model.channels, model.channels)
    return Board(
        info=SourceInfo(name, model.rate_hz, numbered(channels), unit="a.u."),
        parser=partial(FrameParser, frame(model, channels)),
        bauds=(230400, 115200),
        period=256,
        start=b"START\n",
        stop=b"STOP\n",
        meet=meet,
    )


def _meet(uri: SourceUri, wish: Wish) -> Talk:
    answer = b""
    for question in QUESTIONS:
        answer = yield Ask(question, b"\r\n", ANSWER_S)
        for name in MODELS:
            if name.encode() in answer:
                return _met(uri, wish, name)
    raise SourceUnavailable(
        f"{uri.target}: no board with the Chords firmware answers WHORU (it said {answer[-40:]!r}); "
        "flash the firmware of Upside Down Labs, or use board=text for a sketch of your own"
    )


def _met(uri: SourceUri, wish: Wish, name: str) -> Board:
    known = MODELS[name]
    model = Model(wish.rate_hz or known.rate_hz, wish.sent or known.channels, known.bits)
    if wish.channels > model.channels:
        raise SourceUnavailable(f"{uri.target}: {name} sends {model.channels} channels, not {wish.channels}")
    return _board(name, model, wish)
