import numpy as np
import pytest
import torch

from models.datasets.trials import Trial
from models.experiments.catalogue import experiment
from models.experiments.grid_shift import SHIFTS, rolled, shifted

GRID = ((5, 4), (3, 2), (1, 0))


@pytest.fixture(scope="module")
def study():
    return experiment("grid-shift")


def test_each_electrode_hears_what_the_next_one_heard():
    trial = Trial(np.arange(12, dtype=np.float32).reshape(2, 6), 1000.0, "fist", "1", "1", 1)
    row, column = shifted(trial, GRID, 1, 0).samples, shifted(trial, GRID, 0, 1).samples
    assert row[0, [5, 3, 1]].tolist() == trial.samples[0, [3, 1, 5]].tolist()
    assert column[1, [5, 4]].tolist() == trial.samples[1, [4, 5]].tolist()
    back = shifted(shifted(trial, GRID, 2, 1), GRID, -2, -1)
    np.testing.assert_array_equal(back.samples, trial.samples)
    assert trial.samples[0].tolist() == list(range(6))  # as it was


def test_rolled_images_are_the_shifts_of_the_images():
    torch.manual_seed(0)
    x = torch.arange(200 * 16 * 4, dtype=torch.float32).reshape(200, 16, 4)
    seen = set()
    for image, moved in zip(x, rolled(x), strict=True):
        found = [
            (rows, columns)
            for rows in range(-2, 3)
            for columns in range(-1, 2)
            if torch.equal(moved, image.roll((rows, columns), (0, 1)))
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) == 5 * 3


def test_every_arm_meets_every_shift_with_and_without_adabn(study, small_flexemg, tmp_path):
    arms = {"control": 2, "control-copies": 2, "plain": 4, "rolled": 4}
    for fold in study.folds(small_flexemg, True):
        scores = study.compute(fold, small_flexemg, tmp_path / "folds" / "a.work").scores
        assert list(dict.fromkeys(score.condition for score in scores)) == list(SHIFTS)
        assert len(scores) == len(SHIFTS) * 2 * arms[str(fold.settings["arm"])]  # two recordings are held out
        assert {score.table for score in scores} <= {"1 image", "40 ms vote"}


def test_a_shift_by_rows_costs_where_gestures_differ_by_rows(study, small_flexemg, tmp_path):
    fold = study.folds(small_flexemg, True)[0]
    scores = study.compute(fold, small_flexemg, tmp_path / "folds" / "a.work").scores
    of = {
        name: np.mean([s.accuracy for s in scores if (s.condition, s.arm) == (name, "control: TD + LDA")])
        for name in SHIFTS
    }
    assert of["no shift"] > 0.95
    assert of["2 rows"] <= of["no shift"]
    assert of["2 columns"] > 0.95
