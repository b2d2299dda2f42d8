"""``sim://two-channel?user=0&seed=0&speed=1``: a simulated user who performs gestures in real time.

``sim://hd-grid`` is another one, under 8 x 16 electrodes, and ``sim://wristband`` the same person as ``sim://hd-grid``
under a ring of 16. With ``text``, ``events`` or ``wrist`` the band is worn by somebody who types, makes single events,
or bends the wrist. The signal and its markers depend on the options alone, never on who reads when, for as long as the
user is not told what to do (``perform``, in a calibration); ``speed=max`` does not wait.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from types import TracebackType
from typing import Final, Protocol, Self

import numpy as np

from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.simulation.arm import COLUMNS, Donning
from drivers.simulation.blocks import BLOCK_S, RATE_HZ
from drivers.simulation.finger_events import GESTURES, EventMaker
from drivers.simulation.forearm import ELECTRODES
from drivers.simulation.grid_user import HD_GRID, WRISTBAND, GridUser
from drivers.simulation.sentences import sentences
from drivers.simulation.typist import Typist, known
from drivers.simulation.user import Block, Recorded, SimulatedUser, recorded
from drivers.simulation.wrist import WristMover
from drivers.simulation.wristband_user import WRISTBAND_HZ, Doer, Wearer, WristbandUser
from drivers.source import Chunk, Losses, Marker, Samples, SourceInfo

CHUNK_S = 0.005
"""What a read waits for at speed 1, as a good board sends it."""

LARGEST_CHUNK_S = 1
"""A reader that was away gets what it missed in pieces."""

GRID_RATES_HZ = (1000, 2000)
OWN_SENTENCES = "sentences"
"""The text that stands for sentences of the user's own."""
WORDS_PER_MINUTE = 40.0
FASTEST = 100.0
FARTHEST = 8.0
"""Electrode distances that an array may be off."""


class Person(Protocol):
    """A simulated person under electrodes."""

    told: str | None
    """The gesture to do from the next block on; ``None``: what they like."""

    def blocks(self) -> Iterator[Block]:
        """The session from its beginning, without end."""
        ...


@dataclass(frozen=True)
class Pace:
    """When samples are due, counted in seconds since the source was opened."""

    speed: float = 1.0
    """Seconds of signal in a second of time; ``math.inf`` is as fast as it is read."""
    rate_hz: float = RATE_HZ

    @property
    def chunk(self) -> int:
        """Samples that a read waits for."""
        return round(CHUNK_S * self.rate_hz)

    def wait_s(self, elapsed_s: float, read: int) -> float:
        """Seconds until a chunk is due to a reader that has ``read`` samples."""
        return max(0.0, (read + self.chunk) / (self.rate_hz * self.speed) - elapsed_s)

    def due(self, elapsed_s: float, read: int) -> int:
        """How many samples to hand over once a chunk is due."""
        if math.isinf(self.speed):
            return round(BLOCK_S * self.rate_hz)
        missed = elapsed_s * self.rate_hz * self.speed - read
        return max(self.chunk, int(min(missed, LARGEST_CHUNK_S * self.rate_hz)))


class SimulatedSource:
    """A simulated user, sampled as a device would."""

    def __init__(self, info: SourceInfo, born: Callable[[], Person], speed: float = 1.0) -> None:
        """born: who comes to each session; called on opening."""
        self.info = info
        self.losses = Losses()
        self._born, self._pace = born, Pace(speed, info.rate_hz)
        self._person: Person | None = None
        self._session: Session | None = None
        self._opened_s = 0.0

    def __enter__(self) -> Self:
        self._person = self._born()
        self._session = Session(self._person.blocks(), self.info)
        self._opened_s = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = None

    def read(self, timeout_s: float) -> Chunk | None:
        """What is due, at least 5 ms, or ``None`` if that takes longer than ``timeout_s`` seconds."""
        if self._session is None:
            raise SourceUnavailable("the simulated user is not open: read inside `with source:`")
        wait_s = self._pace.wait_s(self._elapsed_s(), self._session.read)
        time.sleep(min(wait_s, timeout_s))
        if wait_s > timeout_s:
            return None
        return self._session.take(self._pace.due(self._elapsed_s(), self._session.read))

    def perform(self, gesture: str | None) -> None:
        """See ``drivers.source.Performer``."""
        if self._person is not None:
            self._person.told = gesture

    def record(self, seconds: float) -> Recorded:
        """The first ``seconds`` of a session, with its truth; no waiting."""
        return recorded(self._born().blocks(), seconds, self.info.rate_hz)

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._opened_s


class Session:
    """Blocks in, chunks of any size out."""

    def __init__(self, blocks: Iterator[Block], info: SourceInfo) -> None:
        self._blocks, self._rate_hz = blocks, info.rate_hz
        self._ready: Samples = np.empty((0, len(info.channels)), np.float32)
        self._label = ""
        self._markers: list[Marker] = []  # of samples that are ready
        self.read = 0
        """Samples taken so far."""

    def take(self, count: int) -> Chunk:
        """The next ``count`` samples, with a marker wherever the user begins something else, at each key and event."""
        self._prepare(count)
        first, self.read = self.read, self.read + count
        samples, self._ready = self._ready[:count], self._ready[count:]
        markers = tuple(marker for marker in self._markers if marker.index < self.read)
        del self._markers[: len(markers)]
        return Chunk(first, samples, time.monotonic_ns(), first / self._rate_hz, markers)

    def _prepare(self, count: int) -> None:
        ready = len(self._ready)
        if ready >= count:
            return
        parts = [self._ready]
        while ready < count:
            block = next(self._blocks)
            if block.label != self._label:
                self._label = block.label
                self._markers.append(Marker(self.read + ready, block.label))
            self._markers += block.markers
            parts.append(block.samples)
            ready += len(block.samples)
        self._ready = np.concatenate(parts)


def from_uri(uri: SourceUri) -> SimulatedSource:
    """The source that a ``sim://`` URI names. Raises ``SourceUnknown`` for another device, option or value."""
    if uri.target not in DEVICES:
        known = ", ".join(f"sim://{name}" for name in DEVICES)
        raise SourceUnknown(f"{uri.text}: there is no simulated device {uri.target!r}; write {known}")
    user, seed, speed = uri.take("user", 0, _whole), uri.take("seed", 0, _whole), uri.take("speed", 1.0, _speed)
    source = DEVICES[uri.target](uri, user, seed, speed)
    uri.done()
    return source


def _two_channel(uri: SourceUri, user: int, seed: int, speed: float) -> SimulatedSource:
    info = SourceInfo(f"simulated two-channel user {user}", RATE_HZ, tuple(ELECTRODES), simulated=True)
    return SimulatedSource(info, partial(SimulatedUser, user, seed), speed)


def _hd_grid(uri: SourceUri, user: int, seed: int, speed: float) -> SimulatedSource:
    rate_hz = uri.take("rate", GRID_RATES_HZ[0], _grid_rate)
    day, rows = uri.take("day", 0, _whole), uri.take("shift_rows", 0.0, _shift)
    donning = Donning(day, rows, uri.take("shift_columns", 0.0, _shift))
    return _under_array(partial(GridUser, HD_GRID, rate_hz, user, seed, donning), speed)


def _wristband(uri: SourceUri, user: int, seed: int, speed: float) -> SimulatedSource:
    donning = Donning(uri.take("day", 0, _whole), shift_columns=uri.take("rotation", 0.0, _shift))
    text, events = uri.take("text", None, known), uri.take("events", None, _events)
    wrist = uri.take("wrist", None, _wrist)
    if sum(told is not None for told in (text, events, wrist)) > 1:
        raise SourceUnknown(f"{uri.text}: a user does one thing at a time: keep one of text, events and wrist")
    wearer = Wearer(user, seed, donning)
    if text is not None:
        return _typing(uri, text, wearer, speed)
    if events is not None:
        return _worn(wearer, partial(EventMaker, events), "making events", speed)
    if wrist is not None:
        return _worn(wearer, WristMover, "bending the wrist", speed)
    return _under_array(partial(GridUser, WRISTBAND, WRISTBAND_HZ, user, seed, donning), speed)


def _typing(uri: SourceUri, text: str, wearer: Wearer, speed: float) -> SimulatedSource:
    words_per_minute = uri.take("wpm", WORDS_PER_MINUTE, _words_per_minute)
    wearer = replace(wearer, bands=uri.take("bands", 1, _bands))

    def typist(rng: np.random.Generator) -> Typist:
        pieces = sentences(rng) if text == OWN_SENTENCES else repeat(f"{text}\n")
        return Typist(wearer.bands, words_per_minute, pieces, rng)

    return _worn(wearer, typist, "typing", speed)


def _worn(wearer: Wearer, does: Callable[[np.random.Generator], Doer], doing: str, speed: float) -> SimulatedSource:
    sides = ("r1c",) if wearer.bands == 1 else ("L", "R")  # two bands as emg2qwerty has them
    channels = tuple(f"{side}{column}" for side in sides for column in range(1, COLUMNS + 1))
    name = f"simulated {WRISTBAND.name} user {wearer.user}, {doing}"
    grid = WRISTBAND.grid if wearer.bands == 1 else None
    info = SourceInfo(name, WRISTBAND_HZ, channels, grid=grid, simulated=True)
    return SimulatedSource(info, partial(WristbandUser, wearer, does), speed)


def _under_array(born: "partial[GridUser]", speed: float) -> SimulatedSource:
    array, rate_hz, user, *_ = born.args
    channels = tuple(f"r{row}c{column}" for row in range(1, array.rows + 1) for column in range(1, COLUMNS + 1))
    name = f"simulated {array.name} user {user}"
    return SimulatedSource(SourceInfo(name, rate_hz, channels, grid=array.grid, simulated=True), born, speed)


#: name after ``sim://`` -> what makes the source of a URI with its user, seed and speed
DEVICES: Final = {"two-channel": _two_channel, HD_GRID.name: _hd_grid, WRISTBAND.name: _wristband}


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("write a whole number, 0 or more")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise ValueError("write a number above 0, or max")
    return speed


def _grid_rate(text: str) -> int:
    if text not in map(str, GRID_RATES_HZ):
        raise ValueError(f"write {' or '.join(map(str, GRID_RATES_HZ))}")
    return int(text)


def _events(text: str) -> tuple[str, ...]:
    names = GESTURES if text == "all" else tuple(text.split(","))
    if unknown := set(names) - set(GESTURES):
        raise ValueError(f"there is no {min(unknown)!r}: write all, or some of {','.join(GESTURES)}")
    return names


def _wrist(text: str) -> str:
    if text != "random":
        raise ValueError("write random")
    return text


def _bands(text: str) -> int:
    if text not in ("1", "2"):
        raise ValueError("write 1 or 2")
    return int(text)


def _words_per_minute(text: str) -> float:
    number = float(text) if text.replace(".", "", 1).isdecimal() else math.nan
    if not 0 < number <= FASTEST:
        raise ValueError(f"write words per minute, at most {FASTEST:g}")
    return number


def _shift(text: str) -> float:
    try:
        shift = float(text)
    except ValueError:
        shift = math.nan
    if not abs(shift) <= FARTHEST:
        raise ValueError(f"write electrode distances, for example 0.5, at most {FARTHEST:g} either way")
    return shift
