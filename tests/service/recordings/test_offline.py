"""A recording through a model: the answers are those of the live path, and are compared with the labels."""

import asyncio
import os
import signal as signals
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from serving import PATIENCE_S, serving
from tiny_model import LABELS, write_tiny_model

from calibration.store.records import Device, NewCalibration, NewHead
from calibration.store.store import Store
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from models.head_graph import head_graph
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from models.spec import HeadSpec
from service.aside import Aside
from service.errors import Busy, TooLong
from service.live import Live
from service.recordings import offline
from service.streams import DecisionOrder

NAME = "session.palmaris"
BAND = SourceInfo("band", 1000.0, ("left", "right"))
TRUTH = ((0, "rest"), (1000, "left"), (2000, "rest"), (3000, "right"))


@pytest.fixture
def address(live: Live, signal: np.ndarray, tmp_path: Path) -> Iterator[str]:
    """A service with the tiny model and a recording of the signal, whose words say what it is."""
    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models")
    record(tmp_path, signal, *(Marker(100 + index, text) for index, text in TRUTH))
    with serving(live, data_dir=tmp_path) as address:
        yield address


def record(folder: Path, signal: np.ndarray, *markers: Marker, name: str = NAME, source: SourceInfo = BAND) -> None:
    (folder / "recordings").mkdir(exist_ok=True)
    with Recorder(folder / "recordings" / name, source) as recorder:
        for marker in markers:
            recorder.mark(marker)
        for at in range(0, len(signal), 40):
            recorder.write(Chunk(100 + at, signal[at : at + 40], 1, at / 1000))


def ask(address: str, name: str = NAME, **query: Any) -> httpx.Response:
    path = f"http://{address}/v1/recordings/{name}/decisions"
    return httpx.get(path, params={"model": "tiny"} | query, timeout=6 * PATIENCE_S)


def test_answers_are_those_of_the_live_path_and_agree_with_the_words(
    address: str, signal: np.ndarray, tmp_path: Path
) -> None:
    answer = ask(address)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    model = load_model(str(tmp_path / "models" / "tiny.onnx"))
    recognizer = load_recognizer(model, DecisionOrder().spec(model.spec))
    live = list(recognizer.feed(signal, 100))
    assert found["windows"] == len(live)
    for said in live:
        at_s = (said.index - 100) / 1000
        (span,) = (span for span in found["spans"] if span["start_s"] <= at_s < span["stop_s"])
        assert (span["gesture"], span["accepted"]) == (said.gesture, said.accepted)
    assert found["length_s"] == 4.0
    assert found["labels"] == list(LABELS)
    agreement = found["agreement"]
    assert agreement["answers"] == list(LABELS)
    assert agreement["unknown"] == []
    assert agreement["windows"] == sum(gesture["windows"] for gesture in agreement["gestures"]) == 4 * 31
    assert agreement["accuracy"] == sum(g["right"] for g in agreement["gestures"]) / (4 * 31)
    assert agreement["accuracy"] > 0.9
    (left,) = (gesture for gesture in agreement["gestures"] if gesture["gesture"] == "left")
    assert left["said"][LABELS.index("left")] == left["right"]


def test_words_that_no_gesture_bears_are_named(address: str, signal: np.ndarray, tmp_path: Path) -> None:
    record(tmp_path, signal, Marker(100, "cough"), name="other.palmaris")
    assert ask(address, "other.palmaris").json()["agreement"] is None
    record(tmp_path, signal, Marker(100, "cough"), Marker(1100, "left"), Marker(2100, ""), name="mixed.palmaris")
    agreement = ask(address, "mixed.palmaris").json()["agreement"]
    assert agreement["unknown"] == ["cough"]
    assert [gesture["gesture"] for gesture in agreement["gestures"]] == ["left"]
    assert agreement["windows"] == 31


def test_a_users_head_answers(address: str, tmp_path: Path) -> None:
    encoder = load_model(str(tmp_path / "models" / "tiny.onnx")).encoder.fingerprint
    spec = HeadSpec(kind="linear", labels=("open", "fist"), encoder=encoder)
    head = head_graph(spec, {"weight": np.zeros((2, 2), np.float32), "bias": np.array([5, 0], np.float32)})
    with Store.open(tmp_path) as store:
        store.users.create("p-17", "ann", consent_raw=False)
        device = Device("band", 1000.0, ("left", "right"), "uV")
        calibration = store.calibrations.start(NewCalibration("p-17", device, "tiny", encoder, {}), "ann")
        new = NewHead("p-17", "tiny", encoder, "linear", spec.labels, (), calibration.id)
        store.heads.accept(store.heads.add(new, head, "ann").id, "ann")
    found = ask(address, user="p-17").json()
    assert found["head"] == {"user": "p-17", "version": 1}
    assert found["labels"] == ["open", "fist"]
    assert {span["gesture"] for span in found["spans"]} == {"open"}
    assert ask(address, user="p-18").status_code == 404


def test_what_cannot_be_answered_says_why(
    address: str, signal: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, signal, name="slow.palmaris", source=SourceInfo("band", 200.0, ("left", "right")))
    np.savez(tmp_path / "recordings" / "empty.npz", samples=signal[:0], rate_hz=1000.0)
    for refused, status, why in (
        (ask(address, model="../tiny"), 409, "no model"),
        (ask(address, "slow.palmaris"), 409, "wants 2 channels at 1000 Hz"),
        (ask(address, "none.palmaris"), 404, "no recording"),
        (ask(address, smoothing=0), 422, "smoothing"),
    ):
        assert refused.status_code == status, refused.text
        assert why in refused.json()["detail"]
    monkeypatch.setattr(offline, "MOST_S", 3.0)
    too_long = ask(address)
    assert too_long.status_code == 413
    assert "palmaris replay" in too_long.json()["detail"]


def test_one_at_a_time_and_a_slow_one_is_given_up() -> None:
    async def both() -> None:
        aside = Aside()
        first = asyncio.create_task(aside.run(0.5, time.sleep, 60))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="try again"):
            await aside.run(60, abs, -1)
        with pytest.raises(TooLong, match="given up"):
            await first
        assert await aside.run(60, abs, -1) == 1

    asyncio.run(both())


def test_who_leaves_ends_the_work(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = tmp_path / "begun"
    monkeypatch.setenv("PALMARIS_TEST_BEGUN", str(begun))
    monkeypatch.setattr(offline, "answer_in_json", stay)
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port))) as leaver:
        leaver.sendall(f"GET /v1/recordings/{NAME}/decisions?model=tiny HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        until(begun.exists)
        refused = ask(address)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    until(lambda: not alive(int(begun.read_text())))
    monkeypatch.setattr(offline, "answer_in_json", real_answer)
    until(lambda: ask(address).status_code == 200)


real_answer = offline.answer_in_json


def stay(*_: object) -> None:
    """In the process beside: say who we are, and never end."""
    begun = Path(os.environ["PALMARIS_TEST_BEGUN"])
    begun.with_suffix(".part").write_text(str(os.getpid()))
    begun.with_suffix(".part").rename(begun)
    signals.pause()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 6 * PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
