from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from muscle import RATE_HZ, Signal, muscle

from calibration.onset import Block, Envelope, OnsetDetector, RestLevel, Span
from drivers.simulation.user import SimulatedUser
from models.datasets.khushaba import load
from models.spec import FilterSpec

HOLD = Span(0, 5000)
RELAXED = np.zeros(3000)


def blocks(signal: Signal, rate_hz: float = RATE_HZ, first: int = 0) -> list[Block]:
    return list(Envelope(FilterSpec(), rate_hz, signal.shape[1]).feed(signal, first))


def detector(rate_hz: float = RATE_HZ) -> OnsetDetector:
    return OnsetDetector(round(0.05 * rate_hz), rate_hz)


def rest_level(seed: int = 9) -> RestLevel:
    return RestLevel.of(blocks(muscle(RELAXED, seed)))


def effort(onset: int, release: int, uv: float = 100.0) -> np.ndarray:
    """(5000,) rms in microvolts: relaxed, up within 100 ms from ``onset``, down within 100 ms until ``release``."""
    time = np.arange(5000)
    return uv * np.clip(np.minimum((time - onset) / 100, (release - time) / 100), 0, 1)


@pytest.mark.parametrize("uv", [12.0, 100.0, 1000.0])
@pytest.mark.parametrize(("onset", "release"), [(250, 4900), (600, 4500), (1300, 4700)])
def test_the_steady_part_lies_inside_the_contraction_and_misses_little(onset: int, release: int, uv: float) -> None:
    for seed in range(5):
        span = detector().contraction(blocks(muscle(effort(onset, release, uv), seed)), HOLD, rest_level())
        assert span is not None
        assert onset <= span.start <= onset + 200
        assert release - 200 <= span.stop <= release


@pytest.mark.parametrize("seed", range(5))
def test_a_relaxed_arm_does_not_contract(seed: int) -> None:
    assert detector().contraction(blocks(muscle(np.zeros(5000), seed)), HOLD, rest_level()) is None


def test_who_begins_too_late_did_not_follow() -> None:
    assert detector().contraction(blocks(muscle(effort(2000, 4900))), HOLD, rest_level()) is None


def test_a_twitch_is_no_contraction_and_a_short_dip_no_release() -> None:
    twitch, dip = np.zeros(5000), np.full(5000, 100.0)
    twitch[800:850], dip[2000:2100] = 30, 0
    assert detector().contraction(blocks(muscle(twitch)), HOLD, rest_level()) is None
    assert detector().contraction(blocks(muscle(dip)), HOLD, rest_level()) == Span(200, 5000)


def test_of_a_hold_that_was_broken_the_longer_part_is_kept() -> None:
    broken = effort(300, 4900)
    broken[1000:1400] = 0
    span = detector().contraction(blocks(muscle(broken)), HOLD, rest_level())
    assert span is not None
    assert 1400 <= span.start <= 1500
    broken[1400:2000] = 0  # what follows began too late
    span = detector().contraction(blocks(muscle(broken)), HOLD, rest_level())
    assert span is not None
    assert span.stop <= 1000


def test_a_light_and_a_firm_effort_are_one_hold() -> None:
    both = effort(400, 4900)
    both[:2500] *= 0.4
    span = detector().contraction(blocks(muscle(both)), HOLD, rest_level())
    assert span is not None
    assert len(span) > 4000


def test_rest_is_what_stays_quiet() -> None:
    late = muscle(np.where(np.arange(5000) < 1000, 100.0, 0.0))
    span = detector().rest(blocks(late), HOLD, rest_level())
    assert span is not None
    assert 1000 <= span.start <= 1300  # the mains notch rings on after a firm contraction
    assert span.stop == 5000
    assert detector().rest(blocks(muscle(np.full(5000, 100.0))), HOLD, rest_level()) is None


def test_without_a_known_rest_the_hold_is_its_own_measure() -> None:
    span = detector().contraction(blocks(muscle(effort(600, 4500))), HOLD, None)
    assert span is not None
    assert 600 <= span.start <= 800
    assert 4300 <= span.stop <= 4500
    assert detector().rest(blocks(muscle(RELAXED)), Span(0, 3000), None) == Span(200, 3000)


def test_nothing_is_found_in_nothing() -> None:
    assert detector().contraction([], HOLD, rest_level()) is None
    assert detector().rest([], HOLD, None) is None


def test_one_twitch_does_not_raise_the_rest_level() -> None:
    twitch = RELAXED.copy()
    twitch[1000:1300] = 200
    assert RestLevel.of(blocks(muscle(twitch))).rms_uv == pytest.approx(rest_level().rms_uv, rel=0.3)


def test_a_channel_that_was_dead_at_rest_has_no_say() -> None:
    dead = muscle(RELAXED)
    dead[:, 1] = 0
    rest = RestLevel.of(blocks(dead))
    assert detector().contraction(blocks(muscle(np.zeros(5000))), HOLD, rest) is None
    assert detector().contraction(blocks(muscle(effort(400, 4900))), HOLD, rest) is not None


@settings(max_examples=25)
@given(st.lists(st.integers(0, 700), max_size=30))
def test_chunking_changes_nothing(sizes: list[int]) -> None:
    signal = muscle(effort(300, 1500))[:2000]
    envelope = Envelope(FilterSpec(), RATE_HZ, 2)
    edges = np.clip(np.cumsum([0, *sizes]), 0, len(signal)).tolist()
    pieces = zip(edges, [*edges[1:], len(signal)], strict=True)
    cut = [block for a, b in pieces for block in envelope.feed(signal[a:b], 40 + a)]
    whole = blocks(signal, first=40)
    assert [block.last for block in cut] == [block.last for block in whole] == list(range(89, 2040, 50))
    assert all((one.rms_uv == other.rms_uv).all() for one, other in zip(cut, whole, strict=True))


def test_no_block_spans_a_gap() -> None:
    envelope = Envelope(FilterSpec(), RATE_HZ, 2)
    assert [block.last for block in envelope.feed(muscle(np.zeros(70)), 0)] == [49]
    assert [block.last for block in envelope.feed(muscle(np.zeros(70)), 100)] == [149]


def test_the_simulated_user_s_gestures_are_found() -> None:
    signal, labels = SimulatedUser(user=3, seed=1).record(25)
    edges = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1).tolist()]
    rest = RestLevel.of(blocks(signal[2000 : edges[1]], 4000.0))
    starts = [(a, b) for a, b in pairwise(edges) if labels[a] != "rest"]
    assert len(starts) >= 4
    for start, stop in starts:
        hold = Span(start - 2000, stop + 1200)  # asked half a second before, released 300 ms early
        heard = [block for block in blocks(signal, 4000.0) if hold.start + 199 <= block.last < hold.stop]
        span = detector(4000.0).contraction(heard, hold, rest)
        assert span is not None
        assert 0 < span.start - start < 0.2 * 4000
        assert abs(span.stop - stop) < 0.15 * 4000


def test_real_trials_that_are_contraction_throughout_stay_whole(shared_data: Callable[[str], Path]) -> None:
    for trial in load(shared_data("khushaba2012-2ch"))[::20]:
        hold = Span(0, len(trial.samples))
        span = detector(4000.0).contraction(blocks(trial.samples, 4000.0), hold, None)
        assert span is not None
        assert len(span) >= 0.9 * len(hold)
