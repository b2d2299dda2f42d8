"""The models that a service offers: whole ones, own ones, damaged ones; and each is loaded once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from serving import PATIENCE_S, serving

from models.runtime import shipped_models
from service import model_shelf
from service.model_shelf import LONGEST_CARD, ModelShelf


@pytest.fixture
def data_dir(tiny_model: Path, tmp_path: Path) -> Path:
    """With one own model: tiny."""
    copytree(tiny_model.parent, tmp_path / "models")
    return tmp_path


@contextmanager
def asking(data_dir: Path) -> Iterator[httpx.Client]:
    with (
        serving(data_dir=data_dir) as address,
        httpx.Client(base_url=f"http://{address}/v1", timeout=PATIENCE_S) as api,
    ):
        yield api


def test_shipped_and_own_models_are_listed_with_what_they_expect(data_dir: Path) -> None:
    with asking(data_dir) as api:
        found = {model["model"]: model for model in api.get("/models").json()}
    assert list(found) == sorted([*shipped_models(), "tiny"])
    own, shipped = found["tiny"], found["csae-simulated"]
    assert (own["shipped"], shipped["shipped"]) == (False, True)
    assert (
        own["facts"].items()
        >= {
            "name": "tiny",
            "channels": 2,
            "rate_hz": 1000,
            "unit": "uV",
            "window_ms": 250,
            "hop_ms": 25,
            "kind": "window",
            "gestures": ["rest", "left", "right"],
            "head": "linear",
            "simulated": False,
        }.items()
    )
    assert own["bytes"] == sum(path.stat().st_size for path in (data_dir / "models").iterdir())
    assert own["scores"] is None
    assert shipped["facts"]["simulated"]
    assert 0.5 < shipped["scores"]["strangers_macro_f1"] < shipped["scores"]["macro_f1"] < 1
    assert all(model["problem"] is None for model in found.values())


def test_a_model_comes_with_its_card(data_dir: Path) -> None:
    (data_dir / "models" / "tiny.md").write_text("# tiny\n\nMade for tests.\n" + "x" * LONGEST_CARD)
    with asking(data_dir) as api:
        assert api.get("/models/csae-simulated").json()["card"].startswith("# csae-simulated\n")
        own = api.get("/models/tiny").json()["card"]
        (data_dir / "models" / "tiny.md").unlink()
        assert api.get("/models/tiny").json()["card"] is None
        for name in ("nothing", "..%2F..%2Fetc%2Fpasswd", "tiny.head", "x" * 200):
            answer = api.get(f"/models/{name}")
            assert answer.status_code == 404, name
            assert answer.json()["detail"]
    assert own.startswith("# tiny\n\nMade for tests.\n")
    assert len(own) == LONGEST_CARD


def test_a_damaged_model_is_listed_with_its_problem_and_not_with_its_folder(data_dir: Path) -> None:
    folder = data_dir / "models"
    whole = (folder / "tiny.onnx").read_bytes()
    (folder / "half.onnx").write_bytes(whole[: len(whole) // 2])
    (folder / "headless.onnx").write_bytes(whole)
    with asking(data_dir) as api:
        found = {model["model"]: model for model in api.get("/models").json()}
    assert found["half"]["problem"] == "half.onnx is not a whole ONNX model; copy or export it again"
    assert "headless.head.onnx" in found["headless"]["problem"]
    assert str(data_dir) not in str(found)
    assert found["half"]["facts"] is None
    assert found["tiny"]["problem"] is None


def test_a_model_is_loaded_again_only_where_its_files_changed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load = model_shelf.load_any_model

    def counting(name: str) -> object:
        loaded.append(Path(name).stem)
        return load(name)

    monkeypatch.setattr(model_shelf, "load_any_model", counting)
    shelf = ModelShelf(data_dir)
    shelf.all()
    assert sorted(loaded) == sorted([*shipped_models(), "tiny"])
    loaded.clear()
    shelf.all()
    shelf.get("tiny")
    assert not loaded
    (data_dir / "models" / "tiny.head.onnx").unlink()
    assert shelf.get("tiny").problem
    (data_dir / "models" / "tiny.onnx").unlink()
    assert "tiny" not in {model.model for model in shelf.all()}
    assert loaded == ["tiny"]


def test_a_model_whose_name_is_no_text_hides_no_other(data_dir: Path) -> None:
    """No JSON holds such a name."""
    (data_dir / "models" / os.fsdecode(b"pr\xfcfung.onnx")).write_bytes(b"")
    with asking(data_dir) as api:
        assert "tiny" in {model["model"] for model in api.get("/models").json()}
