"""Recordings after they were made: listed, looked at, labelled, downloaded, exported, deleted, over real HTTP."""

import io
import json
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from serving import PATIENCE_S, HandFedSource, serving, subscribed, wait_for

from drivers.recordings.formats import open_recording
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from service.live import Live
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

NAME = "session.palmaris"
BAND = SourceInfo("band", 1000.0, ("left", "right"), simulated=True)


def record(folder: Path, signal: np.ndarray, *markers: Marker, name: str = NAME, first: int = 0) -> Path:
    """A recording of some chunks of 50 samples."""
    path = folder / "recordings" / name
    path.parent.mkdir(exist_ok=True)
    with Recorder(path, BAND) as recorder:
        for marker in markers:
            recorder.mark(marker)
        for at in range(0, len(signal), 50):
            recorder.write(Chunk(first + at, signal[at : at + 50], 1, (first + at) / 1000))
    return path


@dataclass
class Api:
    """The routes of recordings."""

    address: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request below ``/v1/recordings``."""
        return httpx.request(method, f"http://{self.address}/v1/recordings{path}", timeout=6 * PATIENCE_S, **options)

    def get(self, path: str = "", **query: Any) -> Any:
        """An answer that must come, as JSON."""
        answer = self.ask("GET", path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Status and reason of a request that must be refused."""
        answer = self.ask(method, path, **options)
        assert answer.is_error, answer.text
        return answer.status_code, answer.json()["detail"]


@contextmanager
def api_of(live: Live, data_dir: Path) -> Iterator[Api]:
    with serving(live, data_dir=data_dir) as address:
        yield Api(address)


@pytest.fixture
def api(live: Live, tmp_path: Path) -> Iterator[Api]:
    with api_of(live, tmp_path) as api:
        yield api


def test_the_list_tells_what_each_recording_is(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal, first=300)
    np.savez(tmp_path / "recordings" / "trial.npz", samples=signal, rate_hz=1000.0)
    found = {one["name"]: one for one in api.get()}
    assert found[NAME] | {"size": 0, "changed": "", "started": ""} == {
        "name": NAME,
        "size": 0,
        "changed": "",
        "started": "",
        "writing": False,
        "problem": None,
        "device": "band",
        "simulated": True,
        "channels": 2,
        "rate_hz": 1000.0,
        "length_s": 4.0,
    }
    assert found["trial.npz"]["length_s"] == 4.0


def test_a_damaged_file_is_listed_with_its_problem(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    whole = record(tmp_path, signal).read_bytes()
    for name, content in {
        "empty.palmaris": b"",
        "noise.palmaris": bytes(range(256)) * 8,
        "headless.palmaris": whole[:16] + whole[800:],
        "none.csv": b"a,b\n1,2\n",
    }.items():
        (tmp_path / "recordings" / name).write_bytes(content)
    (tmp_path / "recordings" / "torn.palmaris").write_bytes(whole[:-100])
    found = {one["name"]: one for one in api.get()}
    assert {name for name, one in found.items() if one["problem"]} == {
        "empty.palmaris",
        "noise.palmaris",
        "headless.palmaris",
        "none.csv",
    }
    assert found["torn.palmaris"]["length_s"] == 3.95
    assert str(tmp_path) not in json.dumps(list(found.values()))
    status, why = api.refused("GET", "/noise.palmaris")
    assert status == 409
    assert str(tmp_path) not in why


def test_what_is_being_written_says_so_and_is_left_alone(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with api_of(live, tmp_path) as api, subscribed(api.address) as client:
        button = f"http://{api.address}/v1/streams/default/recording"
        name = httpx.post(button).json()["name"]
        source.feed(signal[:300])
        client.next("prediction")
        wait_for(lambda: api.get()[0]["length_s"] == 0.3)
        assert api.get()[0]["writing"]
        assert not api.get(f"/{name}")["editable"]
        for method, path in (("DELETE", ""), ("GET", "/file"), ("GET", "/bids"), ("POST", "/markers")):
            body = {"text": "fist", "start_s": 0} if method == "POST" else None
            assert api.refused(method, f"/{name}{path}", json=body)[1].endswith("stop the recording first")
        httpx.delete(button)
        assert not api.get()[0]["writing"]


def blocks(content: bytes) -> Iterator[tuple[int, int, np.ndarray]]:
    """(index of the first sample, samples of a column, (column, channel, 2)) of each block."""
    while content:
        first, column, columns, channels = struct.unpack_from("<QIHH", content)
        size = 8 * columns * channels
        yield first, column, np.frombuffer(content, "<f4", 2 * columns * channels, 16).reshape(columns, channels, 2)
        content = content[16 + size :]


def test_the_envelope_is_that_of_the_signal(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal, first=700)
    found = list(blocks(api.ask("GET", f"/{NAME}/envelope", params={"columns": 150}).content))
    assert {column for _, column, _ in found} == {27}
    assert [first for first, _, _ in found] == [0, 64 * 27, 128 * 27]
    envelope = np.concatenate([pairs for _, _, pairs in found])
    assert len(envelope) == -(-4000 // 27)
    high = np.abs(envelope).max(axis=2)
    loud = (np.arange(len(high)) * 27 // 1000) % 4
    inner = np.abs((np.arange(len(high)) * 27) % 1000 - 500) < 300
    assert (high[inner & (loud == 1), 0] > 40).all()
    assert (high[inner & (loud != 1), 0] < 40).all()
    assert (envelope[..., 0] <= envelope[..., 1]).all()


def test_a_part_of_the_envelope_is_the_part_of_the_whole(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal)
    whole = np.concatenate(
        [p for *_, p in blocks(api.ask("GET", f"/{NAME}/envelope", params={"columns": 400}).content)]
    )
    zoomed = api.ask("GET", f"/{NAME}/envelope", params={"start_s": 2, "stop_s": 3, "columns": 100}).content
    ((first, column, _), *_), part = list(blocks(zoomed)), np.concatenate([p for *_, p in blocks(zoomed)])
    assert (first, column) == (2000, 10)
    np.testing.assert_allclose(part, whole[200:300], atol=0.5)  # the filter began half a second before


def test_missing_samples_have_no_columns(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    path = tmp_path / "recordings" / NAME
    path.parent.mkdir()
    with Recorder(path, BAND) as recorder:
        recorder.write(Chunk(0, signal[:500], 1, 0.0))
        recorder.write(Chunk(1500, signal[500:1000], 1, 1.5))
    found = list(blocks(api.ask("GET", f"/{NAME}/envelope", params={"columns": 20}).content))
    assert [(first, len(pairs)) for first, _, pairs in found] == [(0, 5), (1500, 5)]
    assert api.get(f"/{NAME}")["length_s"] == 2.0


def test_a_part_that_is_none_is_refused(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal)
    assert api.refused("GET", f"/{NAME}/envelope", params={"start_s": 3, "stop_s": 2})[0] == 422
    assert api.refused("GET", f"/{NAME}/envelope", params={"start_s": 9})[0] == 409
    assert api.refused("GET", f"/{NAME}/envelope", params={"columns": 0})[0] == 422


def words(detail: dict[str, Any]) -> list[tuple[float, float | None, str]]:
    return [(marker["at_s"], marker["until_s"], marker["text"]) for marker in detail["markers"]]


def test_labels_are_added_renamed_and_taken_back_and_nothing_recorded_is_changed(
    api: Api, tmp_path: Path, signal: np.ndarray
) -> None:
    path = record(tmp_path, signal, Marker(100, "rest"))
    recorded = path.read_bytes()
    api.ask("POST", f"/{NAME}/markers", json={"text": "fist", "start_s": 1, "stop_s": 2}).raise_for_status()
    added = api.ask("POST", f"/{NAME}/markers", json={"text": "Krampf ä", "start_s": 3})
    assert added.status_code == 201
    assert words(added.json()) == [(0.1, 1.0, "rest"), (1.0, 2.0, "fist"), (3.0, None, "Krampf ä")]
    assert added.json()["gestures"][1] == {"gesture": "fist", "start_s": 1.0, "stop_s": 2.0}
    rest, fist, _ = (marker["marker"] for marker in added.json()["markers"])
    renamed = api.ask("PATCH", f"/{NAME}/markers/{fist}", json={"text": "point"}).json()
    assert words(renamed)[1] == (1.0, 2.0, "point")
    assert api.refused("DELETE", f"/{NAME}/markers/{fist}")[0] == 404  # it is another one now
    api.ask("DELETE", f"/{NAME}/markers/{rest}").raise_for_status()
    left = api.ask("DELETE", f"/{NAME}/markers/{renamed['markers'][1]['marker']}").json()
    assert words(left) == [(3.0, None, "Krampf ä")]
    assert path.read_bytes().startswith(recorded)
    read = open_recording(path)
    assert [marker for block in read.blocks() for marker in block.markers] == [Marker(3000, "Krampf ä")]
    assert np.array_equal(np.concatenate([block.samples for block in read.blocks()]), signal)


def test_a_label_has_to_make_sense(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal)
    np.savez(tmp_path / "recordings" / "trial.npz", samples=signal, rate_hz=1000.0)
    for body, status in (
        ({"text": "fist", "start_s": 5}, 409),
        ({"text": "fist", "start_s": 2, "stop_s": 1}, 409),
        ({"text": "", "start_s": 2}, 422),
        ({"text": "fist", "start_s": -1}, 422),
    ):
        assert api.refused("POST", f"/{NAME}/markers", json=body)[0] == status
    assert "label .palmaris" in api.refused("POST", "/trial.npz/markers", json={"text": "a", "start_s": 0})[1]
    assert api.get(f"/{NAME}")["markers"] == []


def test_a_download_is_the_file_and_a_deleted_one_is_gone(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    path = record(tmp_path, signal)
    answer = api.ask("GET", f"/{NAME}/file")
    assert answer.content == path.read_bytes()
    assert f'filename="{NAME}"' in answer.headers["content-disposition"]
    assert api.ask("DELETE", f"/{NAME}").status_code == 204
    assert not path.exists()
    assert api.refused("DELETE", f"/{NAME}")[0] == 404
    assert api.get() == []


def test_a_bids_data_set_comes_as_a_zip_with_its_labels(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal, Marker(500, "rest"), Marker(1000, "fist"), Marker(2000, ""))
    answer = api.ask("GET", f"/{NAME}/bids", params={"subject": "p17", "task": "check"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        events = archive.read("bids/sub-p17/emg/sub-p17_task-check_events.tsv").decode().splitlines()
    assert "bids/sub-p17/emg/sub-p17_task-check_emg.bdf" in names
    assert "bids/dataset_description.json" in names
    assert [line.split("\t") for line in events[1:3]] == [["0.5", "n/a", "rest"], ["1.0", "1.0", "fist"]]
    assert len(events) == 3
    assert api.refused("GET", f"/{NAME}/bids", params={"subject": "../up"})[0] == 422
    wait_for(lambda: not list(tmp_path.glob("export-*")))


@pytest.mark.parametrize("spelled", ["..", "%2e%2e", "..%2fcanary", "%2e%2e%2fcanary", "%00", "~", "up", ".hidden"])
def test_nothing_but_recordings_can_be_named(api: Api, tmp_path: Path, spelled: str) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "canary").write_text("secret")
    (tmp_path / "recordings" / "up").symlink_to(tmp_path / "canary")
    (tmp_path / "recordings" / ".hidden").write_text("secret")
    for method, path in (("GET", "/file"), ("GET", "/envelope"), ("GET", "/bids"), ("DELETE", "")):
        answer = api.ask(method, f"/{spelled}{path}")
        assert answer.status_code in (404, 405), answer.text
        assert "secret" not in answer.text
    assert (tmp_path / "canary").exists()
    assert api.get() == []


def test_who_operates_labels_and_only_an_admin_deletes(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    path = record(tmp_path, signal)
    tokens = Tokens(tmp_path / FILE)
    operator = {"authorization": f"Bearer {tokens.create('desk', frozenset({Scope.OPERATE}))}"}
    admin = {"authorization": f"Bearer {tokens.create('boss', frozenset({Scope.ADMIN}))}"}
    label = {"text": "fist", "start_s": 1}
    assert api.refused("POST", f"/{NAME}/markers", json=label)[0] == 401
    assert api.ask("POST", f"/{NAME}/markers", json=label, headers=operator).status_code == 201
    assert api.refused("DELETE", f"/{NAME}", headers=operator)[0] == 403
    assert path.exists()
    assert api.ask("DELETE", f"/{NAME}", headers=admin).status_code == 204


def test_a_file_whose_name_is_no_text_hides_no_recording(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    """From a disk of another age: no JSON holds such a name."""
    record(tmp_path, signal)
    (tmp_path / "recordings" / os.fsdecode(b"pr\xfcfung.csv")).write_bytes(b"a,b\n1,2\n")
    assert [one["name"] for one in api.get()] == [NAME]


def test_an_export_clears_away_what_a_killed_service_left_of_one(api: Api, tmp_path: Path, signal: np.ndarray) -> None:
    record(tmp_path, signal)
    old, young = tmp_path / "export-old", tmp_path / "export-young"
    for place in (old, young):
        (place / "bids").mkdir(parents=True)
    os.utime(old, (0, 0))
    assert api.ask("GET", f"/{NAME}/bids").is_success
    wait_for(lambda: [path.name for path in tmp_path.glob("export-*")] == [young.name])  # its own goes after the answer
