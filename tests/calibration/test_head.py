import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_trials import ENCODER, FEATURES, NAMES, a_head, a_trial, an_order, right, some_trials, to_onnx

from calibration.errors import PlanInvalid
from calibration.fitting import FitOrder, LabelledTrial
from calibration.head import fit_user_head
from calibration.report import Report
from models.datasets.khushaba import SIX, load
from models.errors import ModelUnreadable
from models.head_graph import head_graph, head_tensors
from models.networks.heads import LinearHead
from models.networks.time_domain import TimeDomain
from models.spec import HeadSpec
from models.training.mlp_head import POPULATION, Standardise, fit_mlp
from models.training.windows import Cut, cut

torch.set_num_threads(1)


def test_gestures_apart_are_learned_and_the_head_says_what_it_is():
    result = fit_user_head(some_trials(), an_order())
    assert right(result.onnx, [a_trial(name, 9) for name in NAMES]) > 0.97
    assert head_tensors(result.onnx)[0] == HeadSpec(kind=result.kind, labels=NAMES, encoder=ENCODER)
    assert result.kind == "gaussians"
    report = result.report
    assert report.after is report.gaussians
    assert report.after.macro_f1.low <= report.after.macro_f1.value <= report.after.macro_f1.high
    assert report.after.macro_f1.value > 0.95 > report.population.macro_f1.value
    assert report.lda.macro_f1.value > 0.95
    assert report.recommendation.verdict == "accept"
    assert Report.model_validate_json(report.model_dump_json()) == report


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_trials_changes_no_bit(draw):
    trials = some_trials(NAMES[:2], windows=20)
    shuffled = trials.copy()
    draw.shuffle(shuffled)
    order = an_order(NAMES[:2])
    assert fit_user_head(trials, order) == fit_user_head(shuffled, order)


def test_another_process_with_more_threads_that_has_warmed_up_loads_nothing_more_and_gives_the_same_bytes():
    code = """if True:
        import hashlib, sys
        from calibration.head import fit_user_head, warm_up
        from labelled_trials import an_order, some_trials
        warm_up()
        loaded = set(sys.modules)
        print(hashlib.sha256(fit_user_head(some_trials(), an_order()).onnx).hexdigest(), set(sys.modules) - loaded)
    """
    environment = {"OMP_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(("tests", "."))}
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    ours = fit_user_head(some_trials(), an_order()).onnx
    assert told.stdout.strip() == f"{hashlib.sha256(ours).hexdigest()} set()"


def test_neither_the_trials_nor_the_heads_nor_torchs_state_are_touched():
    trials = some_trials()
    before = [(trial.features.copy(), trial.last_samples.copy()) for trial in trials]
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    fit_user_head(trials, an_order())
    assert all(
        (t.features == x).all() and (t.last_samples == at).all() for t, (x, at) in zip(trials, before, strict=True)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_where_a_curve_is_needed_the_mlp_wins():
    """Two rings about one centre: no Gaussian in the discriminant plane tells them apart, the MLP from others does."""
    rng = np.random.default_rng(0)

    def ring(name, repetition, radius):
        angle = rng.uniform(0, 2 * np.pi, 150)
        x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius + 0.1 * rng.standard_normal((150, 2))
        return LabelledTrial(name, repetition, x.astype(np.float32), 63 * np.arange(150))

    trials = [ring(name, r, radius) for r in (1, 2) for name, radius in (("small", 0.7), ("large", 2.0))]
    x = np.concatenate([trial.features for trial in trials])
    y = np.repeat([0, 1, 0, 1], 150)
    others = to_onnx(fit_mlp(x, y, None, 3, POPULATION), ("small", "large"))
    result = fit_user_head(trials, an_order(("small", "large"), others))
    assert result.kind == "mlp"
    assert result.report.after is result.report.mlp
    assert right(result.onnx, [ring("small", 3, 0.7), ring("large", 3, 2.0)]) > 0.95


def test_with_one_trial_of_each_there_is_no_estimate_and_it_says_so():
    report = fit_user_head(some_trials(repetitions=1), an_order(previous=a_head(NAMES, seed=1))).report
    assert report.kind == "gaussians"
    assert report.mlp is report.gaussians is report.lda is report.after is None
    assert report.previous is not None
    assert report.population.macro_f1.low is None
    assert report.recommendation.verdict == "more_trials"
    assert report.recommendation.gestures == NAMES


def test_a_gesture_with_a_single_trial_is_learned_but_not_scored():
    trials = [*some_trials(NAMES[:3]), a_trial("pinch", 1)]
    result = fit_user_head(trials, an_order())
    assert [recall is None for recall in result.report.after.recall] == [False, False, False, True]
    assert sum(result.report.after.confusion[3]) == 0
    assert right(result.onnx, [a_trial("pinch", 2)]) > 0.9
    assert result.report.recommendation.gestures == ("pinch",)


def test_each_trial_is_scored_once_by_a_head_that_had_not_seen_it():
    """Features that name their trial and nothing else: whoever had seen it would be right."""
    rng = np.random.default_rng(0)
    trials = [
        LabelledTrial(name, r, (20 * rng.standard_normal(8) + rng.standard_normal((30, 8))).astype(np.float32), at)
        for r in (1, 2, 3, 4)
        for name in NAMES
        for at in [63 * np.arange(30)]
    ]
    report = fit_user_head(trials, an_order(population=a_head(NAMES, 8))).report
    assert report.after.macro_f1.value < 0.6
    assert [sum(row) for row in report.after.confusion] == [120] * 4


class TestIncremental:
    OLD, NEW = NAMES[:2], NAMES[2:]

    def trials(self):
        return some_trials(self.OLD, old=True) + some_trials(self.NEW)

    def test_new_gestures_join_and_old_ones_are_not_forgotten(self):
        previous = fit_user_head(some_trials(self.OLD), an_order(self.OLD)).onnx
        result = fit_user_head(self.trials(), an_order(previous=previous))
        assert right(result.onnx, [a_trial(name, 9) for name in NAMES]) > 0.95
        assert [gesture.old for gesture in result.report.gestures] == [True, True, False, False]
        after = result.report.after
        assert after.macro_f1.value == pytest.approx((after.old.value + after.new.value) / 2)

    def test_the_head_before_is_not_scored_on_what_it_had_learned(self):
        report = fit_user_head(self.trials(), an_order(previous=a_head(self.OLD))).report
        assert report.previous is None
        again = [*self.trials(), *some_trials(self.OLD)]
        report = fit_user_head(again, an_order(previous=a_head(self.OLD))).report
        assert [recall is None for recall in report.previous.recall] == [False, False, True, True]

    def test_one_short_trial_on_a_new_day_is_scored_by_what_the_old_ones_teach(self):
        trials = some_trials(old=True) + [a_trial(name, 1, windows=20, seed=5) for name in NAMES]
        after = fit_user_head(trials, an_order()).report.after
        assert [sum(row) for row in after.confusion] == [8] * 4
        assert after.macro_f1.low is None


class TestStart:
    @pytest.mark.parametrize("population", ["gaussians", "linear"])
    def test_a_population_head_that_is_no_mlp_will_do(self, population):
        if population == "gaussians":
            onnx = fit_user_head(some_trials(seed=3), an_order()).onnx
        else:
            onnx = to_onnx(LinearHead(torch.eye(4, FEATURES), torch.zeros(4)), NAMES)
        report = fit_user_head(some_trials(), an_order(population=onnx)).report
        assert report.mlp.macro_f1.value > 0.9
        assert report.population is not None

    def test_a_head_that_knows_less_than_two_of_the_gestures_is_not_scored(self):
        report = fit_user_head(some_trials(), an_order(population=a_head(("fist", "wave")))).report
        assert report.population is None

    def test_it_is_asked_for_these_gestures_alone(self):
        onnx = fit_user_head(some_trials(), an_order()).onnx
        two = ("pinch", "fist")
        report = fit_user_head(some_trials(two), an_order(two, population=onnx)).report
        assert report.population.macro_f1.value > 0.95
        assert np.sum(report.population.confusion) == 96


def test_a_head_of_another_encoder_or_a_damaged_one_is_refused():
    other = head_graph(HeadSpec(kind="mlp", labels=NAMES, encoder="f" * 64), head_tensors(a_head(NAMES))[1])
    with pytest.raises(PlanInvalid, match="another encoder"):
        fit_user_head(some_trials(), an_order(previous=other))
    with pytest.raises(PlanInvalid, match="another encoder"):
        fit_user_head(some_trials(), an_order(population=a_head(NAMES, FEATURES + 1)))
    with pytest.raises(ModelUnreadable):
        fit_user_head(some_trials(), an_order(population=b"nothing"))


def test_a_real_users_estimate_comes_near_what_later_trials_say(shared_data):
    """Six gestures of subject S01, classical features: calibrated on trials 1 to 3, then asked about 4 to 6."""
    recorded = [t for t in load(shared_data("khushaba2012-2ch")) if t.subject == "S01" and t.label in SIX]
    features = TimeDomain(4000, 2)
    raw = {t: features(torch.from_numpy(cut([t], [t.label], Cut(1000, 500)).x)).numpy() for t in recorded}
    standard = Standardise.of(np.concatenate(list(raw.values())))
    trials = [
        LabelledTrial(t.label, t.trial, standard(torch.from_numpy(x)).numpy(), 250 * np.arange(len(x)))
        for t, x in raw.items()
    ]
    order = FitOrder(SIX, ENCODER, 4000.0, a_head(SIX, features.features))
    result = fit_user_head([trial for trial in trials if trial.repetition <= 3], order)
    later = right(result.onnx, [trial for trial in trials if trial.repetition > 3])
    assert later > 0.85
    assert abs(result.report.after.macro_f1.value - later) < 0.1
