"""The README is code: what it shows must run, and what it names must exist."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from serving import END, UNDISTURBED, HandFedSource, serving, wait_for
from typer.main import get_command

from models.pipeline.recognizer import WindowRecognizer
from service.cli import app
from service.live import Live
from service.messages import Prediction

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_frame_shown_is_a_frame() -> None:
    (shown,) = blocks("json")
    assert Prediction.model_validate_json(shown).model_dump().keys() == json.loads(shown).keys()


def test_the_client_shown_works(
    source: HandFedSource, recognizer: Callable[[], WindowRecognizer], signal: np.ndarray
) -> None:
    (client,) = blocks("python")
    live = Live("default", lambda: source, recognizer(), UNDISTURBED)
    with serving(live) as address:
        command = [sys.executable, "-u", "-c", client.replace("127.0.0.1:8765", address)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            wait_for(lambda: live.hub.subscribers == 1)
            source.feed(signal[1000:1260], END)
            lines = [process.stdout.readline(), process.stdout.readline()]
            process.kill()
    assert re.fullmatch(r"left 0\.\d+\n", lines[0])
    assert lines[1] == "no gesture is current: the recording is over\n"


def test_less_is_recorded_by_the_commands_shown(palmaris, tmp_path: Path) -> None:
    """As they stand but for their size; the simulated user is replaced by one who is quicker to learn from."""
    labels = np.repeat(np.tile(["fist", "point"], 6), 1200)
    strong = np.where((labels == "fist")[:, np.newaxis], (200, 30), (30, 200))
    samples = (np.random.default_rng(0).standard_normal((len(labels), 2)) * strong).astype(np.float32)
    small = {
        "simulate": ("--seconds", "1"),
        "augment": ("--rung", "SRG", "--quick"),
        "train": ("--autoencoder-epochs", "1", "--head-epochs", "1"),
    }
    (block,) = [block for block in blocks("sh") if "palmaris augment" in block]
    for line in block.splitlines():
        program, name, *words = shlex.split(line)
        assert program == "palmaris"
        code, _, err = palmaris(name, *words, *small[name])
        assert code == 0, err
        if name == "simulate":
            np.savez(tmp_path / "people" / "user-00.npz", samples=samples, labels=labels, rate_hz=1000.0)
    card = (tmp_path / "runs" / "mine" / "mine.md").read_text(encoding="utf-8")
    assert "| Generated windows | " in card
    assert "recorded ones; conditions SRG, seed 0, after trials 1, 2, 3 of user-00;" in card


@pytest.mark.parametrize("words", re.findall(r"`palmaris ([a-z]+(?: (?:csae|lda|latency|drivers))?)", README))
def test_commands_named_exist(words: str) -> None:
    command = get_command(app)
    for word in words.split():
        command = command.commands[word]


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
