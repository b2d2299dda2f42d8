import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_trials import NAMES, a_head, a_trial, an_order, some_trials

from calibration.errors import PlanInvalid
from calibration.fitting import LabelledTrial
from calibration.material import EVERY_S, Material, spread

TWO = NAMES[:2]


def of(trials, labels=NAMES):
    return Material.of(trials, an_order(labels, a_head(NAMES)))


def test_windows_and_trials_stay_together_sorted_by_gesture_then_age_then_repetition():
    trials = [a_trial("fist", 2), a_trial("rest", 1), a_trial("fist", 1), a_trial("fist", 5, old=True)]
    material = of(trials, TWO)
    assert material.gesture.tolist() == [0, 1, 1, 1]
    assert material.old.tolist() == [False, True, False, False]
    for trial, index in zip((trials[1], trials[3], trials[2], trials[0]), range(4), strict=True):
        own = material.x[material.trial == index]
        assert (own == trial.features[np.isin(trial.features, own).all(axis=1)]).all()
        assert len(own)
    assert (material.y == material.gesture[material.trial]).all()


@given(st.integers(1, 200), st.integers(1, 90), st.integers(0, 10**12))
def test_kept_windows_lie_a_slot_apart_wherever_the_stream_began(hop, windows, start):
    at = start + hop * np.arange(windows + 2 + int(2 * 63 / hop))
    features = (at - start)[:, np.newaxis].astype(np.float32)
    trials = [LabelledTrial(name, 1, features, at) for name in TWO]
    material = of(trials, TWO)
    kept = material.x[material.trial == 0, 0]
    slots = kept // (1000 * EVERY_S)
    assert kept[0] == 0
    assert (np.diff(slots) >= 1).all()
    assert len(kept) >= (at[-1] - start) / max(hop, 1000 * EVERY_S)


@given(st.integers(1, 500), st.integers(1, 500))
def test_what_is_spread_is_even_and_reaches_both_ends(count, most):
    chosen = spread(count, most)
    assert len(chosen) == min(count, most)
    assert chosen[0] == 0
    assert most == 1 or chosen[-1] == count - 1
    assert len(set(np.diff(chosen).tolist())) <= 2


def test_a_year_of_old_trials_takes_no_more_room_than_a_few():
    old = [a_trial(name, number, old=True) for name in TWO for number in range(50)]
    facts = of(old + some_trials(NAMES[2:])).gestures
    assert [gesture.trials for gesture in facts] == [50, 50, 2, 2]
    assert [gesture.windows for gesture in facts] == [200, 200, 48, 48]


class TestFolds:
    def folds(self, trials, labels=TWO):
        material = of(trials, labels)
        return {label: material.fold[material.gesture == k].tolist() for k, label in enumerate(labels)}, material.folds

    def test_every_trial_of_a_gesture_is_left_out_in_turn(self):
        assert self.folds(some_trials(TWO, 3)) == ({"rest": [0, 1, 2], "fist": [0, 1, 2]}, 3)

    def test_a_fourth_goes_with_the_first(self):
        assert self.folds(some_trials(TWO, 4))[0]["fist"] == [0, 1, 2, 0]

    def test_the_only_trial_of_a_gesture_is_never_left_out(self):
        assert self.folds([*some_trials(TWO[:1]), a_trial("fist", 1)]) == ({"rest": [0, 1], "fist": [-1]}, 2)
        assert self.folds(some_trials(TWO, 1)) == ({"rest": [-1], "fist": [-1]}, 0)

    def test_old_trials_are_left_out_only_where_their_gesture_was_not_recorded_today(self):
        trials = [*some_trials(TWO, old=True), a_trial("fist", 1)]
        assert self.folds(trials) == ({"rest": [0, 1], "fist": [-1, -1, 0]}, 2)


def without(trials, gesture):
    return [trial for trial in trials if trial.gesture != gesture]


def changed(trials, features=lambda x: x, last_samples=lambda at: at):
    first, *others = trials
    return [LabelledTrial(first.gesture, 1, features(first.features), last_samples(first.last_samples)), *others]


@pytest.mark.parametrize(
    ("trials", "labels", "words"),
    [
        (some_trials(), NAMES[:1], "at least two"),
        (some_trials(), (*NAMES, "fist"), "each once"),
        (without(some_trials(), "fist"), NAMES, "no trial of fist: record one"),
        ([], NAMES, "no trial of rest, fist"),
        (some_trials(), NAMES[:2], "trials of pinch, point"),
        (changed(some_trials(), lambda x: x[:, :5]), NAMES, "as many features each"),
        (changed(some_trials(), lambda x: x[0]), NAMES, "as many features each"),
        (changed(some_trials(), lambda x: x.astype(np.float64)), NAMES, "float32"),
        (changed(some_trials(), lambda x: x * np.float32("nan")), NAMES, "no numbers: record it again"),
        (changed(some_trials(), lambda x: x[:0], lambda at: at[:0]), NAMES, "last sample for each window"),
        (changed(some_trials(), last_samples=lambda at: at[1:]), NAMES, "last sample for each window"),
        (changed(some_trials(), last_samples=lambda at: at[::-1]), NAMES, "out of order"),
        (changed(some_trials(), lambda x: x[:2], lambda at: at[:2]), NAMES, "hold longer"),
    ],
)
def test_trials_of_which_no_head_can_be_made_are_refused_with_the_remedy(trials, labels, words):
    with pytest.raises(PlanInvalid, match=words):
        Material.of(trials, an_order(labels, a_head(NAMES)))
