import numpy as np
import pytest

from models.augmentation.judges import Side
from models.augmentation.preview import Shown, draw_features, draw_windows

LABELS = ("fist", "point")
Y = np.repeat([0, 1], 20)


def signals(seed: int) -> Side:
    return Side((50 * np.random.default_rng(seed).standard_normal((40, 64, 2))).astype(np.float32), Y)


def features(seed: int) -> Side:
    return Side(np.random.default_rng(seed).standard_normal((40, 6)).astype(np.float32), Y)


@pytest.mark.parametrize(("name", "begins"), [("windows.png", b"\x89PNG"), ("windows.svg", b"<?xml")])
def test_windows_are_drawn_side_by_side(tmp_path, name, begins):
    draw_windows(Shown(LABELS, 1000.0, signals(0), signals(1)), "SRG, seed 0", tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_the_picture_says_what_it_shows(tmp_path):
    draw_windows(Shown(LABELS, 1000.0, signals(0), signals(1)), "SIMULATED. SRG", tmp_path / "windows.svg")
    text = (tmp_path / "windows.svg").read_text()
    for words in ("SIMULATED. SRG", "fist, real", "point, generated", "mean spectrum"):
        assert f"<!-- {words} -->" in text


def test_a_gesture_of_which_nothing_was_made_is_said_so(tmp_path):
    made = Side(signals(1).x[:20], Y[:20])
    draw_windows(Shown(LABELS, 1000.0, signals(0), made), "SRG", tmp_path / "windows.svg")
    assert "<!-- none was made -->" in (tmp_path / "windows.svg").read_text()


def test_features_are_mapped_twice_with_sparse_ones_circled(tmp_path):
    draw_features(LABELS, features(0), features(1), "SRG", tmp_path / "features.svg")
    text = (tmp_path / "features.svg").read_text()
    for words in ("principal components", "t-SNE", "real, sparse", "fist, made"):
        assert f"<!-- {words} -->" in text
