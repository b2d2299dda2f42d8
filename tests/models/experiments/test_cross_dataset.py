from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets import uci_hand
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.experiments.cross_dataset import (
    CALIBRATION_TRIALS,
    EXPERIMENT,
    HEADS,
    KHUSHABA,
    TEST_TRIALS,
    UCI,
    Encoders,
    User,
    resampled,
    strength,
)
from models.networks.csae import CSAE, CSAEConfig
from models.networks.hybrid import HybridEncoder


def write_subject(file: Path, number: int) -> None:
    """Three grasps x 30 trials of 1.5 s at 500 Hz, two windows each, that differ in the strength of each channel."""
    rng = np.random.default_rng(number)
    strengths = np.geomspace(100, 2000, 3)
    sizes = np.stack([strengths, rng.permutation(strengths)], axis=-1)
    x = rng.standard_normal((3, 30, 750, 2)) * sizes[:, None, None] + 142
    classes = np.array(list(uci_hand.GESTURES)[:3])
    np.savez(file, x=np.round(x).astype(np.int16), classes=classes, fs=500.0, unit_per_lsb=0.001)


@pytest.fixture(scope="module")
def both(small_khushaba, tmp_path_factory) -> Path:
    """A folder that holds both sets, small."""
    folder = tmp_path_factory.mktemp("both")
    (folder / KHUSHABA).symlink_to(small_khushaba)
    (folder / UCI).mkdir()
    for number, name in enumerate(("female_1", "male_1")):
        write_subject(folder / UCI / f"{name}.npz", number)
    return folder


@pytest.fixture(scope="module")
def scores(both, tmp_path_factory):
    (fold,) = EXPERIMENT.folds(both, True)
    return EXPERIMENT.compute(fold, both, tmp_path_factory.mktemp("work")).scores


@pytest.fixture(scope="module")
def encoders() -> Encoders:
    """Untrained, all of them: what they answer must only be the same for the same windows."""
    torch.manual_seed(0)
    hybrid, csae = HybridEncoder(4000, 2).eval(), CSAE(CSAEConfig(10)).eval().frozen()
    return Encoders(4000, np.array([50, 80], np.float32), hybrid, csae, hybrid, csae)


@pytest.fixture(scope="module")
def trials(both):
    """Of one person, two grasps."""
    return [t for t in uci_hand.load(both / UCI) if t.subject == "male_1" and t.label in ("hook", "tip")]


def test_every_arm_is_scored_for_every_person_head_and_number_of_trials(scores):
    arms = {score.arm for score in scores}
    assert len(arms) == 9
    assert {score.subject for score in scores} == {"female_1", "male_1"}
    cells = {(score.subject, score.table, score.arm, score.condition) for score in scores}
    assert len(cells) == len(scores) == 2 * len(HEADS) * len(arms) * len(CALIBRATION_TRIALS)


def test_grasps_that_differ_are_told_apart(scores):
    last = [score.macro_f1 for score in scores if score.condition == "15 trials" and "classical" in score.arm]
    assert min(last) > 0.8


def test_training_changes_what_the_encoders_answer(scores):
    of = {(s.subject, s.table, s.condition, s.arm): s.macro_f1 for s in scores}
    for learned, untrained in (("130 learned", "130 untrained"), ("64 of the CSAE", "64 of an untrained CSAE")):
        assert any(of[*cell, learned] != of[*cell, untrained] for *cell, arm in of if arm == learned)


def test_full_size_is_five_seeds_and_quick_is_another_fold(both):
    full, (quick,) = EXPERIMENT.folds(both, False), EXPERIMENT.folds(both, True)
    assert [fold.settings["seed"] for fold in full] == [0, 1, 2, 3, 4]
    assert quick.key("", "") not in {fold.key("", "") for fold in full}


def test_calibration_and_scored_windows_share_no_trial(trials, encoders):
    user = User.of(trials, encoders)
    for count in CALIBRATION_TRIALS:
        split = user.split(count)
        learn, test = (user.windows.source[user.windows_of(part)] for part in (split.train, split.test))
        assert {user.windows.trials[at].trial for at in learn} == set(range(1, count + 1))
        assert {user.windows.trials[at].trial for at in test} == TEST_TRIALS


def test_every_kind_of_features_has_the_same_windows(trials, encoders):
    user = User.of(trials, encoders)
    assert {len(x) for x in user.features.values()} == {len(user.windows)}


def test_the_unit_of_the_recordings_does_not_matter(trials, encoders):
    other = [replace(trial, samples=trial.samples * np.float32([1000, 0.5])) for trial in trials]
    one, two = User.of(trials, encoders), User.of(other, encoders)
    for arm, x in one.features.items():
        np.testing.assert_allclose(two.features[arm], x, rtol=0.02, atol=0.02, err_msg=arm)


def test_the_scale_comes_from_the_first_trials_alone(trials, encoders):
    later = [replace(t, samples=t.samples * np.float32(9)) if t.trial > 1 else t for t in trials]
    one, two = (User.of(part, encoders).windows for part in (trials, later))
    first = np.flatnonzero([trial.trial == 1 for trial in one.trials])
    mine = np.isin(one.source, first)
    np.testing.assert_array_equal(one.x[mine], two.x[mine])
    np.testing.assert_allclose(strength(replace(one, x=one.x[mine])), [50, 80], rtol=1e-4)


def test_resampling_keeps_a_tone_and_adds_none():
    at = np.arange(3000) / 500
    tone = (100 * np.sin(2 * np.pi * 90 * at)).astype(np.float32)[:, None]
    fast = resampled(Trial(tone, 500.0, "tip", "male_1", "1", 1), 4000.0)
    assert (fast.samples.shape, fast.samples.dtype, fast.rate_hz) == ((24000, 1), np.float32, 4000.0)
    middle = fast.samples[4000:-4000, 0]
    expected = 100 * np.sin(2 * np.pi * 90 * np.arange(24000) / 4000)[4000:-4000]
    np.testing.assert_allclose(middle, expected, atol=1)
    power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    assert power[np.fft.rfftfreq(len(middle), 1 / 4000) > 300].sum() < 1e-4 * power.sum()


@pytest.mark.parametrize("missing", [KHUSHABA, UCI])
def test_a_folder_without_both_sets_says_which_is_missing(tmp_path, missing):
    (tmp_path / ({KHUSHABA, UCI} - {missing}).pop()).mkdir()
    with pytest.raises(DatasetError, match=f"no folder {missing}"):
        EXPERIMENT.folds(tmp_path, False)
