"""The page docs/wristbands.md: its program follows a stream of text, its tables name fields that there are."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import tiny_sequence_model
from serving import END, UNHURRIED, HandFedSource, serving, wait_for

from drivers.source import SourceInfo
from models.any_model import load_any_model
from service.hub import HISTORY
from service.live import Live
from service.messages import GestureEvent, Text
from service.streams import DecisionOrder, recognizer_for

PAGE = (Path(__file__).parents[2] / "docs" / "wristbands.md").read_text(encoding="utf-8")
PROGRAM, DRIVE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


def test_the_program_prints_what_is_typed(tmp_path: Path) -> None:
    model = load_any_model(str(tiny_sequence_model.write("gru", tmp_path)))
    band = Band()
    live = Live("default", lambda: band, recognizer_for(model, DecisionOrder()), UNHURRIED)
    with serving(live) as address:
        command = [sys.executable, "-u", "-c", PROGRAM.replace("127.0.0.1:8765", address)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            wait_for(lambda: bool(live.hub.subscribers))
            band.feed((30 * np.random.default_rng(0).standard_normal((2000, 16))).astype(np.float32), END)
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while "silent: ended" not in lines[-1]:
                lines.append(process.stdout.readline())
            process.terminate()
    typed = "".join(line.partition(" | ")[0].strip() for line in lines if "|" in line)
    assert len(typed) > 5
    assert set(typed) <= {"a", "b", "c"}


def test_the_program_of_a_wrist_moves_and_stands_still(tmp_path: Path) -> None:
    model = load_any_model(str(tiny_sequence_model.write("wrist", tmp_path)))
    band, still = Band(), "('flexion',) (0.0,)\n"
    live = Live("default", lambda: band, recognizer_for(model, DecisionOrder()), UNHURRIED)
    with serving(live) as address:
        command = [sys.executable, "-u", "-c", DRIVE.replace("127.0.0.1:8765", address)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            wait_for(lambda: bool(live.hub.subscribers))
            band.feed((30 * np.random.default_rng(0).standard_normal((2000, 16))).astype(np.float32), END)
            assert process.stdout is not None
            assert next(line for line in process.stdout if line != still).startswith("('flexion',) (")
            assert still in process.stdout  # reads on until it comes
            process.terminate()


def test_the_tables_name_fields_that_there_are() -> None:
    known = {*Text.model_fields, *GestureEvent.model_fields}
    cells = re.findall(r"^\| (`\w+`[^|]*) \| +\S", PAGE, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell) if name not in ("text", "event")]
    assert len(named) >= 7
    assert set(named) <= known
    assert f"the last {HISTORY} frames" in PAGE
