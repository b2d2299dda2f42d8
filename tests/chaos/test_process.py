"""The service itself is stopped for a moment, or killed."""

import asyncio
import os
import signal as signals
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
from clinic import Clinic
from serving import PATIENCE_S, Client, subscribed, wait_for
from websockets.sync.client import connect

from drivers.recordings.formats import open_recording
from service.client import Silence, predictions
from service.messages import Prediction
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

SERVICE = Path(__file__).parents[1] / "piped_service.py"
HOUSE = os.environ | {"PYTHONPATH": str(SERVICE.parents[1]), "OMP_NUM_THREADS": "1"}
PATH = "/v1/streams/default/predictions"
CHUNK_S = 0.05
"""Between two chunks of 100 samples, which are twice as fast as they say."""
UNWRITTEN = 2000
"""Samples that a killed recorder may not have written yet."""


class Service:
    """A service as a process, with someone who gives it samples at their own pace."""

    def __init__(self, process: "subprocess.Popen[bytes]", signal: np.ndarray) -> None:
        assert process.stdout is not None
        self.process = process
        self.address = process.stdout.readline().decode().strip()
        self.given = 0
        self._signal = signal
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._give)
        self._thread.start()

    def unplug(self) -> None:
        """Give no more samples."""
        self._unplugged.set()
        self._thread.join()

    def _give(self) -> None:
        assert self.process.stdin is not None
        while not self._unplugged.wait(CHUNK_S):
            with suppress(BrokenPipeError):
                self.process.stdin.write(self._signal[self.given % 4000 :][:100].tobytes())
                self.process.stdin.flush()
            self.given += 100


@contextmanager
def service(model: Path, data_dir: Path, signal: np.ndarray) -> Iterator[Service]:
    """A running service, killed in the end."""
    command = [sys.executable, str(SERVICE), str(model), str(data_dir)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=HOUSE)
    running = Service(process, signal)
    try:
        yield running
    finally:
        running.unplug()
        process.kill()
        with suppress(BrokenPipeError):
            process.communicate()


async def test_a_stopped_service_lets_go_at_its_clients_and_catches_up(
    tiny_model: Path, tmp_path: Path, signal: np.ndarray
) -> None:
    with service(tiny_model, tmp_path, signal) as running:
        async with asyncio.timeout(PATIENCE_S), predictions(f"ws://{running.address}{PATH}") as stream:
            while not isinstance(await anext(stream), Prediction):
                pass
            running.process.send_signal(signals.SIGSTOP)
            while isinstance(silence := await anext(stream), Prediction):
                pass
            stopped_at = running.given
            await asyncio.to_thread(wait_for, lambda: running.given >= stopped_at + 1000)
            running.process.send_signal(signals.SIGCONT)
            resumed_at = running.given
            answers = [await anext(stream)]
            while not isinstance(answers[-1], Prediction) or answers[-1].index < resumed_at:
                answers.append(await anext(stream))
    assert silence.gesture == "rest"
    assert {answer.state for answer in answers if isinstance(answer, Silence)} <= {"stalled", "unreachable"}
    indices = [answer.index for answer in answers if isinstance(answer, Prediction)]
    assert indices == sorted(indices)


def test_a_killed_service_finds_everything_again(tiny_model: Path, tmp_path: Path, signal: np.ndarray) -> None:
    with service(tiny_model, tmp_path, signal) as killed, subscribed(killed.address) as client:
        clinic = Clinic(killed.address)
        clinic.post("/users", user="p-17")
        run = client.next("hello")["run"]
        name = clinic.post("/streams/default/recording")["name"]
        begun = clinic.ask("GET", "/streams/default").json()["counters"]["samples"]
        while (last := client.next("prediction")["index"]) < begun + 3000:
            pass
        killed.process.kill()
        killed.process.wait()
        killed.unplug()
        known = Tokens(tmp_path / FILE)
        headers = {"authorization": f"Bearer {known.create('clinic', frozenset({Scope.ADMIN}))}"}
    with service(tiny_model, tmp_path, signal) as again:
        url = f"http://{again.address}/v1"
        assert httpx.get(f"{url}/users").status_code == 401
        assert httpx.get(f"{url}/users/p-17", headers=headers).json()["user"] == "p-17"
        assert [each["name"] for each in httpx.get(f"{url}/recordings", headers=headers).json()] == [name]
        with connect(f"ws://{again.address}{PATH}", additional_headers=headers, compression=None) as connection:
            hello = Client(connection).next("hello")
            assert hello["run"] != run
            assert Client(connection).next("prediction")["seq"] >= 0
    blocks = list(open_recording(tmp_path / "recordings" / name).blocks())
    kept = np.concatenate([block.samples for block in blocks])
    assert len(kept) > last - begun - UNWRITTEN
    first = blocks[0].first
    np.testing.assert_array_equal(kept, np.resize(signal, (first + len(kept), 2))[first:])
