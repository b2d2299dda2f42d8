"""``kill -9`` at random moments of calibrations: nothing announced is lost, and every calibration goes on to its end.

Three moments by default; PALMARIS_CHAOS=1 takes twenty.
"""

import os
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from clinic import Clinic, User, Watcher
from websockets.exceptions import WebSocketException

from calibration.store.check import check
from calibration.store.store import Store
from models.runtime import Head, load_model

SERVICE = Path(__file__).parents[2] / "piped_service.py"
MOMENTS = 20 if os.environ.get("PALMARIS_CHAOS") else 3
PATIENCE_S = 60
#: Frames after which the axe falls, and at most how many seconds later.
AXES = {"calibration": 0.5, "trial_kept": 0.3, "prompt": 0.3, "fitting": 3.0, "report": 0.1, "accepted": 0.02}


class Pipe:
    """The other end of a service's samples."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        self._file = process.stdin

    def feed(self, *items: np.ndarray) -> None:
        """Write them, as far as anyone reads."""
        for item in items:
            self._file.write(item.tobytes())
            self._file.flush()


@contextmanager
def service(model: Path, data_dir: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A running service, killed in the end, and its address."""
    command = [sys.executable, str(SERVICE), str(model), str(data_dir)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().decode().strip()
        finally:
            process.kill()
            with suppress(BrokenPipeError):
                assert process.stdin is not None
                process.stdin.close()


class Sitting:
    """What clients were told of calibrations, over all the lives of a service."""

    def __init__(self, model: Path, data_dir: Path) -> None:
        self.model = model
        self.data_dir = data_dir
        self.kept: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.accepted: set[str] = set()
        self.running: str | None = None

    def live(self, axe: "Axe | None") -> None:
        """One life of the service: begin or resume a calibration, and go on to its end or to the service's."""
        with service(self.model, self.data_dir) as (process, address):
            if axe:
                axe.victim = process
            with suppress(httpx.TransportError, WebSocketException, BrokenPipeError, EOFError):
                self._calibrate(Clinic(address), User(Pipe(process)), axe)

    def _calibrate(self, clinic: Clinic, user: User, axe: "Axe | None") -> None:
        if self.running is None:
            self.running = clinic.begin()
        elif clinic.ask("GET", f"/calibrations/{self.running}").json()["state"] == "accepted":
            self.running = clinic.begin()  # it was accepted, and only the answer got lost
        else:
            clinic.post(f"/calibrations/{self.running}/resume")
        with clinic.watching(self.running) as watcher:
            self._follow(watcher, user, axe)
            clinic.post(f"/calibrations/{self.running}/accept")
            self.accepted.add(self.running)
            self.running = None

    def _follow(self, watcher: Watcher, user: User, axe: "Axe | None") -> None:
        while True:
            frame = watcher.next()
            assert frame["type"] not in ("paused", "trouble"), frame
            if frame["type"] == "trial_kept":
                self.kept[self.running or ""].add((frame["trial"]["gesture"], frame["trial"]["repetition"]))
            if axe:
                axe.hear(frame["type"])
            if frame["type"] == "report" or frame.get("report"):
                return
            watcher.obey(user, frame)

    def check(self) -> None:
        """Everything that was announced is there, and whole; the active head was accepted, and loads."""
        with Store.open(self.data_dir) as store:
            assert check(store).damage == []
            for calibration, announced in self.kept.items():
                trials = [trial for trial in store.trials.of(calibration) if trial.state == "kept"]
                assert announced <= {(trial.gesture, trial.repetition) for trial in trials}
                assert all(len(store.trials.read(trial).features) == trial.windows for trial in trials)
            for calibration in self.accepted:
                assert store.calibrations.get(calibration).state == "accepted"
            self._check_head(store)

    def _check_head(self, store: Store) -> None:
        model = load_model(str(self.model))
        heads = [head for user in store.users.all() for head in store.heads.of(user.id) if head.version is not None]
        done = [
            name for user in store.users.all() for name in store.calibrations.of(user.id) if name.state == "accepted"
        ]
        assert len(heads) == len(done) >= len(self.accepted)
        active = store.heads.active("p-17", model.head.spec.encoder)
        assert (active is None) == (not heads)
        if active is not None:
            assert active.version == max(head.version or 0 for head in heads)
            assert Head(store.heads.read(active), self.model).spec.encoder == model.head.spec.encoder


class Axe:
    """Kills a service a moment after something happened for the n-th time."""

    def __init__(self, draw: random.Random) -> None:
        self.event = draw.choice(list(AXES))
        self.delay_s = draw.uniform(0, AXES[self.event])
        self._count = draw.randint(1, 10 if self.event == "prompt" else 2 if self.event == "trial_kept" else 1)
        self.victim: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None

    def hear(self, event: str) -> None:
        """Something happened; ``accepted`` falls while the acceptance is asked for."""
        self._count -= (event == self.event) or (event == "report" and self.event == "accepted")
        if self._count == 0 and self._timer is None and self.victim is not None:
            self._timer = threading.Timer(self.delay_s, self.victim.kill)
            self._timer.start()


@pytest.mark.timeout(900)  # twenty restarts, each of which loads everything anew
@pytest.mark.parametrize("seed", [0])
def test_a_service_that_is_killed_loses_nothing_it_announced(tiny_model: Path, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    sitting = Sitting(tiny_model, tmp_path)
    for _ in range(MOMENTS):
        axe = Axe(draw)
        sitting.live(axe)
        sitting.check()
    if sitting.running is not None or not sitting.accepted:
        sitting.live(None)
    sitting.check()
    assert sitting.running is None
    assert sitting.accepted
