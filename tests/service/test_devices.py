"""What a stream can be started from: the list is true, and each entry can be ordered as it stands."""

from pathlib import Path

import httpx
import numpy as np
from serving import PATIENCE_S, serving

from drivers.recordings.native import Recorder
from drivers.registry import open_source
from drivers.source import Chunk, SourceInfo
from service.devices import find_devices
from service.streams import source_for_client

NAME = "left arm 1.palmaris"


def record(folder: Path) -> None:
    folder.mkdir()
    with Recorder(folder / NAME, SourceInfo("hand-fed", 1000, ("left", "right"))) as recorder:
        recorder.write(Chunk(0, np.zeros((100, 2), np.float32), 0, 0.0))


def test_a_recording_and_a_simulated_user_are_there(tmp_path: Path) -> None:
    record(tmp_path / "recordings")
    found = {device.kind: device for device in find_devices(tmp_path).devices}
    assert found["recording"].name == NAME
    assert source_for_client(found["recording"].source, tmp_path).endswith("left%20arm%201.palmaris")


def test_simulated_users_are_offered_as_they_are(tmp_path: Path) -> None:
    found = {device.name: device for device in find_devices(tmp_path).devices if device.kind == "simulated"}
    assert {name: (device.rate_hz, device.channels) for name, device in found.items()} == {
        "two-channel": (4000, 2),
        "hd-grid": (1000, 128),
        "wristband": (2000, 16),
    }
    for device in found.values():
        info = open_source(device.source).info
        assert (info.rate_hz, len(info.channels), info.simulated) == (device.rate_hz, device.channels, True)
    assert "8 x 16 electrodes" in found["hd-grid"].seems


def test_the_first_device_and_a_model_make_a_stream(tmp_path: Path) -> None:
    with serving(data_dir=tmp_path) as address:
        offer = httpx.get(f"http://{address}/v1/devices", timeout=PATIENCE_S).json()
        order = {"name": "new", "source": offer["devices"][0]["source"], "model": "csae-simulated"}
        answer = httpx.post(f"http://{address}/v1/streams", json=order, timeout=PATIENCE_S)
        httpx.delete(f"http://{address}/v1/streams/new", timeout=PATIENCE_S)
    assert "csae-simulated" in offer["models"]
    assert answer.status_code == 201, answer.text
    assert answer.json()["simulated"]
