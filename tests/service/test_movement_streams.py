"""A model of wrist speed, live: its frames, thinned out, withdrawn in silence, and who does not read them."""

import asyncio
import json
import math
from collections.abc import Callable
from contextlib import aclosing
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from cable import Cable
from jsonschema import Draft202012Validator
from rich.console import Console
from serving import PATIENCE_S, UNHURRIED, Client, HandFedSource, serving, subscribed
from websockets.sync.client import connect

from drivers.source import SourceInfo
from models.any_model import load_any_model
from models.pipeline.sequence_recognizer import Movement
from service.asyncapi import document
from service.client import Silence, Stream, movements, predictions
from service.commands.watch import View
from service.connection import FRAME, Refused
from service.live import Live
from service.messages import Movement as MovementFrame
from service.reader import Patience
from service.streams import DecisionOrder, StreamOrder, make_live, recognizer_for
from service.text_client import answers

SAMPLES = (30 * np.random.default_rng(0).standard_normal((2000, 16))).astype(np.float32)


CALM = Patience(stall_s=60, stale_s=math.inf, lost_s=math.inf)
"""The test has no time to be on time, and what waits shall not be withdrawn."""
STEP = 40
"""Samples that a recogniser collects before it answers."""


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sequence_model.write("wrist", tmp_path_factory.mktemp("wrist"))


@pytest.fixture
def band() -> Band:
    return Band()


def stream(model: Path, band: Band, patience: Patience = CALM) -> Live:
    return Live("default", lambda: band, recognizer_for(load_any_model(str(model)), DecisionOrder()), patience)


def test_frames_say_what_the_recogniser_says_offline(model: Path, band: Band) -> None:
    offline = list(recognizer_for(load_any_model(str(model)), DecisionOrder()).feed(SAMPLES, 0))
    schema = {"$ref": "#/$defs/Movement", "$defs": document("0")["components"]["schemas"]}
    check = Draft202012Validator(json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/")))
    with serving(stream(model, band)) as address, subscribed(address) as client:
        hello = client.next("hello")
        assert (hello["answers"], hello["labels"]) == ("movement", ["flexion"])
        parts, fed = iter(np.split(SAMPLES, range(77, 2000, 133))), 0
        for seq, answer in enumerate(offline):
            assert isinstance(answer, Movement)
            while fed < min(answer.index + 1 + STEP, len(SAMPLES)):  # no faster than it is read
                band.feed(part := next(parts))
                fed += len(part)
            frame = client.next("movement")
            check.validate(frame)
            assert (frame["seq"], frame["index"]) == (seq, answer.index)
            assert frame["speeds"] == [pytest.approx(answer.speeds[0])]
    assert len(offline) == (2000 - 254) // 40 + 1
    assert len({answer.speeds for answer in offline}) > 10


def test_silence_is_told(model: Path, band: Band) -> None:
    with serving(stream(model, band, UNHURRIED)) as address, subscribed(address) as client:
        band.feed(SAMPLES[:600])
        assert client.until("stalled")[-1]["state"] == "stalled"


def test_a_rate_thins_them_out(model: Path) -> None:
    live = make_live(StreamOrder(source="sim://wristband?wrist=random", model=str(model)), load_any_model(str(model)))
    with serving(live) as address:
        url = f"ws://{address}/v1/streams/default/predictions?rate=10"
        with connect(url, compression=None) as connection:
            client = Client(connection)
            seqs = [client.next("movement")["seq"] for _ in range(6)]
    assert np.diff(seqs).mean() > 3  # of 50 a second


def test_the_terminal_shows_them(model: Path, band: Band) -> None:
    view = View()
    with serving(stream(model, band)) as address, subscribed(address) as client:
        view.take(FRAME.validate_python(client.next("hello")))
        band.feed(SAMPLES[:600])
        newest = client.next("movement")
        view.take(FRAME.validate_python(newest))
    console = Console(width=80, record=True, file=StringIO())
    console.print(view.render())
    assert f"flexion {newest['speeds'][0]:+.0f} °/s" in console.export_text()


Spoken = MovementFrame | Silence


async def until(stream: Stream[MovementFrame], wanted: Callable[[Spoken], bool]) -> Spoken:
    """The first that is wanted."""
    async with asyncio.timeout(PATIENCE_S):
        async for spoken in stream:
            if wanted(spoken):
                return spoken
    raise AssertionError("the stream is over")


def moves(spoken: Spoken) -> bool:
    return isinstance(spoken, MovementFrame)


def is_unreachable(spoken: Spoken) -> bool:
    return isinstance(spoken, Silence) and spoken.state == "unreachable"


async def test_a_client_moves_stands_still_and_moves_again(model: Path) -> None:
    live = make_live(StreamOrder(source="sim://wristband?wrist=random", model=str(model)), load_any_model(str(model)))
    with serving(live) as address:
        cable = Cable(address)
        async with cable.laid() as near, movements(f"ws://{near}/v1/streams/default/predictions") as speeds:
            assert speeds.hello.labels == ("flexion",)
            assert (await until(speeds, moves)).speeds != (0.0,)
            cable.cut()
            assert (await until(speeds, is_unreachable)).speeds == (0.0,)
            await until(speeds, moves)
            cable.pulled = True
            assert (await until(speeds, is_unreachable)).speeds == (0.0,)


async def test_a_client_of_speeds_refuses_a_model_of_something_else(live: Live) -> None:
    with serving(live) as address, pytest.raises(Refused, match="answers with gestures: read it with service.client.p"):
        async with movements(f"ws://{address}/v1/streams/default/predictions"):
            pass


async def test_clients_of_something_else_refuse_it(model: Path, band: Band) -> None:
    with serving(stream(model, band)) as address:
        url = f"ws://{address}/v1/streams/default/predictions"
        with pytest.raises(Refused, match="answers with movement: read it with service.client.movements"):
            async with predictions(url):
                pass
        async with aclosing(answers(url)) as news:
            with pytest.raises(Refused, match="answers with movement: read it with service.client.movements"):
                await anext(news)
