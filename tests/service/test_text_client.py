"""The Python client of text and events at a real service; between them a cable that the test can pull."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from cable import Cable
from serving import END, PATIENCE_S, HandFedSource, serving, wait_for

from drivers.source import SourceInfo
from models.any_model import load_any_model
from models.pipeline.sequence_recognizer import TypedText
from service.client import Silence, predictions
from service.connection import Refused
from service.errors import NoService
from service.live import Live
from service.messages import GestureEvent, Text
from service.reader import Patience
from service.streams import DecisionOrder, recognizer_for
from service.text_client import News, answers

SAMPLES = (30 * np.random.default_rng(0).standard_normal((3000, 16))).astype(np.float32)
CALM = Patience(stall_s=60, stale_s=math.inf, lost_s=math.inf)
"""The test has no time to be on time."""
NOWHERE = "127.0.0.1:1"
PATH = "/v1/streams/default/predictions"


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


@pytest.fixture
def band() -> Band:
    return Band()


@pytest.fixture(scope="module")
def gru(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of text."""
    return tiny_sequence_model.write("gru", tmp_path_factory.mktemp("gru"))


@pytest.fixture
def text_live(band: Band, gru: Path) -> Live:
    return stream_of(gru, band)


async def until_silent(stream: AsyncIterator[News], state: str = "ended") -> list[News]:
    """All news up to and with the silence of that state."""
    heard: list[News] = []
    async with asyncio.timeout(PATIENCE_S):
        async for news in stream:
            heard.append(news)
            if isinstance(news, Silence) and news.state == state:
                break
    return heard


def stable(heard: list[News]) -> str:
    return "".join(news.stable for news in heard if isinstance(news, Text))


def offline(model: Path, samples: np.ndarray) -> list[TypedText]:
    answers = recognizer_for(load_any_model(str(model)), DecisionOrder()).feed(samples, 0)
    return [answer for answer in answers if isinstance(answer, TypedText)]


def stream_of(model: Path, band: Band) -> Live:
    return Live("default", lambda: band, recognizer_for(load_any_model(str(model)), DecisionOrder()), CALM)


async def fed(live: Live, band: Band, samples: np.ndarray) -> None:
    """Feed them, and wait until the service has them."""
    before = live.counters.samples
    band.feed(*np.split(samples, range(100, len(samples), 100)))
    await asyncio.to_thread(wait_for, lambda: live.counters.samples == before + len(samples))


async def until_here(live: Live, stream: AsyncIterator[News]) -> "asyncio.Task[News]":
    """The client is connected, and waits for its first news."""
    first = asyncio.ensure_future(anext(stream))
    await asyncio.to_thread(wait_for, lambda: bool(live.hub.subscribers))
    return first


async def test_after_a_break_no_symbol_is_missing_or_comes_twice(gru: Path, band: Band) -> None:
    live = stream_of(gru, band)
    with serving(live) as address:
        cable = Cable(address)
        async with cable.laid() as near, aclosing(answers(f"ws://{near}{PATH}")) as stream:
            first = await until_here(live, stream)
            await fed(live, band, SAMPLES[:1000])
            heard = [await first]
            cable.target = NOWHERE
            cable.cut()
            heard += await until_silent(stream, "unreachable")
            await fed(live, band, SAMPLES[1000:])
            cable.target = address
            band.feed(END)
            heard += await until_silent(stream)
    texts = offline(gru, SAMPLES)
    assert stable(heard) == "".join(text.stable for text in texts)
    assert [news.seq for news in heard if isinstance(news, Text)] == list(range(len(texts)))


@pytest.mark.parametrize("before", [500, 3000])  # samples: fewer and more than what comes after it
async def test_a_service_that_comes_back_tells_what_it_remembers(gru: Path, before: int) -> None:
    bands, cable = (Band(), Band()), Cable(NOWHERE)
    gone, back = (stream_of(gru, band) for band in bands)
    async with cable.laid() as near, aclosing(answers(f"ws://{near}{PATH}")) as stream:
        with serving(gone) as cable.target:
            first = await until_here(gone, stream)
            await fed(gone, bands[0], SAMPLES[:before])
            await first
        cable.target = NOWHERE
        await until_silent(stream, "unreachable")
        with serving(back) as address:
            await fed(back, bands[1], SAMPLES[:2000])
            cable.target = address
            bands[1].feed(END)
            heard = await until_silent(stream)
    assert stable(heard) == "".join(text.stable for text in offline(gru, SAMPLES[:2000]))


async def test_a_pulled_cable_is_silence(gru: Path, band: Band, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.connection.PING_S", 0.3)
    live = stream_of(gru, band)
    with serving(live) as address:
        cable = Cable(address)
        async with cable.laid() as near, aclosing(answers(f"ws://{near}{PATH}")) as stream:
            first = await until_here(live, stream)
            await fed(live, band, SAMPLES)
            await first
            cable.pulled = True
            await until_silent(stream, "unreachable")
            band.feed(END)
            cable.pulled = False
            cable.cut()  # what was in it is lost
            await until_silent(stream)


async def test_events_of_a_break_are_over(tmp_path: Path, band: Band) -> None:
    live = stream_of(tiny_sequence_model.write_lively_events(tmp_path), band)
    with serving(live) as address:
        cable = Cable(address)
        async with cable.laid() as near, aclosing(answers(f"ws://{near}{PATH}")) as stream:
            first = await until_here(live, stream)
            await fed(live, band, SAMPLES)
            await first
            cable.target = NOWHERE
            cable.cut()
            await until_silent(stream, "unreachable")
            await fed(live, band, SAMPLES)
            missed = live.counters.predictions
            cable.target = address
            next_one = await until_here(live, stream)
            band.feed(*np.split(SAMPLES, 30))
            news = await next_one
    assert missed > 3
    assert isinstance(news, GestureEvent)
    assert news.seq >= missed


async def test_who_joins_a_stream_that_is_over_is_told(gru: Path, band: Band) -> None:
    live = stream_of(gru, band)
    with serving(live) as address:
        await fed(live, band, SAMPLES)
        band.feed(END)
        await asyncio.to_thread(wait_for, lambda: live.describe().state == "ended")
        async with aclosing(answers(f"ws://{address}{PATH}")) as stream:
            assert len(await until_silent(stream)) == 1


async def test_another_model_lets_go(gru: Path, band: Band, tmp_path: Path) -> None:
    live = stream_of(gru, band)
    events = load_any_model(str(tiny_sequence_model.write_lively_events(tmp_path)))
    with serving(live) as address:
        async with aclosing(answers(f"ws://{address}{PATH}")) as stream:
            first = await until_here(live, stream)
            live.use(recognizer_for(events, DecisionOrder()))
            band.feed(SAMPLES[:500])
            news = await first
            assert isinstance(news, Silence)
            assert "model events answers from now on" in news.message
            band.feed(*np.split(SAMPLES[500:], 50))
            assert isinstance(await anext(stream), GestureEvent)


async def test_a_stream_that_is_removed_is_silence_then_an_error(gru: Path, band: Band) -> None:
    live = stream_of(gru, band)
    with serving(live) as address:
        async with aclosing(answers(f"ws://{address}{PATH}")) as stream:
            first = await until_here(live, stream)
            async with httpx.AsyncClient() as http:
                assert (await http.delete(f"http://{address}/v1/streams/default")).is_success
            assert isinstance(await first, Silence)
            with pytest.raises(NoService, match="no longer served"):
                await anext(stream)


def test_text_comes_whole_and_then_silence(text_live: Live, band: Band) -> None:
    with serving(text_live) as address:

        async def listen() -> list[News]:
            stream = answers(f"ws://{address}{PATH}")
            first = asyncio.create_task(anext(stream))
            while not text_live.hub.subscribers:
                await asyncio.sleep(0.001)
            band.feed(SAMPLES, END)
            return [await first, *(await until_silent(stream))]

        heard = asyncio.run(listen())
    texts = [news for news in heard if isinstance(news, Text)]
    assert sum(len(text.stable) for text in texts) == texts[-1].settled > 10


def test_each_client_refuses_what_it_cannot_read(text_live: Live, live: Live) -> None:
    async def of_gestures(address: str) -> None:
        async with predictions(f"ws://{address}{PATH}"):
            pass

    async def of_text(address: str) -> None:
        await anext(answers(f"ws://{address}{PATH}"))

    with serving(text_live) as address, pytest.raises(Refused, match="answers with text: read it with"):
        asyncio.run(of_gestures(address))
    with serving(live) as address, pytest.raises(Refused, match="answers with gestures: read it with"):
        asyncio.run(of_text(address))
