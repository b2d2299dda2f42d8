import numpy as np
import pytest
from scipy.io import savemat

from models.datasets import DATASETS
from models.datasets.csl import GRID, LABELS, load
from models.errors import DatasetError
from models.pipeline.electrode_grid import electrode_grid
from models.pipeline.images import Images


def write(folder, subject: int, session: int, gesture: int, repetitions: list[np.ndarray]) -> None:
    cells = np.empty((len(repetitions), 1), object)
    cells[:, 0] = repetitions
    path = folder / f"subject{subject}" / f"session{session}" / f"gest{gesture}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"gestures": cells})


def recorded(*lengths: int) -> list[np.ndarray]:
    return [np.random.default_rng(length).normal(0, 1e-4, (192, length)) for length in lengths]


def test_each_cell_is_a_trial_of_the_channels_that_are_real(tmp_path):
    repetitions = recorded(60, 61)
    write(tmp_path, 5, 3, 11, repetitions)
    write(tmp_path, 5, 3, 0, recorded(50))
    trials = load(tmp_path)
    assert [(t.subject, t.session, t.label, t.trial, t.samples.shape) for t in trials] == [
        ("5", "3", "rest", 1, (50, 168)),
        ("5", "3", "11", 1, (60, 168)),
        ("5", "3", "11", 2, (61, 168)),
    ]
    assert {(t.rate_hz, t.samples.dtype.name) for t in trials} == {(2048.0, "float32")}
    np.testing.assert_allclose(trials[1].samples[:, 7:14], 1e6 * repetitions[0][8:15].T, rtol=1e-5)


def test_images_stand_as_the_makers_draw_them(tmp_path):
    """Every eighth row left out, the others folded into 24 columns of 7, upside down."""
    (repetition,) = recorded(40)
    write(tmp_path, 1, 1, 1, [repetition])
    (trial,) = load(tmp_path)
    drawn = np.flipud(np.delete(repetition[:, 9], np.s_[7::8]).reshape(24, 7).T)
    np.testing.assert_allclose(Images(GRID, 168)(trial.samples)[9], (drawn * 1e6 / 2500).clip(-1, 1), rtol=1e-5)
    assert electrode_grid(GRID, 168).shape == (7, 24)
    assert sorted(np.ravel(GRID)) == list(range(168))


def test_labels_are_rest_and_26_gestures(tmp_path):
    assert (LABELS[0], LABELS[26], len(LABELS)) == ("rest", "26", 27)
    assert DATASETS["csl"].labels == LABELS


def test_an_empty_folder_says_what_to_give(tmp_path):
    with pytest.raises(DatasetError, match=r"subject1/session1/gest0\.mat"):
        load(tmp_path)


def test_a_gesture_that_there_is_not_is_named(tmp_path):
    write(tmp_path, 1, 1, 27, recorded(40))
    with pytest.raises(DatasetError, match=r"gest27.*none of the data set's gestures, 0 to 26"):
        load(tmp_path)


@pytest.mark.parametrize("content", [{"gestures": np.zeros((3, 4))}, {"gestures": np.zeros((192, 40))}, {"other": 1}])
def test_another_layout_is_refused(tmp_path, content):
    path = tmp_path / "subject1" / "session1" / "gest1.mat"
    path.parent.mkdir(parents=True)
    savemat(path, content)
    with pytest.raises(DatasetError, match="another layout"):
        load(tmp_path)


def test_cells_of_another_height_are_refused(tmp_path):
    write(tmp_path, 1, 1, 1, [np.zeros((168, 40))])
    with pytest.raises(DatasetError, match=r"\(192, time\), not \(168, 40\)"):
        load(tmp_path)
