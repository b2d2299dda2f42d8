from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from muscle import RATE_HZ, Signal, muscle

from calibration.capture import CapturedTrial, TrialCapture
from calibration.onset import Span
from calibration.plan import Plan, Trial
from calibration.prompts import CheckDone, TrialDone
from calibration.protocol import Session
from calibration.quality import Verdict
from models.pipeline.filters import StreamFilter, design
from models.pipeline.recognizer import finite_runs
from models.pipeline.ring import Windower
from models.runtime import load_model
from models.spec import ModelSpec

SPEC = ModelSpec(name="tiny", rate_hz=RATE_HZ, channels=2, window=250, hop=25, features=4)
CHECK, HOLD = Span(0, 3000), Span(3500, 6500)
EFFORT = np.where((np.arange(7500) >= 3900) & (np.arange(7500) < 6800), 100.0, 0.0)
SIGNAL = muscle(EFFORT)
FIST = Trial("fist", 1)


class Live:
    """The live path up to the features, which are the amplitude and the power of each channel."""

    def __init__(self, capture: TrialCapture) -> None:
        self.capture = capture
        self._filter = StreamFilter(design(SPEC.filters, RATE_HZ))
        self._windower = Windower(SPEC.window, SPEC.hop, 2)
        self._next = self._start = 0

    def feed(self, samples: Signal, first: int) -> None:
        self.capture.signal(samples, first)
        for index, run in finite_runs(samples, first):
            if index != self._next:
                self._filter.reset()
                self._windower.reset()
                self._start = index
            self._next = index + len(run)
            for end, window in self._windower.feed(self._filter(run)):
                rms = window.std(axis=0)
                self.capture.decision(self._start + end - 1, np.concatenate([rms, rms**2]))


def listened(signal: Signal = SIGNAL, sizes: list[int] | None = None, *, keep_raw: bool = False) -> TrialCapture:
    live = Live(TrialCapture(SPEC, keep_s=20, keep_raw=keep_raw))
    edges = np.clip(np.cumsum([0, *(sizes or [])]), 0, len(signal)).tolist()
    for start, stop in pairwise([*edges, len(signal)]):
        live.feed(signal[start:stop], start)
    return live.capture


def captured(capture: TrialCapture, trial: Trial = FIST, hold: Span = HOLD) -> CapturedTrial:
    result = capture.cut(trial, hold, capture.rest_level(CHECK))
    assert isinstance(result, CapturedTrial), result
    return result


def test_every_window_kept_lies_wholly_within_the_contraction() -> None:
    trial = captured(listened())
    assert (trial.gesture, trial.repetition, trial.position) == ("fist", 1, None)
    assert trial.span.start >= 3900
    assert trial.last[0] - SPEC.window + 1 >= trial.span.start
    assert trial.last[-1] < trial.span.stop == HOLD.stop
    assert np.diff(trial.last).tolist() == [25] * (len(trial.last) - 1)
    assert len(trial.last) >= 85
    assert trial.features.shape == (len(trial.last), 4)
    assert trial.features[:, :2].min() > 50


def test_the_contraction_is_told_against_the_rest() -> None:
    trial = captured(listened())
    assert trial.snr_db is not None
    assert trial.snr_db == pytest.approx([30, 30], abs=5)
    assert trial.quality.level == "good"


@settings(max_examples=15)
@given(st.lists(st.integers(0, 2000), max_size=30))
def test_a_recording_in_one_piece_gives_what_the_live_stream_gave(sizes: list[int]) -> None:
    live, whole = captured(listened(sizes=sizes, keep_raw=True)), captured(listened(keep_raw=True))
    assert live.span == whole.span
    assert live.quality == whole.quality
    for mine, theirs in [(live.features, whole.features), (live.last, whole.last), (live.raw, whole.raw)]:
        assert mine is not None
        assert theirs is not None
        assert mine.tobytes() == theirs.tobytes()


def test_raw_samples_are_of_the_whole_hold_and_only_with_consent() -> None:
    assert captured(listened()).raw is None
    raw = captured(listened(keep_raw=True)).raw
    assert raw is not None
    assert raw.tobytes() == SIGNAL[HOLD.start : HOLD.stop].tobytes()


def test_rest_is_captured_too() -> None:
    trial = captured(listened(), Trial("rest", 1), Span(0, 3000))
    assert trial.features[:, :2].max() < 10


def test_lost_samples_leave_a_hole_that_no_window_spans() -> None:
    signal = SIGNAL.copy()
    signal[5000:5400] = np.nan
    trial = captured(listened(signal, keep_raw=True))
    assert not ((trial.last >= 5000) & (trial.last < 5400 + SPEC.window - 1)).any()
    assert len(trial.last) > 50
    assert trial.raw is not None
    assert np.flatnonzero(np.isnan(trial.raw[:, 0])).tolist() == list(range(1500, 1900))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (slice(4000, 6400), "samples were lost"),
        (slice(3500, 6500, 200), "without a gap"),
    ],
)
def test_a_trial_of_which_too_little_arrived_is_refused(damage: slice, reason: str) -> None:
    signal = SIGNAL.copy()
    signal[damage] = np.nan
    capture = listened(signal)
    verdict = capture.cut(FIST, HOLD, capture.rest_level(CHECK))
    assert isinstance(verdict, Verdict)
    assert reason in verdict.reasons[0]


def test_a_hold_without_contraction_is_refused() -> None:
    capture = listened()
    verdict = capture.cut(FIST, Span(500, 3500), capture.rest_level(CHECK))
    assert isinstance(verdict, Verdict)
    assert verdict.reasons[0].startswith("no contraction found")


def test_a_dead_channel_is_refused_unless_it_is_excused() -> None:
    signal = SIGNAL.copy()
    signal[:, 1] = 4
    capture = listened(signal)
    rest = capture.rest_level(CHECK)
    verdict = capture.cut(FIST, HOLD, rest)
    assert isinstance(verdict, Verdict)
    assert verdict.reasons == ("channel 2 shows no signal: check its cable, press its electrode",)
    assert isinstance(capture.cut(FIST, HOLD, rest, excused={1}), CapturedTrial)


@pytest.mark.parametrize("chunk", [7, 400, 7500])
def test_a_session_cuts_its_trials_out_of_the_stream(chunk: int) -> None:
    capture = TrialCapture(SPEC, keep_s=20)
    live = Live(capture)
    session = Session(Plan(("fist",), repetitions=1, hold_s=3, prepare_s=0.5))
    trials = []
    for first in range(0, len(SIGNAL), chunk):
        live.feed(SIGNAL[first : first + chunk], first)
        for event in session.advance(min(first + chunk, len(SIGNAL)) / RATE_HZ):
            if isinstance(event, CheckDone):
                rest = capture.rest_level(span_of(event))
                session.keep()
            if isinstance(event, TrialDone):
                trials.append(capture.cut(event.trial, span_of(event), rest))
                session.keep()
    (trial,) = trials
    assert isinstance(trial, CapturedTrial)
    assert trial.features.tobytes() == captured(listened()).features.tobytes()
    assert session.phase == "finished"


def span_of(event: CheckDone | TrialDone) -> Span:
    return Span(round(event.start_s * RATE_HZ), round(event.stop_s * RATE_HZ))


def test_what_is_too_old_is_forgotten() -> None:
    capture = TrialCapture(SPEC, keep_s=1)
    Live(capture).feed(SIGNAL, 0)
    assert capture.rest_level(CHECK) is None
    assert capture.quality(CHECK) is None


def test_a_real_trial_is_captured(shared_data: Callable[[str], Path]) -> None:
    """The shipped two-channel model's features of a real hold; nothing but the reaction time is cut."""
    with np.load(shared_data("khushaba2012-2ch") / "S05.npz") as file:
        samples = file["x"][0, 0] * np.float32(file["uV_per_lsb"])
    spec = load_model("csae-khushaba-6").spec
    capture = TrialCapture(spec, keep_s=10)
    capture.signal(samples, 0)
    for last in range(spec.window - 1, len(samples), spec.hop):
        capture.decision(last, np.full(spec.features, last, np.float32))
    trial = capture.cut(FIST, Span(0, len(samples)), None)
    assert isinstance(trial, CapturedTrial)
    assert trial.snr_db is None
    assert len(trial.last) >= 0.85 * len(samples) / spec.hop
    assert (trial.features[:, 0] == trial.last).all()
