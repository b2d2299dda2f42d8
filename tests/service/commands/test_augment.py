"""``palmaris augment``: from a folder of recordings to generated windows, their card and their pictures."""

import numpy as np
import pytest

from models.augmentation.synthetic import Synthetic

LABELS = np.array(["fist", "point", "rest"])


@pytest.fixture
def data(tmp_path):
    """Recordings of two simulated users: four trials of three gestures each, 0.9 s at 1 kHz."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "data"
    folder.mkdir()
    for user in range(2):
        labels = np.repeat(np.tile(LABELS, 4), 900)
        strong = {"fist": (200, 30), "point": (30, 200), "rest": (5, 5)}
        samples = rng.standard_normal((len(labels), 2)) * [strong[label] for label in labels]
        np.savez(folder / f"user-{user:02}.npz", samples=samples.astype(np.float32), labels=labels, rate_hz=1000.0)
    return folder


@pytest.fixture
def augment(palmaris, data, tmp_path):
    def run(*more) -> tuple[int, str, str]:
        trials = ("--dataset", "simulated", "--trials", "1,2,3", "--test-trials", "4")
        return palmaris("augment", "--data", data, "--out", tmp_path / "out", *trials, "--quick", *more)

    return run


def test_windows_card_and_pictures_from_one_command_that_goes_on_where_it_was_stopped(augment, tmp_path):
    flags, out = ("--rung", "SRG", "--ratio", "1", "--seed", "3"), tmp_path / "out"
    code, told, err = augment(*flags)
    assert code == 0, err
    assert "real windows instead" in told
    assert "a size for tests; these windows mean nothing" in told
    made = Synthetic.load(out / "generated.npz")
    assert made.x.shape[1:] == (250, 2)
    assert np.bincount(made.y).tolist() == [len(made) // 3] * 3
    assert (made.provenance.rung, made.provenance.seed, made.provenance.simulated) == ("SRG", 3, True)
    assert {number for *_, number in made.provenance.trials} == {1, 2, 3}
    card = (out / "card.md").read_text()
    assert "**Simulated:" in card
    assert "palmaris augment --data FOLDER --out OUT --dataset simulated" in card
    for picture in ("windows.png", "features.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
    states = {path: path.stat().st_mtime_ns for path in (out / "checkpoints").rglob("*.pt")}
    assert augment(*flags)[0] == 0
    assert len(states) == 2
    assert {path: path.stat().st_mtime_ns for path in states} == states
    np.testing.assert_array_equal(Synthetic.load(out / "generated.npz").x, made.x)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--rung", "GMSS"), "no rung 'GMSS'; known: label-only, SRG, SRG+GMSS, SRG+GMSS+SASS"),
        (("--test-trials", "3"), "trial 3 is in --trials and in --test-trials"),
        (("--trials", "1"), "4 windows of fist are too few to learn and judge by: give 12 or more"),
        (("--test-trials", "9"), "no trials to test from: the data set has trials 1, 2, 3, 4"),
    ],
    ids=["rung", "overlap", "few", "no test"],
)
def test_mistakes_are_told_in_one_line(augment, flags, told):
    code, _, err = augment(*flags)
    assert code == 4
    assert told in err
    assert len(err.splitlines()) == 1
