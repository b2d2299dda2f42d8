"""Is the signal good enough to learn from? Faults of electrodes, cables and amplifiers, in words for a clinician.

Everything is measured on windows of a second, every half second, on the signal as it came: a filter would hide what is
wrong. Thresholds were checked on public recordings of six devices; what they rest on stands beside each.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.causes import Cause, Level
from calibration.measures import DEAD_UV, MAINS_HZ, Mask, Measures, Meter, Samples
from calibration.onset import LATEST_S, Span
from models.pipeline.recognizer import finite_runs
from models.pipeline.ring import Windower
from models.spec import REST

WINDOW_S = 1.0  # resolves 1 Hz: mains against its neighbours
HOP_S = 0.5

CLIPPED = (0.001, 0.01)  # (fair, bad) share of samples; strong holds in the Khushaba set reach 0.002 and serve well
TWINS = 0.999  # correlation in the band without mains; neighbours 1 cm apart on a 64-electrode array reach 0.998
WANDER = (1.0, 2.0)  # (fair, bad) rms below 20 Hz over that of the muscle; contractions lie under 0.3
WANDER_UV = 50.0  # an electrode that sits well drifts by less in a second; one that moves jumps by hundreds
HUM = (0.15, 0.4)  # (fair, bad) share of the power in the band; 0.5 is hum as strong as the muscle
HUM_UV = 5.0  # rms: less drowns in any contraction, though it may be half of a quiet rest

LOST = 0.5  # share of a hold's samples that may be missing: what remains is still half a trial
HELD = 0.4  # share of a hold that must be steady: a slow start in a short hold may pass


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """One channel's state."""

    level: Level
    rms_uv: float
    """Of the muscle: 20 to 450 Hz without mains."""
    wander_uv: float
    """Rms below 20 Hz, without offset and trend."""
    mains_share: float
    """Of the power from 20 to 450 Hz."""
    clipped_share: float
    """Of the samples."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The state of all channels over a window, or averaged over a trial."""

    last: int
    """Index of the last sample it rests on."""
    channels: tuple[ChannelQuality, ...]
    faults: tuple[Cause, ...]
    mains_hz: float
    """50 or 60, whichever is stronger here, however weak."""
    measures: Measures = field(repr=False, compare=False)

    @property
    def level(self) -> Level:
        """Of the worst channel."""
        return _worst(self.faults)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong and what to do; empty where all is good."""
        return tuple(fault.reason for fault in self.faults)

    @property
    def bad(self) -> frozenset[int]:
        """Channels, from 0, from which nothing can be learned."""
        return frozenset(number for fault in self.faults if fault.level == "bad" for number in fault.channels)


class QualityMonitor:
    """Watches a stream; answers every half second, or as often as is asked."""

    def __init__(self, rate_hz: float, channels: int, mains_hz: float | None = None, hop_s: float = HOP_S) -> None:
        """``mains_hz``: 50 or 60 where known; ``None`` looks for either. ``hop_s``: from one answer to the next."""
        self.size = round(WINDOW_S * rate_hz)
        self._windower = Windower(self.size, round(hop_s * rate_hz), channels)
        self._meter = Meter(self.size, rate_hz, MAINS_HZ if mains_hz is None else (mains_hz,))
        self._start = 0
        self._next: int | None = None

    def feed(self, samples: Samples, first: int) -> Iterator[Quality]:
        """Take (time, channel) unfiltered microvolts whose first has the index ``first``; no window spans a gap."""
        for index, run in finite_runs(samples, first):
            if index != self._next:
                self._windower.reset()
                self._start = index
            self._next = index + len(run)
            for end, window in self._windower.feed(run):
                yield grade(self._meter(window), self._start + end - 1)


def grade(measures: Measures, last: int) -> Quality:
    """What the measures mean."""
    faults = tuple(_faults(measures))
    channels = tuple(_channel(measures, number, faults) for number in range(len(measures.muscle)))
    return Quality(last, channels, faults, measures.mains_hz, measures)


def average(qualities: Sequence[Quality]) -> Quality | None:
    """The state over a longer time, ``None`` of nothing."""
    if not qualities:
        return None
    return grade(Measures.average([quality.measures for quality in qualities]), qualities[-1].last)


def _channel(measures: Measures, number: int, faults: Sequence[Cause]) -> ChannelQuality:
    band = float(measures.muscle[number] + measures.hum[number])
    return ChannelQuality(
        level=_worst([fault for fault in faults if number in fault.channels]),
        rms_uv=float(np.sqrt(measures.muscle[number])),
        wander_uv=float(np.sqrt(measures.wander[number])),
        mains_share=float(measures.hum[number]) / band if band > 0 else 0.0,
        clipped_share=float(measures.clipped[number]),
    )


def _worst(faults: Collection[Cause]) -> Level:
    return "bad" if any(fault.level == "bad" for fault in faults) else "fair" if faults else "good"


def _faults(measures: Measures) -> Iterator[Cause]:
    """Every fault; a dead channel has no other."""
    dead = measures.dead > 0
    for channel in np.flatnonzero(dead).tolist():
        reason = f"channel {channel + 1} shows no signal: check its cable, press its electrode"
        yield Cause("dead", reason, (channel,), "bad")
    yield from _clipping(measures)
    yield from _twins(measures)
    yield from _loose(measures, ~dead)
    yield from _humming(measures, ~dead)


def _clipping(measures: Measures) -> Iterator[Cause]:
    for channel in np.flatnonzero(measures.clipped >= CLIPPED[0]).tolist():
        percent = 100 * float(measures.clipped[channel])
        reason = f"channel {channel + 1} is at the end of its scale {percent:.1f} % of the time: lower its gain"
        yield Cause("clipped", reason, (channel,), _level(measures.clipped[channel], CLIPPED), percent=percent)


def _twins(measures: Measures) -> Iterator[Cause]:
    for one, other in np.argwhere(np.triu(measures.alike) >= TWINS).tolist():
        reason = f"channels {one + 1} and {other + 1} show the same signal: check the cables"
        yield Cause("twins", reason, (one, other), "bad")


def _loose(measures: Measures, alive: Mask) -> Iterator[Cause]:
    ratio = np.sqrt(measures.wander / np.maximum(measures.muscle, DEAD_UV**2))
    for channel in np.flatnonzero(alive & (measures.wander >= WANDER_UV**2) & (ratio >= WANDER[0])).tolist():
        reason = f"channel {channel + 1} is loose: press the electrode"
        yield Cause("loose", reason, (channel,), _level(ratio[channel], WANDER))


def _humming(measures: Measures, alive: Mask) -> Iterator[Cause]:
    """One channel hums through its own electrode, most of them through the reference.

    One is never bad: the live path's notch and the other channels leave enough to learn from. In subject 2 of the
    Khushaba set, whom a head learns well, one channel is 97 % hum.
    """
    share = measures.hum / np.maximum(measures.hum + measures.muscle, DEAD_UV**2)
    humming = np.flatnonzero(alive & (share >= HUM[0]) & (measures.hum >= HUM_UV**2)).tolist()
    hz = measures.mains_hz
    if 2 * len(humming) > len(alive):
        typical = float(np.quantile(share[alive], 0.5, method="lower"))  # of two channels, the better one
        reason = f"most channels hum at {hz:g} Hz: press the reference electrode, unplug chargers near by"
        yield Cause("hum_all", reason, tuple(humming), _level(typical, HUM), hz=hz)
        return
    for channel in humming:
        yield Cause("hum", f"channel {channel + 1} hums at {hz:g} Hz: press its electrode", (channel,), "fair", hz=hz)


def _level(value: float, limits: tuple[float, float]) -> Level:
    return "bad" if value >= limits[1] else "fair"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a trial when its hold is over."""

    gesture: str
    hold: Span
    rate_hz: float
    received: int
    """Samples of the hold that arrived."""
    found: Span | None
    """Where the user did what was asked."""
    quality: Quality | None
    """Of the signal during the hold; ``None`` where no second of it is whole."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a trial is worth learning from."""

    causes: tuple[Cause, ...]
    """Why not, and what to do; empty when it is."""

    @property
    def accepted(self) -> bool:
        """True when nothing speaks against it."""
        return not self.causes

    @property
    def reasons(self) -> tuple[str, ...]:
        """The causes in words."""
        return tuple(cause.reason for cause in self.causes)


def judge_trial(evidence: Evidence, excused: Collection[int] = ()) -> Verdict:
    """Accept or refuse. ``excused``: channels, from 0, whose faults the clinician knows and goes on with.

    Only the first kind of reason is told: where the signal is bad, no contraction can be found either.
    """
    return Verdict(_loss(evidence) or bad_faults(evidence.quality, frozenset(excused)) or _not_done(evidence))


def _loss(evidence: Evidence) -> tuple[Cause, ...]:
    lost = 1 - evidence.received / len(evidence.hold)
    if lost > LOST:
        reason = f"{100 * lost:.0f} % of the samples were lost: check the connection of the device"
        return (Cause("lost", reason, percent=100 * lost),)
    if evidence.quality is None:
        return (Cause("gaps", "no second of the signal is without a gap: check the connection of the device"),)
    return ()


def bad_faults(quality: Quality | None, excused: frozenset[int] = frozenset()) -> tuple[Cause, ...]:
    """Those with which nothing can be learned, of channels that are not excused."""
    faults = quality.faults if quality else ()
    return tuple(fault for fault in faults if fault.level == "bad" and not excused.issuperset(fault.channels))


def _not_done(evidence: Evidence) -> tuple[Cause, ...]:
    if evidence.gesture == REST:
        at_rest = _long_enough(evidence)
        return () if at_rest else (Cause("not_at_rest", "the arm was not at rest: lay it down and relax"),)
    if evidence.found is None:
        reason = f"no contraction found within {LATEST_S:g} s: hold the gesture as soon as asked, a little firmer"
        return (Cause("no_contraction", reason, seconds=LATEST_S),)
    if not _long_enough(evidence):
        held, asked = (len(span) / evidence.rate_hz for span in (evidence.found, evidence.hold))
        reason = f"steady for only {held:.1f} of {asked:.1f} s: hold until told to relax"
        return (Cause("short", reason, held_s=held, asked_s=asked),)
    return ()


def _long_enough(evidence: Evidence) -> bool:
    return evidence.found is not None and len(evidence.found) >= HELD * len(evidence.hold)
