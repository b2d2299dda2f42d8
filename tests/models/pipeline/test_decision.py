from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gmean

from models.pipeline.decision import Decision, DecisionSpec, DecisionStage

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1]])
LOG = np.log(P).astype(np.float32)

LABELS = ("rest", "fist", "point", "pinch")
REST, FIST, POINT, PINCH = range(4)

gestures = st.lists(st.sampled_from(range(4)), max_size=60)
certainties = st.sampled_from([0.4, 0.55, 0.7, 0.8, 0.9, 0.99])
specs = st.builds(
    DecisionSpec,
    smoothing=st.integers(1, 4),
    reject_below=st.sampled_from([0, 0.5, 0.6]),
    hold=st.integers(0, 6),
    change_memory=st.integers(0, 8),
)


def window(gesture: int, certainty: float = 0.9) -> np.ndarray:
    """Log-probabilities of a window that is so certain of a gesture."""
    shares = np.full(4, (1 - certainty) / 3)
    shares[gesture] = certainty
    return np.log(shares).astype(np.float32)


def decided(spec: DecisionSpec, *windows: np.ndarray) -> list[Decision]:
    decide = DecisionStage(spec, LABELS)
    return [decide(row) for row in windows]


def followed(decisions: list[Decision]) -> list[int]:
    """What a hand does that holds the last accepted gesture: each gesture that it begins, in order."""
    accepted = [decision.gesture for decision in decisions if decision.accepted]
    return accepted[:1] + [after for before, after in pairwise(accepted) if after != before]


def test_without_smoothing_each_window_speaks_for_itself() -> None:
    decide = DecisionStage(DecisionSpec())
    for row, p in zip(LOG, P, strict=True):
        decision = decide(row)
        assert decision.gesture == p.argmax()
        assert decision.probabilities == pytest.approx(p, abs=1e-6)
        assert decision.accepted


def test_smoothing_is_the_geometric_mean_of_the_last_windows() -> None:
    decide = DecisionStage(DecisionSpec(smoothing=2))
    decide(LOG[0])
    decide(LOG[1])
    expected = gmean(P[1:], axis=0)
    assert decide(LOG[2]).probabilities == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_uncertain_decisions_are_not_accepted() -> None:
    decide = DecisionStage(DecisionSpec(reject_below=0.6))
    assert [decide(row).accepted for row in LOG] == [True, True, False]


def test_reset_forgets() -> None:
    decide = DecisionStage(DecisionSpec(smoothing=3))
    decide(LOG[1])
    decide.reset()
    assert decide(LOG[0]).probabilities == pytest.approx(P[0], abs=1e-6)


@pytest.mark.parametrize("name", ["smoothing", "reject_below", "hold", "change_memory"])
@pytest.mark.parametrize("value", [-1, -0.1])
def test_meaningless_values_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        DecisionSpec(**{name: value})


@given(specs, gestures, certainties)
def test_the_raw_decision_is_the_last_windows_own(spec: DecisionSpec, path: list[int], certainty: float) -> None:
    decide, plain = DecisionStage(spec, LABELS), DecisionStage(DecisionSpec(reject_below=spec.reject_below), LABELS)
    for gesture in path:
        decide(window(gesture, certainty))
        assert decide.raw == plain(window(gesture, certainty)) == plain.raw


def test_no_other_gesture_begins_while_one_is_held() -> None:
    windows = [window(FIST)] + 4 * [window(POINT)]
    decisions = decided(DecisionSpec(hold=3), *windows)
    assert [decision.accepted for decision in decisions] == [True, False, False, False, True]


def test_the_held_gesture_itself_goes_on() -> None:
    windows = [window(FIST), window(POINT), window(FIST), window(FIST)]
    assert [d.accepted for d in decided(DecisionSpec(hold=3), *windows)] == [True, False, True, True]


def test_a_moment_of_rest_is_no_way_around_the_hold() -> None:
    windows = [window(FIST), window(REST), window(POINT), window(POINT), window(POINT)]
    assert [d.accepted for d in decided(DecisionSpec(hold=3), *windows)] == [True, True, False, False, True]


def test_after_a_rest_a_gesture_begins_at_once() -> None:
    windows = [window(FIST)] + 9 * [window(REST)] + [window(POINT)]
    assert decided(DecisionSpec(hold=8, change_memory=8), *windows)[-1].accepted


def test_a_firm_change_passes_without_delay() -> None:
    windows = 9 * [window(FIST)] + 9 * [window(POINT, 0.8)]
    assert all(decision.accepted for decision in decided(DecisionSpec(reject_below=0.5, change_memory=8), *windows))


def test_each_change_of_mind_halves_thirds_quarters_the_doubt() -> None:
    turns = [window(FIST), window(POINT), window(FIST), window(POINT), window(FIST), window(POINT)]
    for changes, needed in enumerate([0.5, 0.75, 5 / 6, 0.875]):
        spec = DecisionSpec(reject_below=0.5, change_memory=9)
        path = turns[:changes]
        assert decided(spec, *path, window(PINCH, needed + 0.01))[-1].accepted
        assert not decided(spec, *path, window(PINCH, needed - 0.01))[-1].accepted


def test_changes_are_remembered_for_so_many_hops() -> None:
    spec = DecisionSpec(reject_below=0.5, change_memory=2)
    assert not decided(spec, window(FIST), window(POINT), window(PINCH, 0.8))[-1].accepted
    assert decided(spec, window(FIST), window(POINT), window(POINT), window(PINCH, 0.8))[-1].accepted


def test_gestures_that_take_turns_do_not_toss_the_hand_about() -> None:
    windows = 5 * [window(FIST, 0.7)] + 10 * [window(POINT, 0.7), window(PINCH, 0.7), window(FIST, 0.7)]
    assert followed(decided(DecisionSpec(reject_below=0.5), *windows))[:4] == [FIST, POINT, PINCH, FIST]
    assert followed(decided(DecisionSpec(reject_below=0.5, change_memory=4), *windows)) == [FIST]


def test_who_makes_up_their_mind_is_believed_again() -> None:
    turns = 5 * [window(POINT, 0.7), window(FIST, 0.7)]
    *_, last_but_one, last = decided(DecisionSpec(change_memory=4), *turns, *5 * [window(PINCH, 0.7)])
    assert (last_but_one.accepted, last.accepted) == (True, True)


@given(gestures, certainties)
def test_the_defaults_accept_everything(path: list[int], certainty: float) -> None:
    assert all(decision.accepted for decision in decided(DecisionSpec(), *(window(g, certainty) for g in path)))


@given(specs, gestures, certainties)
def test_rest_is_never_held_up(spec: DecisionSpec, path: list[int], certainty: float) -> None:
    plain = DecisionSpec(spec.smoothing, spec.reject_below)
    windows = [window(gesture, certainty) for gesture in path]
    for strict, lenient in zip(decided(spec, *windows), decided(plain, *windows), strict=True):
        assert strict.probabilities == lenient.probabilities
        assert strict.accepted <= lenient.accepted
        if strict.gesture == REST:
            assert strict.accepted == lenient.accepted


@given(specs, gestures, certainties)
def test_gestures_begin_no_faster_than_the_hold(spec: DecisionSpec, path: list[int], certainty: float) -> None:
    decisions = decided(spec, *(window(gesture, certainty) for gesture in path))
    at = [i for i, decision in enumerate(decisions) if decision.accepted]
    begins = at[:1] + [b for a, b in pairwise(at) if decisions[a].gesture != decisions[b].gesture]
    begins = [i for i in begins if decisions[i].gesture != REST]
    assert all(b - a > spec.hold for a, b in pairwise(begins))


@given(specs, gestures, gestures)
def test_after_a_reset_nothing_is_left_of_the_past(spec: DecisionSpec, before: list[int], after: list[int]) -> None:
    used, fresh = DecisionStage(spec, LABELS), DecisionStage(spec, LABELS)
    for gesture in before:
        used(window(gesture))
    used.reset()
    assert [used(window(gesture)) for gesture in after] == [fresh(window(gesture)) for gesture in after]
