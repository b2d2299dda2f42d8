"""What fitting a head costs those who use the stream meanwhile."""

import tempfile
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from models.runtime import load_model
from models.spec import REST
from service.benchmarks.clinic import Clinic, Heard, Watcher
from service.benchmarks.process import service
from service.benchmarks.report import Report
from service.benchmarks.volunteer import QUIET_UV, Counts, Device, Volunteer

MEASURES = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in a websocket client on the same \
machine, while nothing else happens (idle) and while heads are fitted one after the other (fits), of a calibration of \
every gesture of the model, 2 trials of HOLD s each. fit: seconds from asking for a fit to its report. missing: \
predictions that never came, by sequence number. The signal is noise on a pseudo-terminal: scores mean nothing."""

REPETITIONS: Final = 2
UV_PER_COUNT: Final = 0.2
STRENGTH_UV: Final = (50, 500)
"""Of a channel, another one in each gesture."""

Span = tuple[int, int]
"""Of ``time.monotonic_ns``."""


def calibration(model: str, fits: int, seconds: float, hold_s: float, json_file: Path | None) -> None:
    """Record a calibration, listen idle for ``seconds``, then during ``fits`` fits, and report."""
    spec, labels = (loaded := load_model(model)).spec, loaded.head.spec.labels
    device = Device(spec.rate_hz, spec.channels, UV_PER_COUNT)
    measures = MEASURES.replace("HOLD", f"{hold_s:g}")
    report = Report("calibration", measures, {"model": model, "gestures": len(labels), "fits": fits})
    with tempfile.TemporaryDirectory() as folder, Volunteer(device, _signals(device, labels, hold_s)) as volunteer:
        flags = ("--source", volunteer.uri, "--model", model, "--data-dir", folder, "--log-level", "error")
        with service(*flags) as running:
            clinic = Clinic(running.address)
            with clinic.listening() as subscriber:
                calibration_id = _record(clinic, volunteer, labels, hold_s)
                spans = _measure(clinic, calibration_id, fits, seconds)
    _tell(report, subscriber.heard, spans)
    report.show(json_file)


def _signals(device: Device, labels: Sequence[str], hold_s: float) -> dict[str, Counts]:
    """Noise, as strong in each channel as the gesture has it."""
    draw, length = np.random.default_rng(0), round(hold_s * device.rate_hz)
    strengths = {label: draw.uniform(*STRENGTH_UV, device.channels) for label in labels}
    if REST in strengths:
        strengths[REST][:] = QUIET_UV
    return {
        f"{label}/{repetition}": device.counts(strength * draw.standard_normal((length, device.channels)))
        for label, strength in strengths.items()
        for repetition in range(1, REPETITIONS + 1)
    }


def _record(clinic: Clinic, volunteer: Volunteer, labels: Sequence[str], hold_s: float) -> str:
    """The id of a calibration with every trial held and a first fit done, which loaded what a fit needs."""
    clinic.post("/users", user="volunteer")
    order = {"user": "volunteer", "gestures": list(labels), "repetitions": REPETITIONS, "hold_s": hold_s}
    calibration_id = str(clinic.post("/calibrations", **order, rest_s=0, prepare_s=0.5)["calibration"])
    with clinic.watching(calibration_id) as watcher:
        watcher.follow(volunteer, hold_s)
        watcher.until("report")
    return calibration_id


def _measure(clinic: Clinic, calibration_id: str, fits: int, seconds: float) -> list[Span]:
    """When nothing happened, then when each fit ran."""
    began = time.monotonic_ns()
    time.sleep(seconds)
    spans = [(began, time.monotonic_ns())]
    with clinic.watching(calibration_id) as watcher:
        watcher.until("calibration")
        spans += [_fit(clinic, watcher, calibration_id) for _ in range(fits)]
    time.sleep(1)  # what was predicted last is on its way
    return spans


def _fit(clinic: Clinic, watcher: Watcher, calibration_id: str) -> Span:
    began = time.monotonic_ns()
    clinic.post(f"/calibrations/{calibration_id}/fit")
    watcher.until("report")
    return began, time.monotonic_ns()


def _tell(report: Report, heard: Heard, spans: list[Span]) -> None:
    idle, *fits = spans
    report.add("idle", heard.latency_ms(*idle))
    report.add("during fits", list(chain.from_iterable(heard.latency_ms(*span) for span in fits)))
    for p in ("p50", "p95", "p99"):
        report.totals[f"during fits over idle, {p}"] = report.figures["during fits"][p] / report.figures["idle"][p]
    report.totals["fit, median s"] = float(np.median([stop - start for start, stop in fits])) / 1e9
    report.totals["missing predictions"] = heard.missing
