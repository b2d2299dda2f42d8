import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from known_efforts import EFFORTS, with_efforts

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import Prediction, WindowRecognizer, finite_runs
from models.runtime import Model, load_model

DECISION = DecisionSpec(smoothing=3, reject_below=0.6)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return load_model(str(tiny_model))


def predictions(model: Model, chunks: Iterable[tuple[int, np.ndarray]]) -> list[Prediction]:
    recognizer = WindowRecognizer(model, DECISION)
    return [prediction for first, chunk in chunks for prediction in recognizer.feed(chunk, first)]


def cut(signal: np.ndarray, sizes: list[int]) -> list[tuple[int, np.ndarray]]:
    edges = [0, *np.minimum(np.cumsum(sizes, dtype=int), len(signal)).tolist(), len(signal)]
    return [(start, signal[start:stop]) for start, stop in itertools.pairwise(edges)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), max_size=40))
def test_chunking_changes_nothing(model: Model, signal: np.ndarray, sizes: list[int]) -> None:
    assert predictions(model, cut(signal, sizes)) == predictions(model, [(0, signal)])


@given(st.lists(st.integers(0, 400), max_size=40), st.sets(st.integers(0, 3999), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunking_changes_nothing_around_gaps(
    model: Model, signal: np.ndarray, sizes: list[int], bad: set[int]
) -> None:
    holed = signal.copy()
    holed[list(bad), 1] = np.nan
    assert predictions(model, cut(holed, sizes)) == predictions(model, [(0, holed)])


def test_it_hears_what_was_done(model: Model, signal: np.ndarray) -> None:
    found = {p.index: p.gesture for p in predictions(model, [(0, signal)])}
    assert [found[second * 1000 + 999] for second in range(4)] == ["rest", "left", "rest", "right"]


def test_one_prediction_per_hop_after_the_first_window(model: Model, signal: np.ndarray) -> None:
    assert [p.index for p in predictions(model, [(0, signal)])] == list(range(249, 4000, 25))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_a_gap(model: Model, signal: np.ndarray, value: float) -> None:
    holed = signal.copy()
    holed[1000, 0] = value
    after = [p for p in predictions(model, [(0, holed)]) if p.index > 1000]
    fresh = predictions(model, [(1001, signal[1001:])])
    assert after == fresh
    assert after[0].index == 1001 + 249


def test_a_jump_in_the_index_is_a_gap(model: Model, signal: np.ndarray) -> None:
    found = predictions(model, [(0, signal[:1000]), (1500, signal[1500:])])
    assert [p for p in found if p.index >= 1500] == predictions(model, [(1500, signal[1500:])])
    assert not [p for p in found if 1000 <= p.index < 1500 + 249]


def test_gaps_are_counted(model: Model, signal: np.ndarray) -> None:
    recognizer = WindowRecognizer(model, DECISION)
    list(recognizer.feed(signal[:100], 0))
    assert recognizer.gaps == 0
    list(recognizer.feed(signal[:100], 200))
    assert recognizer.gaps == 1


def test_uncertain_predictions_are_marked(model: Model, signal: np.ndarray) -> None:
    found = predictions(model, [(0, signal)])
    assert all(p.accepted == (p.confidence >= DECISION.reject_below) for p in found)
    assert {p.accepted for p in found} == {True, False}


@pytest.fixture(scope="module")
def calibrated(model: Model) -> Model:
    return with_efforts(model)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), max_size=40), st.sets(st.integers(0, 3999), max_size=4))
def test_chunking_changes_no_effort(calibrated: Model, signal: np.ndarray, sizes: list[int], bad: set[int]) -> None:
    holed = signal.copy()
    holed[list(bad), 1] = np.nan
    assert predictions(calibrated, cut(holed, sizes)) == predictions(calibrated, [(0, holed)])


def test_an_uncalibrated_head_claims_no_effort(model: Model, signal: np.ndarray) -> None:
    assert {(p.intensity, p.active) for p in predictions(model, [(0, signal)])} == {(None, None)}


def test_efforts_are_felt(calibrated: Model, signal: np.ndarray) -> None:
    found = {p.index: p for p in predictions(calibrated, [(0, signal)])}
    settled = [found[second * 1000 + 999] for second in range(4)]
    assert [p.active for p in settled] == [False, True, False, True]
    assert [p.intensity for p in settled] == pytest.approx([0, 0.74, 0, 1], abs=0.05)


def test_a_relaxed_user_is_not_acted_on(calibrated: Model, signal: np.ndarray) -> None:
    found = list(WindowRecognizer(calibrated, DecisionSpec(reject_below=0)).feed(signal, 0))
    assert {(p.active, p.accepted) for p in found} == {(True, True), (False, False)}


def test_rest_has_no_vote_on_the_gesture_that_begins(calibrated: Model, signal: np.ndarray) -> None:
    found = predictions(calibrated, [(0, signal)])
    onset = next(number for number, p in enumerate(found) if p.active)
    recognizer = WindowRecognizer(calibrated, DecisionSpec(smoothing=1))
    alone = list(recognizer.feed(signal, 0))
    assert found[onset].probabilities == alone[onset].probabilities
    assert found[onset + 1].probabilities != alone[onset + 1].probabilities


def test_after_a_gap_the_user_counts_as_relaxed(model: Model) -> None:
    between = np.random.default_rng(0).normal(0, 9, (1000, 2))  # above the closing, below the opening threshold
    firm = np.random.default_rng(1).normal(0, 50, (1000, 2))
    calm = EFFORTS.model_copy(update={"rest_uv": 2.0})
    stream = np.concatenate([firm, between])
    whole = predictions(with_efforts(model, calm), [(0, stream)])
    holed = predictions(with_efforts(model, calm), [(0, firm), (1001, between)])
    assert whole[-1].active
    assert not any(p.active for p in holed if p.index > 1001)


def test_finite_runs_of_an_empty_chunk() -> None:
    assert list(finite_runs(np.empty((0, 2)), 5)) == []
    assert list(finite_runs(np.full((3, 2), np.nan), 5)) == []
