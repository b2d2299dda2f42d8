"""Streams by request: one more, one less, another model; what may not be opened, and who hears of it."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from clinic import Clinic, User
from endings import code_at_the_end, frozen
from serving import PATIENCE_S, UNHURRIED, HandFedSource, serving, subscribed, wait_for
from tiny_model import SPEC, write_tiny_model

from drivers.recordings.formats import open_recording
from drivers.registry import DRIVERS, open_source
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.errors import StreamRefused
from service.live import Live
from service.streams import MOST, MOST_OPENING, Streams, source_for_client

SIM = "sim://two-channel"
MODEL = "csae-simulated"


@pytest.fixture
def data(tmp_path: Path, signal: np.ndarray) -> Path:
    """A data directory with models, one of which fits the hand-fed source, and a recording."""
    folder = tmp_path / "data directory with 100%25"
    (folder / "models").mkdir(parents=True)
    (folder / "recordings").mkdir()
    write_tiny_model(folder / "models")
    np.savez(folder / "recordings" / "session.npz", samples=signal, rate_hz=1000.0)
    return folder


@contextmanager
def clinic(*lives: Live, data: Path) -> Iterator[Clinic]:
    """A service with these streams and its API."""
    with serving(*lives, data_dir=data) as address:
        yield Clinic(address)


def replay(name: str = "session.npz", speed: str = "1") -> dict[str, str]:
    """The order of a stream that plays a recording over and over."""
    return {"name": "replayed", "source": f"replay://{name}?loop=true&speed={speed}", "model": "tiny"}


def test_a_stream_is_added_answers_and_is_removed(live: Live, data: Path) -> None:
    with clinic(live, data=data) as api:
        added = api.ask("POST", "/streams", **replay(), safe_gesture="rest")
        assert added.status_code == 201
        with subscribed(api.address, "replayed") as client:
            assert client.next("prediction")["gesture"] in added.json()["labels"]
            removed = api.ask("DELETE", "/streams/replayed")
            assert code_at_the_end(client) == 1008
        names = [stream["stream"] for stream in api.ask("GET", "/streams").json()]
    assert removed.json()["stream"]["stream"] == "replayed"
    assert names == ["default"]


@pytest.mark.parametrize(
    "name", ["", "../x", "a b", "a/b", "a\n", "-a", "_a", "é", "x" * 65, "a\x00", ".", "a%2Fb", None, 7]
)
def test_a_name_that_is_none_is_refused(live: Live, data: Path, name: object) -> None:
    with clinic(live, data=data) as api:
        status, why = api.refused("POST", "/streams", **(replay() | {"name": name}))
    assert status == 422
    assert why.startswith("body.name: ")


def test_a_number_that_is_none_is_refused(live: Live, data: Path, subtests: pytest.Subtests) -> None:
    with clinic(live, data=data) as api, httpx.Client() as http:
        for field in ("lost_s", "reject_below", "hold_ms", "change_memory_ms", "smoothing"):
            for value in ("NaN", "Infinity", "-1", "1e999", '"much"', "[]"):
                with subtests.test(field, value=value):
                    body = json.dumps(replay())[:-1] + f', "{field}": {value}}}'
                    url, kind = f"http://{api.address}/v1/streams", {"content-type": "application/json"}
                    answer = http.post(url, content=body, headers=kind)
                    assert answer.status_code == 422
                    assert answer.json()["detail"].startswith(f"body.{field}: ")


REFUSALS = {
    "name taken": ({"name": "default"}, 409, "already"),
    "unknown driver": ({"source": "smi://two-channel"}, 422, "did you mean sim://"),
    "no URI": ({"source": "session.npz"}, 422, "scheme://target"),
    "unknown option": ({"source": f"{SIM}?sped=2"}, 422, "unknown option"),
    "device missing": ({"source": "serial:///dev/ttyNONE?board=cyton"}, 409, "ttyNONE"),
    "model unknown": ({"model": "nobody"}, 409, "known: .*tiny"),
    "model does not fit": ({"source": SIM}, 409, "wants .* 1000 Hz"),
    "user unknown": ({"user": "nobody"}, 404, "nobody"),
    "unknown field": ({"sorce": SIM}, 422, "sorce"),
}


@pytest.mark.parametrize(("change", "expected", "message"), REFUSALS.values(), ids=REFUSALS)
def test_an_order_that_cannot_be_met_says_why_and_leaves_nothing(
    live: Live, data: Path, change: dict[str, str], expected: int, message: str
) -> None:
    with clinic(live, data=data) as api:
        status, why = api.refused("POST", "/streams", **(replay() | change))
        names = [stream["stream"] for stream in api.ask("GET", "/streams").json()]
    assert status == expected
    assert re.search(message, why), why
    assert names == ["default"]
    assert not [thread for thread in threading.enumerate() if thread.name == "stream replayed"]


@pytest.mark.parametrize("uri", ["sim://[two", "replay://[::1", "sim://two]channel"])
def test_a_uri_that_cannot_be_taken_apart_is_refused(live: Live, data: Path, uri: str) -> None:
    with clinic(live, data=data) as api:
        assert api.refused("POST", "/streams", **(replay() | {"source": uri}))[0] == 422


def outside(data: Path) -> dict[str, str]:
    """Names by which a file beside the recordings could be reached if names were paths."""
    secret = data / "models" / "session.npz"
    secret.write_bytes((data / "recordings" / "session.npz").read_bytes())
    (data / "recordings" / "link.npz").symlink_to(secret)
    (data / "recordings" / "folder").symlink_to(secret.parent)
    return {
        "absolute": quote(str(secret)),
        "parent": "../models/session.npz",
        "hidden parent": "..%2fmodels%2fsession.npz",
        "doubly hidden": "..%252fmodels%252fsession.npz",
        "through a folder": "folder/session.npz",
        "through itself": "./session.npz",
        "link": "link.npz",
        "folder": "folder",
        "empty": "",
        "nothing": "%00",
        "backslash": "..\\models\\session.npz",
        "file": f"file://{quote(str(secret))}",
        "loud": "../../SESSION.NPZ",
    }


def test_only_recordings_of_this_service_are_replayed(live: Live, data: Path, subtests: pytest.Subtests) -> None:
    names = outside(data)
    with clinic(live, data=data) as api:
        for case, name in names.items():
            for scheme in ("replay", "REPLAY", "Replay"):
                with subtests.test(case, scheme=scheme):
                    order = replay() | {"source": f"{scheme}://{name}"}
                    status, why = api.refused("POST", "/streams", **order)
                    assert (status, "name one of" in why) == (409, True), why
                    assert why.startswith(repr(order["source"]))


@pytest.mark.parametrize(
    "name", ["../models/tiny", "/etc/passwd", "tiny.onnx", "tiny.head", "", "..%2ftiny", "tiny\x00"]
)
def test_a_model_is_named_and_never_a_path(live: Live, data: Path, name: str) -> None:
    (data / "recordings" / "tiny.onnx").write_bytes((data / "models" / "tiny.onnx").read_bytes())
    with clinic(live, data=data) as api:
        assert api.refused("POST", "/streams", **(replay() | {"model": name}))[0] == 409
        assert api.refused("PUT", "/streams/default/model", model=name)[0] == 409


def test_a_model_that_is_broken_is_refused(live: Live, data: Path) -> None:
    (data / "models" / "broken.onnx").write_bytes(b"no model")
    with clinic(live, data=data) as api:
        assert api.refused("POST", "/streams", **(replay() | {"model": "broken"}))[0] == 409


def test_a_user_whose_head_is_asked_for_but_was_never_made_leaves_no_open_device(live: Live, data: Path) -> None:
    with clinic(live, data=data) as api:
        api.post("/users", user="p-17")
        status, why = api.refused("POST", "/streams", **replay(), user="p-17")
        assert (status, "calibrate first" in why) == (422, True)
        assert api.ask("POST", "/streams", **replay()).status_code == 201


def test_another_model_answers_after_a_new_hello(
    live: Live, source: HandFedSource, signal: np.ndarray, data: Path
) -> None:
    other = SPEC.model_copy(update={"name": "other", "window": 200, "hop": 50})
    (data / "new").mkdir()
    (data / "models" / "other.onnx").write_bytes(write_tiny_model(data / "new", other).read_bytes())
    (data / "models" / "other.head.onnx").write_bytes((data / "new" / "tiny.head.onnx").read_bytes())
    with clinic(live, data=data) as api, subscribed(api.address) as client:
        assert client.next()["model"] == "tiny"
        source.feed(signal[:300])
        before = [client.next("prediction")["seq"] for _ in range(3)]
        assert api.ask("PUT", "/streams/default/model", model="other", smoothing=1).status_code == 200
        source.feed(signal[300:600])
        hello = client.next("hello")
        after = [client.next("prediction") for _ in range(2)]
    assert (hello["model"], hello["window"], hello["hop"]) == ("other", 200, 50)
    assert hello["next_seq"] == after[0]["seq"] == before[-1] + 1
    assert [frame["index"] for frame in after] == [499, 549]  # a whole window after the change, then every hop


def test_a_model_that_does_not_fit_is_refused_and_the_old_one_goes_on(
    live: Live, source: HandFedSource, signal: np.ndarray, data: Path
) -> None:
    with clinic(live, data=data) as api, subscribed(api.address) as client:
        status, why = api.refused("PUT", "/streams/default/model", model=MODEL)
        assert (status, "choose" in why) == (409, True)
        source.feed(signal[:300])
        client.next("prediction")
        assert api.ask("GET", "/streams/default").json()["model"] == "tiny"


@contextmanager
def away(data: Path) -> Iterator[Clinic]:
    """A service whose only device was never there."""
    model = load_model(str(data / "models" / "tiny.onnx"))
    missing = partial(open_source, f"replay://{quote(str(data))}/none.npz")
    live = Live("default", missing, load_recognizer(model, DecisionSpec()))
    with served_without_opening(live, data) as api:
        yield api


@contextmanager
def served_without_opening(live: Live, data: Path) -> Iterator[Clinic]:
    """A service with a stream whose device is expected, but not there."""
    live.open = live.expect  # type: ignore[method-assign]
    with clinic(live, data=data) as api:
        wait_for(lambda: live.describe().state == "lost")
        yield api


def test_the_model_of_a_device_that_is_away_can_be_changed(data: Path) -> None:
    with away(data) as api:
        assert api.ask("PUT", "/streams/default/model", model="tiny").status_code == 200
        assert api.ask("GET", "/streams/default").json()["state"] == "lost"


def test_a_device_that_was_never_there_is_not_recorded(data: Path) -> None:
    with away(data) as api:
        status, why = api.refused("POST", "/streams/default/recording")
    assert (status, "not here yet" in why) == (409, True)


def test_what_a_calibration_uses_is_neither_changed_nor_removed(live: Live, source: HandFedSource, data: Path) -> None:
    with clinic(live, data=data) as api:
        name = api.begin()
        for method, path, body in (
            ("PUT", "/streams/default/model", {"model": "tiny"}),
            ("DELETE", "/streams/default", {}),
        ):
            status, why = api.refused(method, path, **body)
            assert status == 409
            assert name in why
        api.post(f"/calibrations/{name}/abort")
        assert api.ask("DELETE", "/streams/default").status_code == 200


def test_a_removed_stream_leaves_a_recording_that_can_be_read(live: Live, data: Path) -> None:
    with clinic(live, data=data) as api, ExitStack() as clients:
        api.post("/streams", **replay())
        name = api.post("/streams/replayed/recording")["name"]
        one, other = (clients.enter_context(subscribed(api.address, "replayed")) for _ in range(2))
        clients.enter_context(frozen(api.address, "/v1/streams/replayed/predictions"))
        one.next("prediction")
        assert api.ask("DELETE", "/streams/replayed").status_code == 200
        assert (code_at_the_end(one), code_at_the_end(other)) == (1008, 1008)
        assert sum(len(block.samples) for block in open_recording(data / "recordings" / name).blocks()) >= 100
        assert api.refused("GET", "/streams/replayed")[0] == 404
        assert api.ask("POST", "/streams", **replay()).status_code == 201  # the name is free again


def test_twenty_come_and_go_and_another_misses_nothing(
    live: Live, source: HandFedSource, signal: np.ndarray, data: Path
) -> None:
    with clinic(live, data=data) as api, subscribed(api.address) as client:
        done = threading.Event()
        changing = threading.Thread(target=_come_and_go, args=(api, done))
        changing.start()
        source.feed(signal[:225])
        told = []
        while not done.is_set():
            source.feed(signal[:25])
            told.append(client.next("prediction")["seq"])
        changing.join()
        names = [stream["stream"] for stream in api.ask("GET", "/streams").json()]
    assert told == list(range(len(told)))
    assert names == ["default"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("stream n")]


def _come_and_go(api: Clinic, done: threading.Event) -> None:
    try:
        with httpx.Client(base_url=f"http://{api.address}/v1") as http:
            for number in range(20):
                assert http.post("/streams", json=replay() | {"name": f"n{number}"}).is_success
            for number in range(20):
                assert http.delete(f"/streams/n{number}").is_success
    finally:
        done.set()


def test_two_who_order_the_same_name_at_once_get_one_stream(live: Live, data: Path) -> None:
    with clinic(live, data=data) as api:
        answers: list[int] = []
        order = lambda: answers.append(api.ask("POST", "/streams", **replay()).status_code)  # noqa: E731
        threads = [threading.Thread(target=order) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [201, 409, 409, 409]
        assert len([thread for thread in threading.enumerate() if thread.name == "stream replayed"]) == 1


def test_a_user_put_on_a_stream_answers_there(data: Path, source: HandFedSource) -> None:
    model = load_model(str(data / "models" / "tiny.onnx"))
    live = Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNHURRIED)
    with clinic(live, data=data) as api:
        calibration, user = api.begin(), User(source)
        with api.watching(calibration) as watcher:
            watcher.follow(user)
            api.post(f"/calibrations/{calibration}/accept")
        assert api.ask("POST", "/streams", **replay(), user="p-17").status_code == 201
        with subscribed(api.address, "replayed") as client:
            wait_for(lambda: api.ask("GET", "/streams/replayed").json()["head"]["user"] == "p-17")
            assert client.next("prediction")


@pytest.mark.parametrize(
    "options",
    [
        "serial_port=/etc/passwd",
        "serial_port=/dev/../etc/passwd",
        "serial_port=/dev/ttyUSB0&serial_port=/etc/passwd",
        "serial_port=COM3",
        "serial_port=/dev/ttyUSB0&ip_protocol=2",
        "ip_address=10.0.0.9",
        "ip_port=9999",
    ],
)
def test_brainflow_opens_no_file_and_calls_no_address_for_a_client(data: Path, options: str) -> None:
    uri = f"BrainFlow://CYTON_BOARD?{options}"
    with pytest.raises(StreamRefused, match=re.escape(uri)):
        source_for_client(uri, data)


@pytest.mark.parametrize("options", ["?serial_port=/dev/ttyUSB0&timeout=3", "?mac_address=0a:1b:2c:3d:4e:5f", ""])
def test_brainflow_opens_ports_and_bluetooth_for_a_client(data: Path, options: str) -> None:
    uri = f"brainflow://GANGLION_BOARD{options}"
    assert source_for_client(uri, data) == uri


class GatedSource(HandFedSource):
    """A device that is opened only once the gate is."""

    def __init__(self, gate: threading.Semaphore, begun: list[object]) -> None:
        super().__init__()
        self._gate, self._begun = gate, begun

    def __enter__(self) -> Any:
        self._begun.append(self)
        assert self._gate.acquire(timeout=PATIENCE_S)
        return super().__enter__()


def test_a_few_devices_are_opened_at_a_time(live: Live, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, begun, answers = threading.Semaphore(0), list[object](), list[int]()
    driver = ModuleType("gated_driver")
    driver.from_uri = lambda _: GatedSource(gate, begun)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gated_driver", driver)
    monkeypatch.setitem(DRIVERS, "gated", ("gated_driver", "from_uri"))
    order = {"source": "gated://device", "model": "tiny"}
    with clinic(live, data=data) as api:
        adding = [
            threading.Thread(
                target=lambda n=n: answers.append(api.ask("POST", "/streams", name=n, **order).status_code)
            )
            for n in map(str, range(MOST_OPENING))
        ]
        for thread in adding:
            thread.start()
        wait_for(lambda: len(begun) == MOST_OPENING)
        status, why = api.refused("POST", "/streams", **replay())
        assert (status, "try again" in why) == (409, True)
        gate.release(MOST_OPENING)
        for thread in adding:
            thread.join()
        assert answers == [201] * MOST_OPENING
        assert api.ask("POST", "/streams", **replay()).status_code == 201


def test_there_are_no_more_streams_than_most_with_those_that_are_being_opened(
    data: Path, source: HandFedSource
) -> None:
    recognizer = load_recognizer(load_model(str(data / "models" / "tiny.onnx")), DecisionSpec())
    streams = Streams(Live(f"s{number}", lambda: source, recognizer) for number in range(MOST - 1))
    with streams.opening("the last"), pytest.raises(StreamRefused, match="remove one"), streams.opening("one more"):
        pass
    with streams.opening("the last again"):
        pass
