"""The Python client at a real service; between them a cable that the test can pull."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

import httpx
import numpy as np
import pytest
from cable import Cable
from serving import END, PATIENCE_S, UNHURRIED, HandFedSource, serving, wait_for
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from drivers.registry import open_source
from models.pipeline.recognizer import WindowRecognizer
from service.client import Silence, Stream, predictions
from service.connection import Refused
from service.errors import NoService
from service.live import Live
from service.messages import EVERYBODY, HeadChanged, HeadInfo, Hello, Latency, Prediction

PATH = "/v1/streams/default/predictions"
HELLO = Hello(
    stream="default",
    source="scripted",
    simulated=True,
    model="tiny",
    labels=("rest", "left"),
    rate_hz=1000,
    window=250,
    hop=25,
    head=EVERYBODY,
    state="live",
    run="a",
    next_seq=10,
)


def prediction(seq: int) -> Prediction:
    return Prediction(
        seq=seq,
        index=25 * seq,
        device_s=0.025 * seq,
        arrived_ns=0,
        gesture="left",
        confidence=0.9,
        probabilities=(0.1, 0.9),
        accepted=True,
        latency=Latency(signal_ms=125, wait_ms=0, compute_ms=1),
    )


@contextmanager
def playing(signal: np.ndarray, recognizer: WindowRecognizer, folder: Path) -> Iterator[str]:
    """The address of a service that plays two minutes of signal at their own pace."""
    path = folder / "long.npz"
    np.savez(path, samples=np.tile(signal, (30, 1)), rate_hz=1000.0)
    with serving(Live("default", partial(open_source, f"replay://{path}"), recognizer, UNHURRIED)) as address:
        yield address


@pytest.fixture
def played(signal: np.ndarray, recognizer: Callable[[], WindowRecognizer], tmp_path: Path) -> Iterator[str]:
    with playing(signal, recognizer(), tmp_path) as address:
        yield address


@asynccontextmanager
async def scripted(*frames: object, close: int = 1000) -> AsyncIterator[str]:
    """The address of a server that sends these frames to whoever comes, then closes, or waits if ``close`` is 0."""

    async def play(socket: ServerConnection) -> None:
        for frame in frames:
            await socket.send(frame if isinstance(frame, str) else frame.model_dump_json())
        await (socket.close(close, "the token was revoked") if close else socket.wait_closed())

    async with serve(play, "127.0.0.1", 0) as server:
        yield "ws://{}:{}".format(*server.sockets[0].getsockname()) + PATH


def url(address: str) -> str:
    return f"ws://{address}{PATH}"


async def until(
    stream: Stream[Prediction], wanted: Callable[[Prediction | Silence], bool]
) -> list[Prediction | Silence]:
    """All decisions up to and with the first that is wanted."""
    seen = []
    async with asyncio.timeout(PATIENCE_S):
        async for decision in stream:
            seen.append(decision)
            if wanted(decision):
                break
    return seen


def is_prediction(decision: Prediction | Silence) -> bool:
    return isinstance(decision, Prediction)


def is_silence(decision: Prediction | Silence) -> bool:
    return isinstance(decision, Silence)


def is_in(state: str) -> Callable[[Prediction | Silence], bool]:
    return lambda decision: isinstance(decision, Silence) and decision.state == state


async def test_predictions_come_typed_and_in_order(played: str) -> None:
    async with predictions(url(played)) as stream:
        assert stream.hello.labels == ("rest", "left", "right")
        seen = [d for d in await until(stream, lambda d: is_prediction(d) and d.seq > 20) if is_prediction(d)]
    assert [d.seq for d in seen] == sorted({d.seq for d in seen})
    assert all(d.seq >= stream.hello.next_seq for d in seen)
    assert {d.gesture for d in seen} <= set(stream.hello.labels)


async def test_silence_of_the_device_lets_go(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address:
        async with predictions(url(address)) as stream:
            source.feed(signal[1000:1300])
            *_, last = await until(stream, is_in("stalled"))
            assert (last.gesture, last.accepted, last.active, last.intensity) == ("rest", True, False, 0)
            assert stream.state == "stalled"
            source.feed(END)
            *_, last = await until(stream, is_in("ended"))
    assert last.message == "the recording is over"


async def test_the_safe_gesture_of_the_service_is_kept(
    source: HandFedSource, recognizer: Callable[[], WindowRecognizer], signal: np.ndarray
) -> None:
    live = Live("default", lambda: source, recognizer(), UNHURRIED, "left")
    with serving(live) as address:
        cable = Cable(address)
        async with cable.laid() as near, predictions(url(near)) as stream:
            source.feed(signal[:300])
            await until(stream, is_prediction)
            assert (await until(stream, is_in("stalled")))[-1].gesture == "left"
            cable.cut()
            assert (await until(stream, is_in("unreachable")))[-1].gesture == "left"


async def test_a_pulled_cable_is_silence(played: str) -> None:
    cable = Cable(played)
    async with cable.laid() as near, predictions(url(near)) as stream:
        await until(stream, is_prediction)
        cable.pulled = True
        assert stream._patience_s == pytest.approx(0.125)
        *_, last = await until(stream, is_silence)  # before any ping: in tests there is one a minute
        assert (last.state, last.gesture) == ("unreachable", "rest")
        cable.pulled = False
        cable.cut()  # what was in it is lost
        await until(stream, is_prediction)
        assert stream.state == "live"


async def test_after_a_break_it_goes_on_and_history_stays_apart(played: str) -> None:
    missed: list[Prediction] = []
    cable = Cable(played)
    async with cable.laid() as near, predictions(url(near), missed=missed.append) as stream:
        before = (await until(stream, lambda d: is_prediction(d) and d.seq >= 5))[-1]
        cable.cut()
        *_, after = await until(stream, lambda d: is_prediction(d) and d.seq >= before.seq + 10)
        start = stream.hello.next_seq
    assert before.seq < start <= after.seq
    assert [d.seq for d in missed] == list(range(missed[0].seq, start))
    assert missed[0].seq > before.seq


async def test_without_asking_there_is_no_history(played: str) -> None:
    cable = Cable(played)
    async with cable.laid() as near, predictions(url(near)) as stream:
        await until(stream, is_prediction)
        cable.cut()
        silence, *rest = await until(stream, lambda d: is_prediction(d) and d.seq >= stream.hello.next_seq + 5)
        while is_prediction(silence):
            silence, *rest = rest
    assert silence.state == "unreachable"
    assert all(d.seq >= stream.hello.next_seq for d in rest if is_prediction(d))


async def test_another_run_counts_anew(
    live: Live, source: HandFedSource, signal: np.ndarray, recognizer: Callable[[], WindowRecognizer], tmp_path: Path
) -> None:
    cable = Cable("")
    with playing(signal, recognizer(), tmp_path) as cable.target:
        async with cable.laid() as near, predictions(url(near)) as stream:
            await until(stream, lambda d: is_prediction(d) and d.seq >= 5)
            run = stream.hello.run
            with serving(live) as cable.target:
                cable.cut()
                await asyncio.to_thread(wait_for, lambda: live.hub.subscribers == 1)
                source.feed(signal[:250])
                second = (await until(stream, lambda d: is_prediction(d) and stream.hello.run != run))[-1]
    assert second.seq == 0


async def test_a_stream_that_is_removed_is_silence_then_an_error(played: str) -> None:
    async with predictions(url(played)) as stream:
        await until(stream, is_prediction)
        async with httpx.AsyncClient() as http:
            assert (await http.delete(f"http://{played}/v1/streams/default")).is_success
        assert (await until(stream, is_silence))[-1].state == "unreachable"
        with pytest.raises(NoService, match="no longer served"):
            await anext(stream)
        with pytest.raises(NoService, match="no longer served"):
            await anext(stream)


async def test_a_revoked_token_is_silence_then_an_error() -> None:
    async with scripted(HELLO, prediction(10), close=1008) as address, predictions(address) as stream:
        assert (await until(stream, is_silence))[-1].gesture == "rest"
        with pytest.raises(NoService, match="the token was revoked"):
            await anext(stream)


@asynccontextmanager
async def answering(*answers: HTTPStatus | None) -> AsyncIterator[str]:
    """The address of a server that answers connections so, in turn; ``None``: it greets and breaks off."""
    left = iter(answers)

    def refuse(socket: ServerConnection, _: Request) -> Response | None:
        status = next(left)
        return None if status is None else socket.respond(status, "not now")

    async def greet(socket: ServerConnection) -> None:
        await socket.send(HELLO.model_dump_json())
        await socket.close(1011)

    async with serve(greet, "127.0.0.1", 0, process_request=refuse) as server:
        yield "ws://{}:{}".format(*server.sockets[0].getsockname()) + PATH


async def test_a_busy_service_is_asked_again_until_it_refuses() -> None:
    busy = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
    async with answering(None, *busy, None, HTTPStatus.UNAUTHORIZED) as address, predictions(address) as stream:
        with pytest.raises(NoService, match="401 not now"):
            await until(stream, is_prediction)


async def test_a_slow_loop_gets_the_newest_only(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address:
        async with predictions(url(address)) as stream:
            source.feed(*np.split(signal, 160))
            await asyncio.to_thread(wait_for, lambda: live.counters.predictions == 151)
            seen = await until(stream, is_silence)
    assert len(seen) < 20


async def test_what_grew_old_behind_a_busy_loop_is_not_given_out(played: str) -> None:
    def made(count: int) -> None:
        wait_for(lambda: httpx.get(f"http://{played}/v1/streams").json()[0]["counters"]["predictions"] > count)

    async with predictions(url(played)) as stream:
        start = (await until(stream, is_prediction))[-1].seq
        await asyncio.to_thread(made, start + 5)  # by now one waits to be read
        made(start + 30)
        newest = (await until(stream, is_prediction))[-1]
    assert newest.seq > start + 20


async def test_a_new_head_brings_its_labels() -> None:
    head = HeadChanged(head=HeadInfo(user="p-17", version=2), labels=("rest", "fist"))
    async with scripted(HELLO, head, prediction(10), close=0) as address, predictions(address) as stream:
        await until(stream, is_prediction)
        assert stream.hello.labels == ("rest", "fist")
        assert stream.hello.head.user == "p-17"


async def test_another_model_is_a_silence_until_its_first_window_is_full() -> None:
    other = HELLO.model_copy(update={"model": "other", "labels": ("rest", "fist"), "next_seq": 11})
    frames = (HELLO, prediction(10), other, prediction(11))
    async with scripted(*frames, close=0) as address, predictions(address) as stream:
        seen = await until(stream, lambda d: is_prediction(d) and d.seq == 11)
        assert stream.hello.labels == ("rest", "fist")
    silences = [d for d in seen if not is_prediction(d)]
    assert all("other" in silence.message for silence in silences)


async def test_a_model_of_something_else_is_a_silence_then_an_error() -> None:
    other = HELLO.model_copy(update={"answers": "movement", "labels": ("flexion",)})
    async with scripted(HELLO, prediction(10), other, close=0) as address, predictions(address) as stream:
        with pytest.raises(Refused, match="answers with movement: read it with service.client.movements"):
            await until(stream, lambda _: False)
        assert stream.state == "unreachable"


async def test_rate_and_kind_of_decisions_are_the_services_affair(played: str) -> None:
    async with predictions(url(played), decisions="raw", rate=10) as stream:
        seen = [d.seq for d in await until(stream, lambda d: is_prediction(d) and d.seq > 30) if is_prediction(d)]
    assert len(seen) <= 12


def test_a_controller_needs_neither_torch_nor_onnx() -> None:
    check = (
        "import service.client, sys; sys.exit(bool({'torch', 'onnxruntime', 'numpy', 'fastapi'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
