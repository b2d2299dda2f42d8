"""``palmaris train csae`` under rings of electrodes: from a folder of recordings to a model and its card."""

import numpy as np
from scipy.io import savemat

from models.runtime import load_model

RATE_HZ, HELD = 1000, 1500
NAMES = np.array(["Rest", "Fist", "Raise", "Lower", "Open"])


def write(folder, name: str, trials: int) -> None:
    """A set of flexemg's layout: 16 rows of 2 electrodes; each gesture is strong under four neighbours of the ring."""
    rng = np.random.default_rng(len(name))
    samples = rng.normal(0, 10, (trials, 32, 6 * HELD))
    for number in range(4):
        first = 8 * number
        samples[:, first : first + 8, HELD * (number + 1) : HELD * (number + 2)] *= 20
    counts = samples * 2 + 30_000
    dx = np.diff(counts.astype(np.int64), prepend=0).astype(np.uint16).view(np.int16)
    order = np.tile(np.arange(1, 5, dtype=np.uint8), (trials, 1))
    facts = {"seq": order, "labels": NAMES, "fs": 1000.0, "uV_per_lsb": 0.5, "timerest": HELD, "timegest": HELD}
    np.savez(folder / f"{name}.npz", dx=dx, **facts)


def train(palmaris, folder, *more) -> tuple[int, str, str]:
    savemat(folder / "arraymap.mat", {"arraymap": np.arange(1, 33).reshape(16, 2)})
    write(folder, "S1_1Train", 2)
    write(folder, "S1_3Test", 1)  # another day, which is neither learned from nor scored
    flags = ["--dataset", "flexemg-ring", "--data", folder, "--name", "ring", "--out", folder / "out"]
    trials = ["--trials", "1", "--test-trials", "2", "--no-validation", "--sessions", "1"]
    epochs = ["--autoencoder-epochs", "1", "--head-epochs", "2"]
    return palmaris("train", "csae", *flags, *trials, *epochs, *more)


def test_a_ring_is_turned_in_training_and_the_card_says_what_that_is_worth(palmaris, tmp_path):
    code, out, err = train(palmaris, tmp_path)
    assert code == 0, err
    assert "time-domain features and LDA" in out
    card = (tmp_path / "out" / "ring.md").read_text()
    assert "rings of 16 electrodes, each training window turned by up to 2 either way" in card
    assert "| Test trials as one set, rings turned by 2 | macro-F1 0." in card
    assert "palmaris evaluate ring --dataset flexemg-ring --data FOLDER --trials 2 --sessions 1" in card
    spec = load_model(str(tmp_path / "out" / "ring.onnx")).spec
    assert (spec.channels, spec.rate_hz, spec.window, spec.hop) == (16, 1000, 250, 25)


def test_a_ring_may_be_left_as_it_is(palmaris, tmp_path):
    assert train(palmaris, tmp_path, "--rotation", "0")[0] == 0
    card = (tmp_path / "out" / "ring.md").read_text()
    assert "training window turned" not in card
    assert "| Test trials as one set, rings turned by 1 |" in card


def test_what_is_no_ring_is_not_turned(palmaris, tmp_path):
    code, _, err = palmaris("train", "csae", "--data", tmp_path, "--name", "x", "--rotation", "1")
    assert code != 0
    assert "khushaba-6 has no rings of electrodes to turn" in err
