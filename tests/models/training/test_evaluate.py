import subprocess
import sys
from dataclasses import replace

import pytest

from models.errors import DatasetError, ModelMismatch
from models.runtime import load_model
from models.training.evaluate import Protocol, evaluate


@pytest.fixture
def model(easy_model):
    return load_model(str(easy_model))


def fresh(synthetic_trials, seconds=1.5):
    """Trials of two people that the model has not seen."""
    return [trial for trial in synthetic_trials(subjects=4, seconds=seconds) if trial.subject in {"2", "3"}]


def test_easy_gestures_are_told_apart(model, synthetic_trials):
    result = evaluate(model, fresh(synthetic_trials))
    assert result.macro_f1 == result.smoothed_macro_f1 == result.accuracy == 1.0
    assert list(result.subjects) == ["2", "3"]
    assert result.trials == 12


def test_windows_that_start_early_are_answered_but_not_scored(model, synthetic_trials):
    trials = fresh(synthetic_trials)
    assert evaluate(model, trials).windows == 12 * 7
    assert evaluate(model, trials, Protocol(skip_s=0)).windows == 12 * 11
    assert evaluate(model, trials, Protocol(hop_s=0.025, skip_s=0)).windows == 12 * 51


def test_the_model_keeps_its_own_hop(model, synthetic_trials):
    evaluate(model, fresh(synthetic_trials))
    assert model.spec.hop == 25


def test_scores_are_per_subject_and_the_worst_is_named(model, synthetic_trials):
    trials = fresh(synthetic_trials)
    for trial in trials:
        if trial.subject == "3":
            trial.samples[:] = trial.samples[:, ::-1].copy()  # worn the other way round: fist and point change places
    result = evaluate(model, trials)
    assert result.subjects["2"].macro_f1 == 1
    assert result.subjects["3"].macro_f1 == pytest.approx(1 / 3)
    assert result.macro_f1 == pytest.approx(2 / 3)
    assert result.worst == "3"
    assert result.pooled.confusion == ((28, 0, 0), (0, 14, 14), (0, 14, 14))


def test_smoothing_outvotes_a_short_slip(model, synthetic_trials):
    trials = fresh(synthetic_trials, seconds=3.0)
    for trial in trials:
        trial.samples[1500:1700] /= 8  # 200 ms of a weaker contraction
    result = evaluate(model, trials)
    assert result.smoothed_macro_f1 >= result.macro_f1


def test_a_gesture_that_the_model_does_not_know_is_named(model, synthetic_trials):
    with pytest.raises(DatasetError, match="wave"):
        evaluate(model, [replace(synthetic_trials()[0], label="wave")])


def test_a_rate_that_does_not_fit_is_refused(model, synthetic_trials):
    with pytest.raises(ModelMismatch, match="1000 Hz"):
        evaluate(model, [replace(synthetic_trials()[0], rate_hz=500.0)])


def test_evaluation_needs_no_torch():
    code = "import sys, models.datasets, models.training.evaluate; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_trials_too_short_are_refused(model, synthetic_trials):
    with pytest.raises(DatasetError, match="record longer"):
        evaluate(model, fresh(synthetic_trials, seconds=0.7))
