"""``palmaris store``: check, backup and restore with the real command, on real files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calibration.store import Store
from calibration.store.records import Device, NewCalibration, NewHead, NewTrial, TrialData

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A user with a trial and an accepted head."""
    folder = tmp_path / "data"
    folder.mkdir()
    with Store.open(folder) as store:
        store.users.create("p-17", "clinician")
        device = Device("hand-fed", 1000.0, ("left", "right"), "uV")
        calibration = store.calibrations.start(NewCalibration("p-17", device, "tiny", "e" * 64, {}), "clinician")
        data = TrialData(np.ones((4, 2), np.float32), np.arange(4))
        trial = store.trials.add(NewTrial(calibration.id, "fist", 1), data, "clinician")
        labels = ("fist", "point")
        new = NewHead("p-17", "tiny", "e" * 64, "mlp", labels, (trial.id,), calibration.id)
        store.heads.accept(store.heads.add(new, b"onnx", "clinician").id, "clinician")
    return folder


def test_a_whole_store_is_counted(palmaris: Run, data_dir: Path) -> None:
    assert palmaris("store", "check", "--data-dir", data_dir) == (0, "1 users, 1 trials, 1 heads\n", "")


def test_damage_is_named_and_fails(palmaris: Run, data_dir: Path) -> None:
    (trial,) = data_dir.glob("users/p-17/trials/*.safetensors")
    trial.write_bytes(trial.read_bytes()[:-1])
    code, out, err = palmaris("store", "check", "--data-dir", data_dir)
    assert code == 6
    assert trial.name in out
    assert err == "palmaris: 1 things are not as they were stored: see the lines above\n"


def test_there_and_back_again(palmaris: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, other = tmp_path / "users.zip", tmp_path / "other"
    monkeypatch.setenv("PALMARIS_DATA_DIR", str(data_dir))
    code, out, _ = palmaris("store", "backup", archive)
    assert (code, out.splitlines()[-1]) == (0, "1 users, 1 trials, 1 heads")
    monkeypatch.setenv("PALMARIS_DATA_DIR", str(other))
    assert palmaris("store", "restore", archive) == (0, "1 users, 1 trials, 1 heads\n", "")
    with Store.open(data_dir) as before, Store.open(other) as after:
        assert after.heads.active("p-17", "e" * 64) == before.heads.active("p-17", "e" * 64)
        assert after.trials.kept("p-17", "e" * 64) == before.trials.kept("p-17", "e" * 64)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("backup", "taken.zip"), "never overwritten"),
        (("restore", "taken.zip"), "empty"),
        (("restore", "none.zip"), "none.zip"),
        (("check", "--database-url", "mysql://here"), "postgresql://"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_line(
    words: tuple[str, ...], message: str, palmaris: Run, data_dir: Path, tmp_path: Path
) -> None:
    assert palmaris("store", "backup", tmp_path / "taken.zip", "--data-dir", data_dir)[0] == 0
    code, out, err = palmaris("store", *words, "--data-dir", data_dir)
    assert (code, out, len(err.splitlines())) == (6, "", 1)
    assert message in err
