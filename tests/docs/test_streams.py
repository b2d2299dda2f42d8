"""The page docs/streams.md: its file is read, its program follows a stream, its requests exist."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from serving import serving, wait_for
from tiny_model import write_tiny_model
from websockets.sync.client import connect

from service.live import Live
from service.settings import read_settings
from service.streams import StreamOrder

PAGE = (Path(__file__).parents[2] / "docs" / "streams.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(FILE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "palmaris.toml").write_text(FILE, encoding="utf-8")
    left, right = read_settings().orders
    assert (left.name, left.safe_gesture, right.name, right.smoothing) == ("left-arm", "rest", "right-arm", 5)


def test_the_table_names_every_setting_and_its_default() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| `?([\w:/.-]*)`? ?\|", PAGE, re.MULTILINE))
    defaults = {name: field.default for name, field in StreamOrder.model_fields.items()}
    assert shown == {name: "" if value is None else str(value) for name, value in defaults.items()}


def test_the_program_adds_and_follows_a_stream(live: Live, signal: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "recordings").mkdir()
    write_tiny_model(tmp_path / "models")
    np.savez(tmp_path / "recordings" / "session.npz", samples=signal[:425], rate_hz=1000.0)
    with serving(live, data_dir=tmp_path) as address:
        text = PROGRAM.replace("127.0.0.1:8765", address)
        command = [sys.executable, "-u", "-c", text]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while not lines[-1].startswith("let go"):
                lines.append(process.stdout.readline())
            wait_for(lambda: httpx.get(f"http://{address}/v1/streams/left").json()["state"] == "ended")
            assert httpx.delete(f"http://{address}/v1/streams/left").status_code == 200
            lines += process.stdout.readlines()
    assert sum(line.startswith(("now: ", "missed: ")) for line in lines) == 8  # as many as a late loop hands out
    assert lines[-2] == "let go: rest\n"
    assert lines[-1].startswith("closed: 1008 ")


def test_every_request_of_the_table_exists(live: Live) -> None:
    with serving(live) as address:
        paths = httpx.get(f"http://{address}/openapi.json").json()["paths"]
    known = {re.sub(r"\{.*?\}", "{}", path): set(methods) for path, methods in paths.items()}
    asked = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", PAGE)
    assert len(asked) > 5
    for method, path in asked:
        assert method.lower() in known[re.sub(r"\{.*?\}", "{}", path)], path


def test_every_wish_of_the_table_is_granted(live: Live) -> None:
    wishes = re.findall(r"^\| `(\w+=\w+)` \|", PAGE, re.MULTILINE)
    assert len(wishes) == 4
    with serving(live) as address:
        for wish in wishes:
            with connect(f"ws://{address}/v1/streams/default/predictions?{wish.replace('SEQ', '0')}"):
                pass
