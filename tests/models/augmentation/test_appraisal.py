from dataclasses import replace

import numpy as np
import pytest

from models.augmentation.appraisal import _later_half, appraise, require_enough
from models.augmentation.ladder import Rung, Synthesis, synthesise
from models.augmentation.synthetic import Synthetic
from models.errors import DatasetError
from models.training.splits import identity
from models.training.windows import Cut, cut

LABELS = ("fist", "point", "rest")


@pytest.fixture(scope="module")
def test(synthetic_trials):
    trials = [trial for trial in synthetic_trials(subjects=2, repetitions=2, seconds=1.0) if trial.trial == 2]
    return cut(trials, LABELS, Cut(64, 30))


@pytest.fixture
def generator(tiny_generator):
    return tiny_generator("semantic")


@pytest.fixture
def perfect(generator, windows) -> Synthetic:
    """What a generator would make that knows its windows by heart."""
    made = synthesise(generator, windows, 1, Synthesis(Rung.SRG, steps=1))
    subjects = np.array([windows.trials[at].subject for at in windows.source])
    return replace(made, x=windows.x, y=windows.y, items=np.arange(len(windows)), subjects=subjects)


def test_real_windows_for_generated_ones_leave_nothing_to_wish(generator, perfect, test):
    appraisal = appraise(generator, perfect, test, len(perfect))
    assert appraisal.made.fid == pytest.approx(0, abs=1e-3)
    assert appraisal.real.fid > 0.05
    assert appraisal.cas == appraisal.cas_real > 0.9
    assert appraisal.findings == ()


def test_labels_that_are_wrong_show(generator, perfect, test):
    wrong = replace(perfect, y=(perfect.y + 1) % 3)
    appraisal = appraise(generator, wrong, test, len(wrong))
    assert appraisal.cas < 0.1 < appraisal.cas_real
    assert [finding.signature for finding in appraisal.findings] == ["condition-ignored"]


def test_the_table_has_a_line_for_each_and_a_head_that_fits(generator, perfect, test):
    head, made, real = appraise(generator, perfect, test, 100).table()
    assert head == ("", "FID", "AvgKNN", "LOF", "rarity", "outside", "CAS")
    assert (made[0], real[0]) == ("generated", "real windows instead")
    assert {len(made), len(real)} == {len(head)}
    assert all(float(cell) >= 0 for cell in (*made[1:], *real[1:]))


def test_too_few_windows_are_refused_before_anything_is_trained(windows):
    require_enough(windows, LABELS)
    few = replace(windows, y=np.where(np.arange(len(windows)) < 11, 1, 2 * (np.arange(len(windows)) % 2)))
    with pytest.raises(DatasetError, match="11 windows of point are too few to learn and judge by: give 12 or more"):
        require_enough(few, LABELS)


@pytest.mark.parametrize("numbers", [(1, 2), (1,)])
def test_real_windows_are_judged_by_halves_of_each_gesture(synthetic_trials, numbers):
    trials = [trial for trial in synthetic_trials(subjects=1, repetitions=2, seconds=1.0) if trial.trial in numbers]
    alternating = sorted(trials, key=lambda trial: trial.trial)  # fist, point, rest, fist, point, rest
    windows = cut(alternating, LABELS, Cut(64, 30))
    later = _later_half(windows)
    for label in range(3):
        own = later[windows.y == label]
        np.testing.assert_array_equal(own, np.arange(len(own)) >= len(own) // 2)


def test_a_trial_that_the_generator_saw_does_not_judge(generator, perfect, test, windows):
    assert set(map(identity, test.trials)).isdisjoint(perfect.provenance.trials)
    with pytest.raises(DatasetError, match="the generator has seen"):
        appraise(generator, perfect, windows, 1)
