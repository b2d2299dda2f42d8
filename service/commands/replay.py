"""``palmaris replay``: a recording in, JSON lines out, through the same recogniser as live."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress

from drivers.recordings.formats import open_recording
from drivers.recordings.recording import Block, Recording
from models.any_model import load_any_model
from models.pipeline.any_recognizer import Answer, AnyRecognizer
from models.pipeline.recognizer import Prediction
from service.settings import Settings
from service.streams import recognizer_for

#: Fields of a prediction, as in the websocket's frame.
TOLD: Final = ("index", "gesture", "confidence", "probabilities", "accepted", "intensity", "active")


def replay(file: Path, rate_hz: float | None, settings: Settings) -> None:
    """Print every prediction, text or event; progress and remarks go to the terminal, never into the output."""
    recognizer = recognizer_for(load_any_model(settings.model), settings, settings.language_model)
    recording = open_recording(file, rate_hz)
    info = recording.info
    recognizer.spec.require(info.rate_hz, len(info.channels), info.unit, info.grid)
    recognizer.arrange(info.grid)
    try:
        for line in predictions(recording, recognizer):
            sys.stdout.write(json.dumps(line) + "\n")
    except BrokenPipeError:  # the reader of our output has had enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for note in recording.notes:
        sys.stderr.write(f"note: {note}\n")


def predictions(recording: Recording, recognizer: AnyRecognizer) -> Iterator[dict[str, Any]]:
    """Each answer as a line: the fields of the websocket's frame, and the recording's own label if it has one."""
    rate_hz = recording.info.rate_hz
    seq, label = 0, None
    for block in _with_progress(recording):
        truth = {marker.index: marker.text for marker in block.markers}
        for prediction in recognizer.feed(block.samples, block.first):
            passed = [index for index in truth if index <= prediction.index]
            label = truth.pop(max(passed)) if passed else label
            device_s = block.device_s + (prediction.index - block.first) / rate_hz
            yield {"seq": seq, "device_s": device_s, **_told(prediction), "label": label}
            seq += 1
        label = truth.popitem()[1] if truth else label


def _with_progress(recording: Recording) -> Iterator[Block]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("replay", total=recording.length)
        for block in recording.blocks():
            yield block
            progress.update(task, completed=block.first + len(block.samples))


def _told(answer: Answer) -> dict[str, Any]:
    """What a subscriber would hear; what only a calibration needs is left out."""
    if isinstance(answer, Prediction):
        return {name: getattr(answer, name) for name in TOLD}
    return asdict(answer)
