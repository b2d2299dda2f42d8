"""A new user from the first prompt to their own head, through the running service, against the same made offline.

    python -m service.benchmarks.acceptance --data FOLDER --model without-s01.onnx --subject S01

The subject's recorded trials are played by a device at real speed while the service asks for them; the base model must
not have learned from the subject. Between trials the device is quiet: the recordings hold no rest.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer

from calibration.store.store import Store
from models.datasets import load_trials
from models.datasets.trials import Trial
from models.experiments.encoders import DENSE_HOP_S
from models.export import tensors_of
from models.head_graph import head_graph
from models.runtime import Head, Model, load_model
from models.spec import HeadSpec
from models.training.evaluate import evaluate
from models.training.gaussian_head import fit_gaussians
from models.training.windows import Cut, cut
from service.benchmarks.clinic import Clinic, Heard, Watcher
from service.benchmarks.process import service
from service.benchmarks.volunteer import Device, Volunteer

LEARN: Final = (1, 2)
TEST: Final = (5, 6)
USER: Final = "new-user"
HOLD_S: Final = 5.0
UV_PER_COUNT: Final = 0.2
"""The converter of the recordings."""
LATER_MS: Final = (0, 15, 30, 45)
"""Steps of a quarter of the hop between the windows that offline heads learn from."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the calibration through the service took."""

    kind: str
    refused: list[str]
    report_s: float
    """From the last sample of the last trial to the report."""
    head_s: float
    """From there to the announcement of the new head, accepted at once."""
    prediction_s: float
    """To the first prediction with it."""
    missing: int


def calibrate(model: str, trials: Sequence[Trial], data_dir: Path) -> Live:
    """Calibrate through a service of its own with trials as a device plays them; its store is left in ``data_dir``."""
    device = Device(trials[0].rate_hz, trials[0].samples.shape[1], UV_PER_COUNT)
    signals = {f"{trial.label}/{trial.trial}": device.counts(trial.samples) for trial in trials}
    with Volunteer(device, signals) as volunteer:
        flags = ("--source", volunteer.uri, "--model", model, "--data-dir", str(data_dir), "--log-level", "error")
        with service(*flags) as running:
            return _session(Clinic(running.address), volunteer, trials)


def _session(clinic: Clinic, volunteer: Volunteer, trials: Sequence[Trial]) -> Live:
    gestures = list(dict.fromkeys(trial.label for trial in trials))
    clinic.post("/users", user=USER)
    with clinic.listening() as subscriber:
        order = {"user": USER, "gestures": gestures, "hold_s": HOLD_S, "rest_s": 1, "prepare_s": 1}
        calibration = clinic.post("/calibrations", **order)["calibration"]
        with clinic.watching(calibration) as watcher:
            watcher.follow(volunteer, HOLD_S)
            report, reported = watcher.until("report"), time.monotonic_ns()
            clinic.post(f"/calibrations/{calibration}/accept")
            subscriber.wait_for_head()
            time.sleep(1)  # some predictions with the new head
    return _timed(subscriber.heard, watcher, report, reported, trials[0].rate_hz)


def _timed(heard: Heard, watcher: Watcher, report: dict[str, Any], reported_ns: int, rate_hz: float) -> Live:
    last = heard.arrival_ns(round(watcher.hold_end_s * rate_hz) - 1, rate_hz)
    announced = heard.heads[0]
    report_s, head_s, prediction_s = (
        (moment - last) / 1e9 for moment in (reported_ns, announced, heard.first_after(announced))
    )
    return Live(report["report"]["kind"], watcher.refused, report_s, head_s, prediction_s, heard.missing)


def live_head(data_dir: Path, base: Model) -> Model:
    """The model with the head that the service made of the user."""
    with Store.open(data_dir) as store:
        active = store.heads.active(USER, base.encoder.fingerprint)
        if active is None:
            raise LookupError(f"{data_dir} holds no head of {USER}")
        return Model(base.encoder, Head(store.heads.read(active), store.files.path(active.file)))


def offline_f1(base: Model, learn: Sequence[Trial], test: Sequence[Trial]) -> list[float]:
    """Macro-F1 of heads made offline, each of windows that begin some milliseconds later than those of the first.

    Where the windows of a live stream begin within a trial is chance, and chance alone moves a score.
    """
    later = [round(ms * learn[0].rate_hz / 1000) for ms in LATER_MS]
    starts = [[replace(trial, samples=trial.samples[at:]) for trial in learn] for at in later]
    return [evaluate(offline_head(base, trials), test).macro_f1 for trials in starts]


def offline_head(base: Model, trials: Sequence[Trial]) -> Model:
    """The model with Gaussians fitted as in the experiments: trials cut plainly, their first 0.5 s dropped."""
    labels = tuple(dict.fromkeys(trial.label for trial in trials))
    windows = cut(trials, labels, Cut.of(base.spec, DENSE_HOP_S))
    head = fit_gaussians(np.stack([base.encoder(window) for window in windows.x]), windows.y)
    spec = HeadSpec(kind="gaussians", labels=labels, encoder=base.encoder.fingerprint)
    return Model(base.encoder, Head(head_graph(spec, tensors_of(head)), Path("offline.onnx")))


def main(
    data: Annotated[Path, typer.Option(help="Folder of the recordings.")],
    model: Annotated[str, typer.Option(help="A model that has not learned from the subject.")],
    subject: Annotated[str, typer.Option(help="Who is the new user.")],
    dataset: Annotated[str, typer.Option(help="Name of the data set.")] = "khushaba-10",
) -> None:
    """Calibrate a new user through a running service and offline, and score both on the user's last trials."""
    torch.set_num_threads(1)
    own = [trial for trial in load_trials(dataset, data) if trial.subject == subject]
    learn, test = ([trial for trial in own if trial.trial in numbers] for numbers in (LEARN, TEST))
    base = load_model(model)
    with tempfile.TemporaryDirectory() as folder:
        live = calibrate(model, learn, Path(folder))
        after = live_head(Path(folder), base)
    offline = offline_f1(base, learn, test)
    scores = {
        "before": evaluate(base, test).macro_f1,
        "after": evaluate(after, test).macro_f1,
        "after, offline": offline[0],
        "after, offline, mean": float(np.mean(offline)),
        "after, offline, lowest": min(offline),
        "after, offline, highest": max(offline),
    }
    typer.echo(json.dumps({"subject": subject, **asdict(live), "macro-F1": scores}, indent=2))


if __name__ == "__main__":
    typer.run(main)
