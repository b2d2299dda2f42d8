"""How fast a recording is recognised without a service, and where the time goes."""

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.recordings.formats import open_recording
from models.pipeline.filters import StreamFilter, design
from models.pipeline.recognizer import load_recognizer
from models.runtime import Model, load_model
from service.benchmarks.report import Report
from service.benchmarks.signals import two_channels
from service.commands.replay import predictions
from service.streams import StreamOptions

MEASURES: Final = """\
seconds of signal that one core recognises in a second of its time, as palmaris replay does, JSON included; once for \
each repetition. encoder, head and filter: the same windows and samples through them alone, in % of it."""

SPEED: Final = "times real time"
BARE: Final = "times real time, encoder and head alone"
ENOUGH: Final = 100.0


def offline(model: str, seconds: float, repetitions: int = 5) -> Report:
    """Recognise a recording of ``seconds`` so many times."""
    report = Report("offline", MEASURES, {"model": model, "seconds": seconds, "repetitions": repetitions})
    loaded = load_model(model)
    with tempfile.TemporaryDirectory() as folder:
        recording = two_channels(Path(folder), seconds)
        samples = np.concatenate([block.samples for block in open_recording(recording).blocks()])
        works: dict[str, Callable[[], None]] = {
            "all": lambda: _replay(recording, loaded),
            "encoder": lambda: _encode(loaded, samples),
            "head": lambda: _answer(loaded, samples),
            "filter": lambda: _filter(loaded, samples),
        }
        spent = {name: [_cpu_s(work) for _ in range(repetitions)] for name, work in works.items()}
    bare = np.add(spent["encoder"], spent["head"])
    report.add(BARE, seconds / bare)
    report.add(SPEED, seconds / np.array(spent["all"]), over=BARE)
    whole = float(np.median(spent.pop("all")))
    for name, parts in spent.items():
        report.totals[f"{name}, %"] = 100 * float(np.median(parts)) / whole
    report.totals["all else, %"] = 100 - sum(report.totals.values())
    report.ask(SPEED, ENOUGH, "p50", at_least=True)
    return report


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _replay(recording: Path, model: Model) -> None:
    out = io.StringIO()
    for line in predictions(open_recording(recording), load_recognizer(model, StreamOptions().spec(model.spec))):
        out.write(json.dumps(line) + "\n")


def _encode(model: Model, samples: npt.NDArray[np.float32]) -> None:
    """Every window, with what overlapping windows share."""
    spec = model.spec
    encode = model.encoder.stream(spec.hop)
    for end in range(spec.window, len(samples) + 1, spec.hop):
        encode(samples[end - spec.window : end], end)


def _answer(model: Model, samples: npt.NDArray[np.float32]) -> None:
    features = np.zeros(model.spec.features, np.float32)
    for _ in range(model.spec.window, len(samples) + 1, model.spec.hop):
        model.head(features)


def _filter(model: Model, samples: npt.NDArray[np.float32]) -> None:
    """As much at a time as lies between two windows."""
    spec = model.spec
    run = StreamFilter(design(spec.filters, spec.rate_hz))
    for start in range(0, len(samples), spec.hop):
        run(samples[start : start + spec.hop])
