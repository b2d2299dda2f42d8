from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from muscle import RATE_HZ, Signal, held, hum

from calibration.causes import Cause
from calibration.onset import Span
from calibration.quality import Evidence, Quality, QualityMonitor, average, judge_trial
from models.datasets.khushaba import load

SECONDS = 5
HOLD = Span(0, 5000)


def watch(signal: Signal, rate_hz: float = RATE_HZ) -> list[Quality]:
    return list(QualityMonitor(rate_hz, signal.shape[1]).feed(signal, 0))


def evidence(signal: Signal, rate_hz: float = RATE_HZ, gesture: str = "fist") -> Evidence:
    hold = Span(0, len(signal))
    return Evidence(gesture, hold, rate_hz, len(signal), hold, average(watch(signal, rate_hz)))


def causes(signal: Signal) -> tuple[Cause, ...]:
    return judge_trial(evidence(signal)).causes


def zeroed(signal: Signal) -> Signal:
    signal[:, 1] = 0
    return signal


def zeroed_in_the_middle(signal: Signal) -> Signal:
    signal[1000:3000, 1] = signal[999, 1]
    return signal


def duplicated(signal: Signal) -> Signal:
    noise = 0.3 * np.random.default_rng(5).standard_normal(len(signal))  # two amplifiers on one cable
    signal[:, 1] = signal[:, 0] + noise
    return signal


def clipped(signal: Signal) -> Signal:
    signal -= signal.mean(axis=0)
    signal[:, 1] = np.clip(signal[:, 1], -150, 150)
    return signal


def humming(signal: Signal) -> Signal:
    return signal + hum(SECONDS, 100)


def loose(signal: Signal) -> Signal:
    steps = np.random.default_rng(3).uniform(-1500, 1500, 17).repeat(300)[: len(signal)]
    signal[:, 1] += steps
    return signal


FAULTS = {
    zeroed: ("dead", (1,), "channel 2 shows no signal: check its cable, press its electrode"),
    zeroed_in_the_middle: ("dead", (1,), "channel 2 shows no signal: check its cable, press its electrode"),
    duplicated: ("twins", (0, 1), "channels 1 and 2 show the same signal: check the cables"),
    clipped: ("clipped", (1,), "channel 2 is at the end of its scale {0.percent:.1f} % of the time: lower its gain"),
    humming: (
        "hum_all",
        (0, 1),
        "most channels hum at {0.hz:g} Hz: press the reference electrode, unplug chargers near by",
    ),
    loose: ("loose", (1,), "channel 2 is loose: press the electrode"),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_for_its_own_cause_alone(fault: Callable[[Signal], Signal], seed: int) -> None:
    code, channels, words = FAULTS[fault]
    (cause,) = causes(fault(held(SECONDS, seed=seed)))
    assert (cause.code, cause.channels, cause.level, cause.reason) == (code, channels, "bad", words.format(cause))
    assert (cause.percent is None, cause.hz) == (code != "clipped", 50 if code == "hum_all" else None)


def test_a_sound_signal_is_good_in_contraction_and_at_rest() -> None:
    assert {quality.level for quality in watch(held(SECONDS))} == {"good"}
    assert {quality.level for quality in watch(held(SECONDS, 0))} == {"good"}
    assert judge_trial(evidence(held(SECONDS))).accepted


def test_a_channel_that_hums_alone_is_told_of_but_does_not_stop_anything() -> None:
    signal = held(SECONDS)
    signal[:, 1:] += hum(SECONDS, 300)
    quality = average(watch(signal))
    assert quality is not None
    assert quality.faults == (Cause("hum", "channel 2 hums at 50 Hz: press its electrode", (1,), "fair", hz=50),)
    assert quality.reasons == ("channel 2 hums at 50 Hz: press its electrode",)
    assert [channel.level for channel in quality.channels] == ["good", "fair"]
    assert judge_trial(evidence(signal)).accepted


def test_a_fault_that_the_clinician_knows_is_excused_on_that_channel_only() -> None:
    judged = evidence(zeroed(held(SECONDS)))
    assert judged.quality is not None
    assert judged.quality.bad == {1}
    assert judge_trial(judged, excused={1}).accepted
    assert not judge_trial(judged, excused={0}).accepted


LOST = Cause("lost", "60 % of the samples were lost: check the connection of the device", percent=60.0)
NOT_AT_REST = Cause("not_at_rest", "the arm was not at rest: lay it down and relax")
LIMP = Cause(
    "no_contraction",
    "no contraction found within 1.5 s: hold the gesture as soon as asked, a little firmer",
    seconds=1.5,
)
SHORT = Cause("short", "steady for only 1.2 of 5.0 s: hold until told to relax", held_s=1.2, asked_s=5.0)


@pytest.mark.parametrize(
    ("gesture", "received", "found", "cause"),
    [
        ("fist", 2000, HOLD, LOST),
        ("fist", 5000, None, LIMP),
        ("fist", 5000, Span(500, 1700), SHORT),
        ("rest", 5000, None, NOT_AT_REST),
        ("rest", 5000, Span(500, 1700), NOT_AT_REST),
    ],
)
def test_a_trial_that_was_not_done_is_refused(gesture: str, received: int, found: Span | None, cause: Cause) -> None:
    judged = Evidence(gesture, HOLD, RATE_HZ, received, found, average(watch(held(SECONDS))))
    assert judge_trial(judged).causes == (cause,)


def test_a_signal_full_of_gaps_is_refused() -> None:
    (cause,) = judge_trial(Evidence("fist", HOLD, RATE_HZ, 4900, HOLD, None)).causes
    assert (cause.code, "without a gap" in cause.reason) == ("gaps", True)


@given(st.lists(st.integers(0, 1500), max_size=30))
def test_chunking_changes_nothing(sizes: list[int]) -> None:
    signal = loose(held(3))
    whole = list(QualityMonitor(RATE_HZ, 2).feed(signal, 70))
    monitor = QualityMonitor(RATE_HZ, 2)
    edges = np.clip(np.cumsum([0, *sizes]), 0, len(signal)).tolist()
    pieces = zip(edges, [*edges[1:], len(signal)], strict=True)
    assert [quality for a, b in pieces for quality in monitor.feed(signal[a:b], 70 + a)] == whole
    assert [quality.last for quality in whole] == [1069, 1569, 2069, 2569, 3069]


def test_no_window_spans_a_gap() -> None:
    monitor = QualityMonitor(RATE_HZ, 2)
    assert list(monitor.feed(held(0.9), 0)) == []
    assert [quality.last for quality in monitor.feed(held(1), 2000)] == [2999]


def test_real_contractions_are_accepted(shared_data: Callable[[str], Path]) -> None:
    trials = load(shared_data("khushaba2012-2ch"))[::6]
    verdicts = [judge_trial(evidence(trial.samples, trial.rate_hz)) for trial in trials]
    assert np.mean([verdict.accepted for verdict in verdicts]) > 0.98


@pytest.mark.parametrize("fault", [zeroed, zeroed_in_the_middle, duplicated])
def test_faults_of_real_contractions_are_refused(
    fault: Callable[[Signal], Signal], shared_data: Callable[[str], Path]
) -> None:
    trials = load(shared_data("khushaba2012-2ch"))[::60]
    for trial in trials:
        assert not judge_trial(evidence(fault(trial.samples.copy()), trial.rate_hz)).accepted
