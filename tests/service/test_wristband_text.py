"""From a wristband to text and events on the websocket: over an emulated serial port, and from a real LSL outlet."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from emulators import EmulatedBoard
from serving import UNDISTURBED, Client, serving
from text_frames import same, told
from websockets.sync.client import connect
from wristbands import OPTIONS, LslWristband, serial_wristband

from drivers.registry import open_source
from drivers.simulation.user import Recorded
from drivers.simulator import SimulatedSource
from models.any_model import load_any_model
from models.pipeline.any_recognizer import Answer, AnyRecognizer
from service.live import Live
from service.streams import DecisionOrder, recognizer_for

COUNT_UV = 0.5
PORTION = 250
"""Samples that come at once: events of a longer time would be withdrawn as too old."""
URIS = {"text": "sim://wristband?user=3&text=hello&wpm=80", "event": "sim://wristband?user=3&events=all"}


@pytest.fixture(scope="module", params=["text", "event"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the frames tell."""
    return str(request.param)


@pytest.fixture(scope="module")
def model(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(kind)
    if kind == "event":
        return tiny_sequence_model.write_lively_events(folder)
    return tiny_sequence_model.write("gru", folder)


@pytest.fixture(scope="module")
def taken(kind: str) -> Recorded:
    source = open_source(URIS[kind])
    assert isinstance(source, SimulatedSource)
    return source.record(2.5)


def recognizer(model: Path) -> AnyRecognizer:
    return recognizer_for(load_any_model(str(model)), DecisionOrder())


@contextmanager
def client_of(source: str, model: Path) -> Iterator[Client]:
    """A client of a service that reads the source with the model; it hears what was said before it came, too."""
    live = Live("default", partial(open_source, source), recognizer(model), UNDISTURBED)
    with serving(live) as address:
        url = f"ws://{address}/v1/streams/default/predictions?resume=-1"
        with connect(url, compression=None) as connection:
            yield Client(connection)


def heard(client: Client, kind: str, expected: Iterable[Answer]) -> int:
    """How many frames came, exactly those that were expected, in order."""
    answers = list(expected)
    for answer in answers:
        frame = client.next(kind)
        assert same(frame, answer), f"{frame} instead of {answer}"
    return len(answers)


def test_from_a_serial_band(kind: str, model: Path, taken: Recorded, tmp_path: Path) -> None:
    sent = (np.rint(taken.samples / COUNT_UV) * COUNT_UV).astype(np.float32)
    expected = list(recognizer(model).feed(sent[:-1], 0))  # the last frame waits for the next one
    with (
        EmulatedBoard(serial_wristband(taken.samples), tmp_path) as board,
        client_of(f"serial://{board.port}?{OPTIONS}", model) as client,
    ):
        frames = [client.next(kind)]
        while frames[-1]["seq"] < len(expected) - 1:
            frames.append(client.next(kind))
    assert len(frames) > 5
    if kind == "text":  # it goes on by itself: on a busy machine, texts are joined and events come too late to be told
        assert "".join(frame["stable"] for frame in frames) == "".join(told(answer)["stable"] for answer in expected)
    else:
        assert all(same(frame, expected[frame["seq"]]) for frame in frames)


def test_from_an_lsl_outlet(kind: str, model: Path, taken: Recorded, tmp_path: Path) -> None:
    pytest.importorskip("pylsl")
    name = f"band {tmp_path}"  # that no other run on this machine uses
    offline, count = recognizer(model), 0
    with LslWristband(name, taken) as band, client_of(f"lsl://?source_id={name}", model) as client:
        for first in range(0, len(taken.samples), PORTION):
            portion = taken.samples[first : first + PORTION]
            band.send(len(portion))
            count += heard(client, kind, offline.feed(portion, first))
    assert count > 5
