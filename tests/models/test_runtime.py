import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_model import LABELS, SPEC, write_tiny_model

from models.errors import ModelMismatch, ModelUnknown, ModelUnreadable
from models.runtime import load_model, shipped_models


def test_a_model_explains_itself(tiny_model: Path) -> None:
    model = load_model(str(tiny_model))
    assert model.spec == SPEC
    assert model.head.spec.labels == LABELS


def test_encoder_then_head(tiny_model: Path) -> None:
    model = load_model(str(tiny_model))
    window = np.random.default_rng(0).normal(0, 30, (250, 2)).astype(np.float32)
    features = model.encoder(window)
    assert features == pytest.approx(np.abs(window).mean(axis=0), rel=1e-5)
    logits = np.array([1, 0.1 * features[0], 0.1 * features[1]])
    assert model(window) == pytest.approx(logits - np.logaddexp.reduce(logits), rel=1e-5)


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(ModelUnknown, match="shipped: .*"):
        load_model("csae-khushaba-7")


def test_a_missing_head_is_named(tiny_model: Path, tmp_path: Path) -> None:
    alone = shutil.copy(tiny_model, tmp_path)
    with pytest.raises(ModelUnknown, match="tiny.head.onnx"):
        load_model(str(alone))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x0a"])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadable, match="broken.onnx"):
        load_model(str(path))


def test_any_cut_of_a_model_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    whole = tiny_model.read_bytes()
    shutil.copy(tiny_model.with_name("tiny.head.onnx"), tmp_path)
    for length in range(0, len(whole), 7):
        (tmp_path / "tiny.onnx").write_bytes(whole[:length])
        with pytest.raises((ModelUnreadable, ModelMismatch)):
            load_model(str(tmp_path / "tiny.onnx"))


def test_a_head_of_another_encoder_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    other = write_tiny_model(tmp_path, SPEC.model_copy(update={"hop": 50}))
    shutil.copy(tiny_model.with_name("tiny.head.onnx"), tmp_path)
    with pytest.raises(ModelMismatch, match="calibrate again"):
        load_model(str(other))


@pytest.mark.parametrize(
    ("rate_hz", "channels", "unit", "why"),
    [(1000, 8, "uV", "8 channels"), (250, 2, "uV", "250 Hz"), (1000, 2, "a.u.", "scale")],
)
def test_a_device_that_does_not_fit_is_refused(rate_hz: float, channels: int, unit: str, why: str) -> None:
    with pytest.raises(ModelMismatch, match=why):
        SPEC.require(rate_hz, channels, unit)


def test_a_drifting_clock_is_no_other_rate() -> None:
    SPEC.require(1000.5, 2)


def test_serving_needs_no_torch() -> None:
    code = "import sys, service.commands.serve, service.commands.replay, service.commands.calibrate; "
    code += "sys.exit(bool({'torch', 'onnx', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_shipped_models_load() -> None:
    for name in shipped_models():
        assert load_model(name).spec.name == name
