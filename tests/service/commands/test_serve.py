"""``palmaris serve`` as a process: several streams from a file, devices that come later, and how it ends."""

import os
import re
import resource
import signal as signals
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from clinic import Clinic
from endings import code_at_the_end, frozen
from serving import PATIENCE_S, subscribed, wait_for
from tiny_model import write_tiny_model

from drivers.recordings.formats import open_recording

PALMARIS = Path(__file__).parents[2] / "hanging_driver.py"
ROOT = Path(__file__).parents[3]
CLIENTS = 20


class Service:
    """A running ``palmaris serve``."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process, self.address = process, address
        self.api = Clinic(address)
        self.errors = ""

    def state(self, stream: str) -> str:
        """How a stream is."""
        state: str = self.api.ask("GET", f"/streams/{stream}").json()["state"]
        return state

    def end(self, signal: signals.Signals) -> int:
        """Stop it by a signal; its exit code as a shell sees it."""
        self.process.send_signal(signal)
        _, self.errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode if self.process.returncode >= 0 else 128 - self.process.returncode


@contextmanager
def started(config: Path, *flags: object) -> Iterator[Service]:
    """A service with this configuration, once it answers; killed in the end."""
    command = [sys.executable, str(PALMARIS), "serve", "--config", str(config), "--port", "0", *map(str, flags)]
    path = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=config.parent, env=os.environ | path
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://(\S+)", process.stdout.readline())
            assert found, process.communicate()[1]
            yield Service(process, found[1])
        finally:
            process.kill()


@pytest.fixture
def box(tmp_path: Path, signal: np.ndarray) -> Path:
    """The folder of an unattended box: a model and a recording in it."""
    write_tiny_model(tmp_path)
    np.savez(tmp_path / "session.npz", samples=signal, rate_hz=1000.0)
    return tmp_path


def written(box: Path, *streams: dict[str, str], **settings: str) -> Path:
    """The configuration file of a box."""
    top = {"data_dir": str(box / "data"), **settings}
    lines = [f'{name} = "{value}"' for name, value in top.items()]
    for stream in streams:
        lines += ["[[streams]]", *(f'{name} = "{value}"' for name, value in ({"model": "tiny.onnx"} | stream).items())]
    config = box / "box.toml"
    config.write_text("\n".join(lines), encoding="utf-8")
    return config


def played(box: Path, name: str = "default") -> dict[str, str]:
    """A stream of the recording, over and over."""
    return {"name": name, "source": f"replay://{box}/session.npz?loop=true"}


@pytest.mark.parametrize(("signal_", "code"), [(signals.SIGTERM, 143), (signals.SIGINT, 130)])
def test_a_service_that_is_told_to_stop_takes_leave_of_everybody(
    box: Path, signal_: signals.Signals, code: int
) -> None:
    config = written(box, played(box), {"name": "stuck", "source": "hang://read"})
    with started(config) as service, ExitStack() as clients:
        everybody = [clients.enter_context(subscribed(service.address)) for _ in range(CLIENTS)]
        clients.enter_context(frozen(service.address))
        name = service.api.post("/streams/default/recording")["name"]
        calibration = service.api.begin()
        wait_for(lambda: service.state("stuck") in ("stalled", "lost"))
        everybody[0].next("prediction")
        assert service.end(signal_) == code
        codes = [code_at_the_end(client) for client in everybody]
    assert codes == [1012] * CLIENTS
    assert "Traceback" not in service.errors
    assert "exceeded" not in service.errors  # uvicorn had to wait for nobody
    assert sum(len(block.samples) for block in open_recording(box / "data/recordings" / name).blocks()) > 0
    with started(config) as again:
        assert again.api.ask("GET", f"/calibrations/{calibration}").json()["state"] in ("running", "interrupted")
        assert again.api.post(f"/calibrations/{calibration}/resume")["attached"]


@pytest.mark.parametrize("call", ["enter", "exit", "read"])
def test_a_hanging_device_that_was_ordered_keeps_nobody_from_stopping(box: Path, call: str) -> None:
    (box / "data" / "models").mkdir(parents=True)
    for part in ("tiny.onnx", "tiny.head.onnx"):
        (box / "data" / "models" / part).write_bytes((box / part).read_bytes())
    with started(written(box, played(box))) as service:
        order = {"name": "stuck", "source": f"hang://{call}", "model": "tiny"}
        ordering = threading.Thread(target=post, args=(service, order))
        ordering.start()
        if call != "enter":
            ordering.join()
        with subscribed(service.address) as client:
            client.next("prediction")
            assert service.end(signals.SIGTERM) == 143
        ordering.join()
        assert "Traceback" not in service.errors


def post(service: Service, order: dict[str, str]) -> None:
    """Order a stream; who stops first is not the question here."""
    try:
        httpx.post(f"http://{service.address}/v1/streams", json=order, timeout=PATIENCE_S)
    except httpx.TransportError:
        return


def test_it_takes_as_many_files_as_it_may(box: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard // 2, hard))  # the service inherits it
    try:
        with started(written(box, played(box))) as service:
            assert resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_device_that_is_away_at_the_start_is_served_when_it_comes(box: Path, signal: np.ndarray) -> None:
    late = box / "late.npz"
    config = written(box, played(box, "here"), {"name": "late", "source": f"replay://{late}"})
    with started(config) as service, subscribed(service.address, "late") as client:
        assert client.next("hello")["state"] in ("starting", "stalled", "lost")
        wait_for(lambda: service.state("late") == "lost")
        assert service.state("here") == "live"
        np.savez(box / "writing.npz", samples=signal, rate_hz=1000.0)
        (box / "writing.npz").rename(late)
        client.until("live")
        assert client.next("prediction")["seq"] == 0
        assert service.end(signals.SIGTERM) == 143


def test_a_single_stream_whose_device_is_away_is_refused(box: Path) -> None:
    config = written(box, model="tiny.onnx", source=f"replay://{box}/none.npz")
    with pytest.raises(AssertionError, match=r"none\.npz"), started(config):
        pass
