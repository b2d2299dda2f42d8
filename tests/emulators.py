"""Emulated boards: the far end of a pseudo-terminal, speaking each board's real bytes by its own ``encode``."""

import os
import select
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from drivers.boards import chords, cyton, emager, text_lines
from drivers.boards.frame_format import FrameFormat
from drivers.source import Samples

Counts = npt.NDArray[np.int64]
TICK_S = 0.004


def signal(first: int, count: int, channels: int) -> Counts:
    """Even counts below 1000 that tell their own number: its three digits to the base 500 come first."""
    numbers = np.arange(first, first + count)[:, None]
    place = np.arange(channels)
    digits = numbers // 500 ** np.minimum(place, 3)
    return 2 * (np.where(place < 3, digits, numbers * (1 + place % 3) + 17 * place) % 500)


def numbers_in(samples: Samples, scale: float = 1.0) -> Counts:
    """The numbers that samples tell: the inverse of ``signal``, for up to 500 to the power of the channels."""
    digits = np.rint(samples[:, :3].astype(np.float64) / scale / 2).astype(np.int64)
    return digits @ 500 ** np.arange(digits.shape[1])


@dataclass(frozen=True)
class BoardModel:
    """How one kind of board speaks."""

    name: str
    options: str
    rate_hz: float
    channels: int
    encode: Callable[[int, int, int], bytes]
    """(number of the first sample, how many, number at which its counter was 0) -> bytes."""
    period: int = 0
    scale: float = 1.0
    start: bytes = b""
    """Empty: it streams as soon as it has power."""
    stop: bytes = b""
    banner: bytes = b""
    answers: Callable[[bytes], bytes] = lambda command: b""
    commands: Callable[[bytes], list[bytes]] = lambda data: [data.strip()]

    def shown(self, first: int, count: int) -> Samples:
        """What a driver must make of these samples."""
        return (signal(first, count, self.channels) * self.scale).astype(np.float32)


class EmulatedBoard:
    """A board with power, at the end of a cable. ``port`` is where the host finds it."""

    def __init__(self, model: BoardModel, folder: Path) -> None:
        self.model = model
        self.port = folder / "ttyUSB0"
        self.number = 300  # of the next sample; not 0, so that index and number are not confused
        self.heard = b""
        self._zero = self.number
        self._streaming = not model.start
        self._held = False
        self._outbox = b""
        self._lock = threading.RLock()  # samples leave in the order of their numbers
        self._told = threading.Condition()

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def plug_in(self) -> None:
        self._primary, self._secondary = os.openpty()
        tty.setraw(self._secondary)
        os.set_blocking(self._primary, False)
        self._outbox, self._held = b"", False
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._secondary))
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        """Pull the cable."""
        self._unplugged.set()
        self._thread.join()
        for end in (self._primary, self._secondary):
            with suppress(OSError):
                os.close(end)

    def hold(self) -> None:
        """From now on it sends only what it is told to."""
        with self._lock:
            self._held = True

    def send(self, count: int) -> None:
        """The next samples."""
        with self._lock:
            self._write(self._next(count))

    def send_damaged(self, damage: Callable[[bytes], bytes]) -> None:
        """The next sample, as the wire mistreats it."""
        with self._lock:
            self._write(damage(self._next(1)))

    def lose(self, count: int) -> None:
        """Samples that the board takes and the wire swallows."""
        self._next(count)

    def noise(self, data: bytes) -> None:
        self._write(data)

    def reboot(self) -> None:
        """In the middle of a frame: counter and state are gone, the banner is printed."""
        frame = self._next(1)
        with self._lock:
            self._zero = self.number
            self._streaming, self._held = not self.model.start, False
            self._outbox += frame[: len(frame) // 2] + self.model.banner

    def _next(self, count: int) -> bytes:
        with self._lock:
            self.number += count
            return self.model.encode(self.number - count, count, self._zero)

    def _write(self, data: bytes) -> None:
        with self._lock:
            self._outbox += data

    def _live(self) -> None:
        burst = max(1, round(self.model.rate_hz * TICK_S))
        while not self._unplugged.is_set():
            full = [self._primary] if self._outbox else []
            heard, free, _ = select.select([self._primary], full, [], TICK_S)
            if heard:
                self._hear(os.read(self._primary, 4096))
            elif free:
                with self._lock:
                    self._outbox = self._outbox[os.write(self._primary, self._outbox) :]
            elif not full:
                self._go_on(burst)

    def _go_on(self, burst: int) -> None:
        with self._lock:
            if self._streaming and not self._held:
                self.send(burst)

    def hears(self, ending: bytes, within_s: float = 60.0) -> bool:
        """Wait until the last that the host said is this."""
        with self._told:
            return self._told.wait_for(lambda: self.heard.endswith(ending), within_s)

    def _hear(self, data: bytes) -> None:
        with self._told:
            self.heard += data
            self._told.notify_all()
        for command in self.model.commands(data):
            if command == self.model.start:
                self._streaming, self._zero = True, self.number
            elif command == self.model.stop:
                self._streaming = False
            self._write(self.model.answers(command))


BANNER = b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\n%sLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$"


def cyton_model() -> BoardModel:
    def encode(first: int, count: int, zero: int) -> bytes:
        return cyton.encode(np.arange(first - zero, first - zero + count), signal(first, count, 8))

    banner = BANNER % b""
    return BoardModel(
        name="cyton",
        options="board=cyton",
        rate_hz=250.0,
        channels=8,
        encode=encode,
        period=256,
        scale=cyton.UV_PER_COUNT,
        start=b"b",
        stop=b"s",
        banner=banner,
        answers=lambda command: {b"v": banner, b"C": b"no daisy to attach!8$$$"}.get(command, b""),
        commands=lambda data: [bytes([byte]) for byte in data],
    )


def daisy_model() -> BoardModel:
    def encode(first: int, count: int, zero: int) -> bytes:
        opening = cyton.encode(np.array([0]), np.zeros((1, 8), np.int64)) if first == zero else b""
        return opening + cyton.encode_daisy(np.arange(first - zero, first - zero + count), signal(first, count, 16))

    banner = BANNER % b"On Daisy ADS1299 Device ID: 0x3E\n"
    return BoardModel(
        name="cyton-daisy",
        options="board=cyton-daisy",
        rate_hz=125.0,
        channels=16,
        encode=encode,
        period=128,
        scale=cyton.UV_PER_COUNT,
        start=b"b",
        stop=b"s",
        banner=banner,
        answers=lambda command: {b"v": banner, b"C": b"16$$$"}.get(command, b""),
        commands=lambda data: [bytes([byte]) for byte in data],
    )


def chords_model(name: str = "UNO-R3") -> BoardModel:
    model = chords.MODELS[name]

    def encode(first: int, count: int, zero: int) -> bytes:
        return chords.encode(model, np.arange(first - zero, first - zero + count), signal(first, count, model.channels))

    return BoardModel(
        name=f"chords-{name}",
        options="board=chords",
        rate_hz=model.rate_hz,
        channels=model.channels,
        encode=encode,
        period=256,
        start=b"START",
        stop=b"STOP",
        answers=lambda command: name.encode() + b"\r\n" if command == b"WHORU" else b"",
    )


def emager_model() -> BoardModel:
    return BoardModel(
        name="emager",
        options="board=emager",
        rate_hz=1000.0,
        channels=64,
        encode=lambda first, count, zero: emager.encode(signal(first, count, 64)),
    )


def text_model() -> BoardModel:
    return BoardModel(
        name="text",
        options="board=text&rate=500",
        rate_hz=500.0,
        channels=2,
        encode=lambda first, count, zero: text_lines.encode(signal(first, count, 2).astype(np.float32)),
        banner=b"ets Jun  8 2016 00:22:57\r\nflexor,extensor\r\n",
    )


WRISTBAND = FrameFormat(
    sync=b"\xa5\x5a", counter="u16", channels=16, sample="i16", checksum="crc16", end=b"\x0a", scale=0.5
)
WRISTBAND_OPTIONS = (
    "board=framed&sync=A55A&counter=u16&channels=16&samples=i16&checksum=crc16&end=0A&scale=0.5&rate=1000&baud=921600"
    "&start=go%0A&stop=halt%0A"
)


def framed_model() -> BoardModel:
    def encode(first: int, count: int, zero: int) -> bytes:
        return WRISTBAND.encode(np.arange(first - zero, first - zero + count), signal(first, count, 16))

    return BoardModel(
        name="framed",
        options=WRISTBAND_OPTIONS,
        rate_hz=1000.0,
        channels=16,
        encode=encode,
        period=65536,
        scale=0.5,
        start=b"go",
        stop=b"halt",
        banner=b"wristband ready\r\n",
    )


MODELS = [cyton_model, daisy_model, chords_model, emager_model, text_model, framed_model]
