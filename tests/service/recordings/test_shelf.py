"""The record button: what was streamed is what is on disk."""

import os
from pathlib import Path

import httpx
import numpy as np
import pytest
from serving import HandFedSource, serving, subscribed, wait_for, wait_for_samples

from drivers.errors import RecordingError, SourceLost
from drivers.recordings.formats import open_recording
from service.live import Live
from service.recordings.recorder import Tape


def test_every_sample_and_word_is_on_disk(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address:
        url = f"http://{address}/v1/streams/default/recording"
        source.feed(signal[:300])
        wait_for_samples(live, 300)
        started = httpx.post(url)
        source.feed(*np.split(signal[300:1000], 70))
        wait_for_samples(live, 1000)
        assert httpx.post(f"{url}/markers", json={"text": "fist"}).status_code == 204
        stopped = httpx.delete(url)
    assert started.status_code == 201
    assert stopped.json() == {"name": started.json()["name"], "samples": 700, "missed": 0, "problem": None}
    blocks = list(open_recording(tmp_path / "recordings" / stopped.json()["name"]).blocks())
    assert blocks[0].first == 300
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), signal[300:1000])


def test_what_was_recorded_can_be_listed_and_played(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address:
        assert httpx.get(f"http://{address}/v1/recordings").json() == []
        names = []
        for _ in range(2):
            names.append(httpx.post(f"http://{address}/v1/streams/default/recording").json()["name"])
            httpx.delete(f"http://{address}/v1/streams/default/recording")
        listed = httpx.get(f"http://{address}/v1/recordings").json()
    assert {one["name"] for one in listed} == set(names)
    assert all(one["size"] > 0 for one in listed)


def test_a_lost_device_leaves_a_gap_in_the_recording(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, subscribed(address) as client:
        name = httpx.post(f"http://{address}/v1/streams/default/recording").json()["name"]
        source.feed(signal[:300], SourceLost("gone"))
        client.until("lost")
        source.feed(signal[:300])
        client.until("live")
        client.until("stalled")
    blocks = list(open_recording(tmp_path / "recordings" / name).blocks())
    assert [(block.first, len(block.samples)) for block in blocks] == [(0, 300), (301, 300)]


def test_the_button_refuses_what_makes_no_sense(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address:
        url = f"http://{address}/v1/streams/default/recording"
        assert httpx.delete(url).status_code == 409
        assert httpx.post(f"{url}/markers", json={"text": "fist"}).status_code == 409
        assert "text" in httpx.post(f"{url}/markers", json={"text": ""}).json()["detail"]
        assert httpx.post(f"{url}/markers", content=b'{"text": "\\ud800"}').status_code == 422
        assert httpx.post(url).status_code == 201
        again = httpx.post(url)
    assert again.status_code == 409
    assert "stop that first" in again.json()["detail"]


def test_a_folder_that_cannot_be_written_is_named(live: Live) -> None:
    with serving(live, data_dir=Path("/dev/null")) as address:
        refused = httpx.post(f"http://{address}/v1/streams/default/recording")
    assert refused.status_code == 409
    assert "--data-dir" in refused.json()["detail"]


def test_predictions_go_on_when_the_disk_is_full(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with serving(live, data_dir=tmp_path) as address, subscribed(address) as client:
        url = f"http://{address}/v1/streams/default"
        httpx.post(f"{url}/recording")
        disk = live.tape._recorder._recorder._file  # the open file of the recording becomes one that is always full
        with full.open("wb") as always_full:
            os.dup2(always_full.fileno(), disk)
        source.feed(signal[:300])
        wait_for(lambda: httpx.get(url).json()["recording"]["problem"] is not None)
        source.feed(signal[300:500])
        while client.next("prediction")["index"] < 474:
            pass
        problem = httpx.get(url).json()["recording"]["problem"]
    assert "free space" in problem


def test_no_recording_begins_on_a_stream_that_ended(tmp_path: Path) -> None:
    tape = Tape("left")
    tape.close()
    with pytest.raises(RecordingError, match="left is no longer served"):
        tape.start(tmp_path / "late.palmaris", HandFedSource.info)
    assert list(tmp_path.iterdir()) == []
