"""``palmaris train --generated``: from recordings and what ``palmaris augment`` drew to a model and its card."""

import re
from pathlib import Path

import numpy as np
import pytest

from models.augmentation.synthetic import Provenance, Synthetic


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Recordings of a simulated user: four trials of two gestures, 1.5 s each at 1 kHz."""
    folder = tmp_path / "data"
    folder.mkdir()
    labels = np.repeat(np.tile(["fist", "point"], 4), 1500)
    strong = np.where((labels == "fist")[:, np.newaxis], (200, 30), (30, 200))
    samples = (np.random.default_rng(0).standard_normal((len(labels), 2)) * strong).astype(np.float32)
    np.savez(folder / "user-00.npz", samples=samples, labels=labels, rate_hz=1000.0)
    return folder


@pytest.fixture
def made(palmaris, data, tmp_path) -> Path:
    """Windows after trials 1 and 2, by the command itself."""
    flags = (
        "--dataset",
        "simulated",
        "--trials",
        "1,2",
        "--test-trials",
        "4",
        "--rung",
        "SRG",
        "--seed",
        "5",
        "--quick",
    )
    code, _, err = palmaris("augment", "--data", data, "--out", tmp_path / "made", *flags)
    assert code == 0, err
    return tmp_path / "made" / "generated.npz"


@pytest.fixture
def train(palmaris, data, tmp_path):
    def run(kind: str, *more) -> tuple[int, str, str]:
        flags = ("--dataset", "simulated", "--data", data, "--name", kind, "--out", tmp_path / "out")
        epochs = ("--autoencoder-epochs", "1", "--head-epochs", "1") if kind == "csae" else ()
        return palmaris("train", kind, *flags, "--test-trials", "4", *epochs, *more)

    return run


def test_a_model_and_its_card_from_recorded_and_drawn_windows(train, made, tmp_path):
    generator = Synthetic.load(made).provenance.generator
    trials = ("--trials", "1,2,3", "--generated", made)
    for kind, more in (("csae", ("--validation-trial", "3")), ("lda", ())):
        code, _, err = train(kind, *trials, *more)
        assert code == 0, err
        card = (tmp_path / "out" / f"{kind}.md").read_text()
        beside = re.search(
            r"\| Generated windows \| (\d+) beside the (\d+) recorded ones; conditions SRG, seed 5", card
        )
        assert beside is not None
        assert 0 < int(beside[1]) <= 2 * int(beside[2])
        assert f"| Generator | SHA-256 {generator}; windows drawn" in card
        *_, drawn, learned, scored = card.splitlines()
        assert re.fullmatch(
            "    palmaris augment --data FOLDER --out OUT --dataset simulated --trials 1,2 .*--quick", drawn
        )
        assert f"palmaris train {kind} --dataset simulated --data FOLDER" in learned
        assert "--generated generated.npz" in learned
        assert scored == f"    palmaris evaluate {kind} --dataset simulated --data FOLDER --trials 4"
        assert "Tested once, on trials 4 of each gesture" in card
        assert str(tmp_path) not in card


def test_what_the_generator_saw_neither_stops_nor_scores(train, tmp_path):
    made = tmp_path / "generated.npz"
    seen = tuple(("user-00", "1", label, number) for label in ("fist", "point") for number in (1, 2))
    told = Provenance("0" * 64, "SRG", 0, seen, ("fist", "point"), 1000.0, True, "2026-01-31", "1234567")
    x = np.random.default_rng(0).standard_normal((4, 250, 2)).astype(np.float32)
    Synthetic(x, np.arange(4) % 2, np.arange(4), np.full(4, "user-00"), told).save(made)
    refused = {
        ("csae", "--trials", "1,2", "--validation-trial", "2"): (2, "--no-validation"),
        ("lda", "--trials", "3", "--test-trials", "1"): (1, "--test-trials"),
    }
    for words, (number, remedy) in refused.items():
        code, _, err = train(*words, "--generated", made)
        assert code == 4
        assert f"the generator has seen trial {number} of fist, subject user-00, session 1: " in err
        assert remedy in err
        assert len(err.strip().splitlines()) == 1
        assert not list((tmp_path / "out").iterdir())


def test_recordings_are_no_generated_windows(train, data, tmp_path):
    code, _, err = train("lda", "--trials", "1,2", "--generated", data / "user-00.npz")
    assert code == 4
    assert "is damaged or has another layout" in err
    assert train("lda", "--trials", "1,2", "--generated", tmp_path / "none.npz")[0] == 4
