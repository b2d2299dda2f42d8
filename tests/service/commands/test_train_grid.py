"""``palmaris train all-convnet``: from a folder of recordings to a model, its scores and those of the baseline."""

import numpy as np
from scipy.io import savemat

from models.runtime import load_model

NAMES = np.array(["Rest", "Fist", "Raise", "Lower", "Open"])
ROWS = {"Fist": (0, 1), "Raise": (1, 2), "Lower": (2, 3), "Open": (3, 4)}


def write(folder, name: str, trials: int) -> None:
    """Sets of flexemg's layout: 16 channels, a row of the grid for each gesture, 800 ms long."""
    rng = np.random.default_rng(len(name))
    samples = rng.normal(0, 20, (trials, 16, 4000))
    for number, label in enumerate(NAMES[1:]):
        first, stop = ROWS[str(label)]
        samples[:, 4 * first : 4 * stop, 800 * number : 800 * (number + 1)] *= 20
    rest = rng.normal(0, 20, (trials, 16, 800))
    counts = np.concatenate([rest, samples[:, :, :3200], rest], axis=2) * 2 + 30_000
    dx = np.diff(counts.astype(np.int64), prepend=0).astype(np.uint16).view(np.int16)
    order = np.tile(np.arange(1, 5, dtype=np.uint8), (trials, 1))
    facts = {"seq": order, "labels": NAMES, "fs": 1000.0, "uV_per_lsb": 0.5, "timerest": 800, "timegest": 800}
    np.savez(folder / f"{name}.npz", dx=dx, **facts)


def test_a_model_of_one_session_is_trained_scored_and_described(palmaris, tmp_path):
    savemat(tmp_path / "arraymap.mat", {"arraymap": np.arange(1, 17).reshape(4, 4)})
    write(tmp_path, "S1_1Train", 3)
    write(tmp_path, "S1_3Test", 2)  # another day, which is neither learned from nor scored
    flags = ["--data", tmp_path, "--name", "g", "--out", tmp_path / "out", "--sessions", "1", "--network", "embedded"]
    trials = ["--trials", "1,2", "--test-trials", "3", "--validation-trial", "2", "--epochs", "2"]
    code, out, err = palmaris("train", "all-convnet", *flags, *trials)
    assert code == 0, err
    assert "accuracy of a single image" in out
    assert "time-domain features and LDA" in out
    card = (tmp_path / "out" / "g.md").read_text()
    assert "palmaris evaluate g --dataset flexemg --data FOLDER --trials 3 --sessions 1" in card
    assert load_model(str(tmp_path / "out" / "g.onnx")).spec.images.shape == (4, 4)
    chosen = ["--dataset", "flexemg", "--data", tmp_path, "--trials", "3", "--sessions", "1"]
    code, again, err = palmaris("evaluate", tmp_path / "out" / "g.onnx", *chosen)
    assert code == 0, err
    assert again.splitlines()[-1] in out  # the same scores
    flags = ["--from", tmp_path / "out" / "g.onnx", "--data", tmp_path, "--name", "t", "--out", tmp_path / "tuned"]
    code, out, err = palmaris("train", "fine-tune", *flags, "--test-trials", "2", "--sessions", "3", "--epochs", "1")
    assert code == 0, err
    assert "its layers above the first 3" in (tmp_path / "tuned" / "t.md").read_text()
    tuned, before = (load_model(str(tmp_path / path)) for path in ("tuned/t.onnx", "out/g.onnx"))
    assert tuned.head.spec.labels == before.head.spec.labels


def test_a_data_set_without_a_grid_is_refused(palmaris, tmp_path):
    code, _, err = palmaris("train", "all-convnet", "--dataset", "khushaba-6", "--data", tmp_path, "--name", "g")
    assert code != 0
    assert "has no grid of electrodes" in err
