"""The page docs/augmentation.md: its commands are understood, its program learns from what a command generated."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from models.augmentation.ladder import Rung
from models.augmentation.signatures import Signature
from models.datasets import DATASETS
from service.cli import app

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "augmentation.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("line", [line for block in blocks("sh") for line in block.splitlines()])
def test_every_command_is_understood(line: str) -> None:
    program, name, *words = shlex.split(line)
    command = get_command(app).commands[name]
    if name == "train":
        name, *words = words
        command = command.commands[name]
    given = command.make_context(name, words).params
    assert program == "palmaris"
    assert given["dataset"] in DATASETS
    assert given.get("rung", Rung.SASS) in list(Rung)


def test_what_is_drawn_there_is_learned_from_there() -> None:
    draw, *learn = [shlex.split(line) for line in blocks("sh")[1].splitlines()]
    made = f"{draw[draw.index('--out') + 1]}/generated.npz"
    assert [words[words.index("--generated") + 1] for words in learn] == [made] * 2
    assert [words[2] for words in learn] == ["csae", "lda"]


def test_rungs_and_warnings_are_all_named() -> None:
    assert all(f"`{name}`" in PAGE for name in (*Rung, *Signature))


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", PAGE))
def test_links_lead_somewhere(target: str) -> None:
    assert (DOCS / target).exists()


def test_the_program_learns_from_what_was_generated(tmp_path: Path, palmaris) -> None:
    (program,) = blocks("python")
    rng, names = np.random.default_rng(0), np.array(["fist", "point"])
    (tmp_path / "recordings").mkdir()
    labels = np.repeat(np.tile(names, 4), 1500)
    samples = rng.standard_normal((12000, 2)) * np.where((labels == "fist")[:, np.newaxis], (200, 30), (30, 200))
    np.savez(tmp_path / "recordings" / "user-00.npz", samples=samples.astype(np.float32), labels=labels, rate_hz=1000.0)
    flags = ("--dataset", "simulated", "--trials", "1,2,3", "--test-trials", "4", "--rung", "SRG", "--quick")
    code, _, err = palmaris("augment", "--data", tmp_path / "recordings", "--out", tmp_path / "made", *flags)
    assert code == 0, err
    environment = {"PYTHONPATH": str(DOCS.parent), "OMP_NUM_THREADS": "1", "PATH": ""}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
    told = re.findall(r"^(real|real and generated) ([01]\.\d+)$", done.stdout, re.MULTILINE)
    assert [name for name, _ in told] == ["real", "real and generated"]
    assert float(told[0][1]) > 0.9
