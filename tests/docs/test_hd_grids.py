"""The page docs/hd-grids.md: its commands are understood, its channel map is read, its program trains a model."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from drivers.channel_map import read_channel_map
from models.runtime import load_model, shipped_models
from service.cli import app
from service.messages import Status

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "hd-grids.md").read_text(encoding="utf-8")
GRID = np.arange(16).reshape(4, 4)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_understood(line: str) -> None:
    program, *words = shlex.split(line)
    command = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    assert program == "palmaris"
    assert command.make_context(command.name, words).params


def test_the_model_shown_first_is_shipped_and_its_making_is_on_its_card() -> None:
    name = COMMANDS[0].split()[-1]
    assert name in shipped_models()
    card = (DOCS.parent / "models" / "zoo" / f"{name}.md").read_text(encoding="utf-8")
    assert COMMANDS[-1] in card


def test_the_channel_map_is_one(tmp_path: Path) -> None:
    (text,) = blocks("text")
    (tmp_path / "cuff.txt").write_text(text, encoding="utf-8")
    assert read_channel_map(tmp_path / "cuff.txt") == ((0, 1, 2, 3), (4, 5, 6, -1))


def test_the_frame_shown_is_a_status() -> None:
    (shown,) = blocks("json")
    assert Status.model_validate_json(shown).interpolated == (38,)


def test_the_program_trains_on_own_recordings(tmp_path: Path) -> None:
    (program,) = blocks("python")
    (tmp_path / "recordings").mkdir()
    draw = np.random.default_rng(0)
    strong = np.repeat([[5] * 16, [400] * 8 + [5] * 8], 1000, axis=0)
    samples = (draw.standard_normal((8000, 16)) * np.tile(strong, (4, 1))).astype(np.float32)
    labels = np.tile(np.repeat(["rest", "fist"], 1000), 4)
    np.savez(tmp_path / "recordings" / "user-00.npz", samples=samples, labels=labels, rate_hz=1000.0, grid=GRID)
    command = [sys.executable, "-W", "error", "-c", program]
    root = {"PYTHONPATH": str(DOCS.parent), "OMP_NUM_THREADS": "1", "PATH": ""}
    subprocess.run(command, check=True, cwd=tmp_path, env=root, capture_output=True)
    model = load_model(str(tmp_path / "models" / "my-cuff.onnx"))
    assert (model.spec.images.shape, model.spec.simulated, model.head.spec.labels) == ((4, 4), False, ("fist", "rest"))


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", PAGE))
def test_links_lead_somewhere(target: str) -> None:
    assert (DOCS / target).exists()
