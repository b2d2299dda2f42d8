"""Whatever comes through the socket, the service lives on, forgets the sender, and others miss nothing.

A few hundred cases by default; ``PALMARIS_FUZZ=10000 pytest tests/service/test_websocket_fuzz.py`` takes so many.
"""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from serving import PATIENCE_S, UNDISTURBED, Client, HandFedSource, serving, subscribed, wait_for
from tiny_model import write_tiny_model

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

CASES = int(os.environ.get("PALMARIS_FUZZ", "400"))
PATH = "/v1/streams/default/predictions"
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
HOP = np.ones((25, 2), np.float32)
#: Close codes that a service may give to who breaks the rules (RFC 6455, 7.4.1), or answers with.
CODES = {1000, 1002, 1003, 1005, 1007, 1008, 1009}
#: And those that it gives back to who leaves with them (5.5.1).
RETURNED = {1001, *range(1010, 1015), *range(3000, 5000)}

#: The service runs in this process, and its pings draw from the generator that Hypothesis keeps an eye on.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

FIN, MASKED = 0x80, 0x80
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LEAVING = bytes((FIN | CLOSE,))


def frame(opcode: int, payload: bytes = b"", *, first: int = FIN, mask: bool = True, length: bytes = b"") -> bytes:
    """A client's frame; ``length`` says something else than how long the payload is."""
    size = len(payload)
    said = length or (bytes((size,)) if size < 126 else struct.pack("!BH", 126, size))
    header = bytes((first | opcode, said[0] | (MASKED if mask else 0))) + said[1:]
    return header + (bytes(4) if mask else b"") + payload  # masked with zeros, a payload stays as it is


def request(*headers: tuple[str, str], path: str = PATH, method: str = "GET", version: str = "1.1") -> bytes:
    """A handshake."""
    lines = [f"{method} {path} HTTP/{version}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def handshake(address: str, **changes: str | None) -> bytes:
    """A good handshake, but for these headers; ``None`` leaves one out."""
    headers = {
        "Host": address,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return request(*((name, value) for name, value in headers.items() if value is not None))


@dataclass
class Target:
    """A running service, a client that behaves, and what both must keep."""

    address: str
    live: Live
    source: HandFedSource
    witness: Client
    seen: int = field(default=0)

    @contextmanager
    def dialled(self) -> Iterator[socket.socket]:
        """A connection."""
        host, port = self.address.split(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield raw

    @contextmanager
    def joined(self) -> Iterator[socket.socket]:
        """A subscriber of whom only the handshake is decent."""
        with self.dialled() as raw:
            raw.sendall(handshake(self.address))
            assert read_answer(raw) == 101
            yield raw

    def serves_others(self) -> None:
        """The client that behaves receives the next prediction, and none was left out."""
        self.source.feed(HOP)
        assert self.witness.next("prediction")["seq"] == self.seen
        self.seen += 1

    def census(self) -> tuple[int, int, int]:
        """Subscribers, tasks on the event loop, open sockets."""
        loop = self.live.hub._loop
        assert loop is not None

        async def tasks() -> int:
            return len(asyncio.all_tasks())

        counted = asyncio.run_coroutine_threadsafe(tasks(), loop).result(PATIENCE_S)
        sockets = [file for file in os.scandir("/proc/self/fd") if is_socket(file)]
        return self.live.hub.subscribers, counted, len(sockets)


def is_socket(file: "os.DirEntry[str]") -> bool:
    """Whether an open file is one; the one that lists them all is closed by now."""
    with suppress(FileNotFoundError):
        return os.readlink(file.path).startswith("socket:")
    return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    model = load_model(str(write_tiny_model(tmp_path_factory.mktemp("tiny"))))
    source = HandFedSource()
    live = Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNDISTURBED)
    with serving(live, data_dir=tmp_path_factory.mktemp("data")) as address, subscribed(address) as witness:
        source.feed(np.ones((225, 2), np.float32))
        yield Target(address, live, source, witness)


@pytest.fixture
def target(running: Target, caplog: pytest.LogCaptureFixture) -> Iterator[Target]:
    """The service; afterwards it is as it was before, and nothing in its log looks like a bug."""
    running.serves_others()
    before = running.census()
    yield running
    running.serves_others()
    wait_for(lambda: running.census() == before)
    bugs = [
        line for phase in ("call", "teardown") for line in caplog.get_records(phase) if line.levelno >= logging.ERROR
    ]
    assert bugs == [], caplog.text


def read_answer(raw: socket.socket) -> int | None:
    """The status of the answer to a handshake, read to the end of its headers; ``None``: there is no answer."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        if not (byte := raw.recv(1)):
            return None
        answer += byte
    return int(answer.split()[1])


def rest(raw: socket.socket) -> bytes:
    """All that still comes until the service hangs up."""
    data = b""
    with suppress(ConnectionError):
        while piece := raw.recv(65536):
            data += piece
    return data


def close_code(data: bytes) -> int | None:
    """The code of the close frame among a server's frames, all of which are whole; ``None`` if there is none."""
    at = 0
    while at < len(data):
        opcode, size = data[at] & 0x0F, data[at + 1]
        assert data[at] & 0x70 == 0
        assert data[at + 1] < MASKED
        start = at + (4 if size == 126 else 10 if size == 127 else 2)
        size = int.from_bytes(data[at + 2 : start]) if size >= 126 else size
        if opcode == CLOSE:
            return int.from_bytes(data[start : start + 2]) if size else 1005
        at = start + size
    assert at == len(data)
    return None


HANDSHAKES = {
    "no key": ({"Sec_WebSocket_Key": None}, 400),
    "short key": ({"Sec_WebSocket_Key": "AAAA"}, 400),
    "key of other signs": ({"Sec_WebSocket_Key": "?" * 24}, 400),
    "no version": ({"Sec_WebSocket_Version": None}, 400),
    "old version": ({"Sec_WebSocket_Version": "8"}, 400),
    "no version at all": ({"Sec_WebSocket_Version": "x"}, 400),
    "other host": ({"Host": "evil.example"}, 421),
    "no host": ({"Host": None}, 400),
    "other page": ({"Origin": "https://evil.example"}, 403),
    "no upgrade": ({"Connection": "close"}, 404),
    "long header": ({"X_Long": "x" * 20_000}, 431),
    "endless header": ({"X_Long": "x" * 200_000}, 400),
    "many headers": ({f"X-{number}": "x" for number in range(200)}, 431),
}


@pytest.mark.parametrize(("changes", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_is_none_is_refused(target: Target, changes: dict[str, str | None], status: int) -> None:
    with target.dialled() as raw:
        raw.sendall(handshake(target.address, **changes))
        assert read_answer(raw) == status


FRAMES = {
    "unmasked": (frame(TEXT, b"x", mask=False), 1002),
    "reserved bit": (frame(TEXT, b"x", first=FIN | 0x40), 1002),
    "reserved opcode": (frame(3, b"x"), 1002),
    "reserved control opcode": (frame(11, b"x"), 1002),
    "continuation of nothing": (frame(CONTINUATION, b"x"), 1002),
    "text within a text": (frame(TEXT, b"x", first=0) + frame(TEXT, b"x"), 1002),
    "fragmented ping": (frame(PING, b"x", first=0), 1002),
    "ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "length beyond 63 bits": (frame(BINARY, length=b"\x7f" + b"\xff" * 8), 1009),
    "length of 63 bits": (frame(BINARY, length=b"\x7f\x7f" + b"\xff" * 7), 1009),
    "more than anybody has to say": (frame(BINARY, b"x" * 5000), 1009),
    "as much in fragments": (frame(BINARY, b"x" * 3000, first=0) + frame(CONTINUATION, b"x" * 3000), 1009),
    "no UTF-8, which nobody looks at": (frame(TEXT, b"\xff\xfe") + frame(CLOSE), 1005),
    "half a code": (frame(CLOSE, b"\x03"), 1002),
    "code that must not be sent": (frame(CLOSE, struct.pack("!H", 1006)), 1002),
    "code of nobody": (frame(CLOSE, struct.pack("!H", 999)), 1002),
    "reason that is no UTF-8": (frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), 1007),
    "leaving": (frame(CLOSE, struct.pack("!H", 1000)), 1000),
    "going away": (frame(CLOSE, struct.pack("!H", 1001)), 1001),
    "leaving with a code of its own": (frame(CLOSE, struct.pack("!H", 3072)), 3072),
    "leaving without a word": (frame(CLOSE), 1005),
}


@pytest.mark.parametrize(("sent", "code"), FRAMES.values(), ids=FRAMES)
def test_a_frame_that_is_none_ends_its_own_connection_alone(target: Target, sent: bytes, code: int) -> None:
    with target.joined() as raw:
        raw.sendall(sent)
        assert close_code(rest(raw)) == code


def test_a_thousand_pings_are_answered(target: Target) -> None:
    with target.joined() as raw:
        raw.sendall(frame(PING, b"x" * 125) * 1000 + frame(CLOSE))
        answered = rest(raw)
    assert answered.count(bytes((FIN | PONG, 125)) + b"x" * 125) == 1000


def test_who_pings_and_never_reads_is_cut_off_before_the_answers_fill_the_memory(target: Target) -> None:
    with target.joined() as raw, pytest.raises(ConnectionError):
        flood(raw)


def flood(raw: socket.socket) -> None:
    """Ask for 125 megabytes of answers."""
    for _ in range(1000):
        raw.sendall(frame(PING, b"x" * 125) * 1000)


@pytest.mark.parametrize("opening", [b"", b"GET", b"\x00" * 100, b"GET / HTTP/1.1\r\nHost"])
def test_half_a_request_is_forgotten_with_its_sender(target: Target, opening: bytes) -> None:
    with target.dialled() as raw:
        raw.sendall(opening)


@pytest.mark.parametrize("half", [b"\x81", b"\x81\xfe\x10", frame(TEXT, b"x" * 50)[:20]])
def test_half_a_frame_and_then_silence_disturbs_nobody(target: Target, half: bytes) -> None:
    with target.joined() as raw:
        raw.sendall(half)
        for _ in range(20):
            target.serves_others()


def test_a_reset_is_forgotten(target: Target) -> None:
    for _ in range(20):
        with target.joined() as raw:
            reset(raw)


def reset(raw: socket.socket) -> None:
    """Have the connection end without the usual farewell as soon as it is closed."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


HEADER_NAMES = ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin"]
OTHER_NAMES = ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding", "Cookie"]
VALUES = [
    "",
    "websocket",
    "Upgrade",
    "keep-alive, Upgrade",
    KEY,
    "13",
    "0",
    "-1",
    "null",
    "chunked",
    "x" * 9000,
    "9" * 99,
]
PATHS = [PATH, "/", "*", "//", "/..", "http://[", "/%00", "/%ff%fe", "/v1/calibrations/x/events", "/" + "x" * 20_000]
QUERIES = ["", "?", "?rate=nan", "?resume=9", "?format=msgpack", "?ticket=%ff", "?%", "?decisions=raw&decisions=x"]
words = st.text(st.characters(codec="utf-8"), max_size=20)
headers = st.lists(st.tuples(st.sampled_from(HEADER_NAMES + OTHER_NAMES), st.sampled_from(VALUES) | words), max_size=4)
paths = st.builds(str.__add__, st.sampled_from(PATHS), st.sampled_from(QUERIES) | words)
endings = st.sampled_from(["leave", "reset", "no more"])


@st.composite
def hostile_handshakes(draw: st.DrawFn) -> tuple[dict[str, str], list[tuple[str, str]], str, str, bytes]:
    """Good headers that stay, headers that come on top, path, method, and bytes of no kind."""
    good = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    kept = {name: value for name, value in good.items() if draw(st.integers(0, 9)) > 0}
    method = draw(st.sampled_from(["GET"] * 6 + ["POST", "get", "", "CONNECT"]))
    return kept, draw(headers), draw(paths), method, draw(st.just(b"") | st.binary(max_size=60))


@st.composite
def hostile_frames(draw: st.DrawFn) -> bytes:
    """A frame in which anything may be wrong."""
    opcode = draw(st.sampled_from([CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG]) | st.integers(0, 15))
    payload = draw(st.binary(max_size=130) | st.just(b"x" * 4090))
    lies = st.just(b"") | st.binary(min_size=9, max_size=9).map(lambda tail: bytes((draw(st.integers(0, 127)),)) + tail)
    first = draw(st.sampled_from([FIN, FIN, FIN, 0, 0x70]))
    return frame(opcode, payload, first=first, mask=draw(st.integers(0, 9)) > 0, length=draw(lies)[:9])


streams_of_frames = st.lists(hostile_frames() | st.binary(max_size=40), max_size=5).map(b"".join)


def finish(raw: socket.socket, ending: str) -> bytes:
    """End a connection; what came before that, where anybody still listens."""
    if ending == "no more":
        with suppress(OSError):  # the service was first
            raw.shutdown(socket.SHUT_WR)
        return rest(raw)
    if ending == "reset":
        reset(raw)
    return b""


@pytest.mark.timeout(120 + CASES // 10)
def test_no_handshake_brings_it_down(target: Target) -> None:
    @settings(max_examples=CASES // 2)
    @given(hostile_handshakes(), endings, st.booleans())
    def shake(asked: tuple[dict[str, str], list[tuple[str, str]], str, str, bytes], ending: str, at_home: bool) -> None:
        kept, more, path, method, noise = asked
        ours = [("Host", target.address)] if at_home else []
        with target.dialled() as raw, suppress(ConnectionError):
            raw.sendall(request(*ours, *kept.items(), *more, path=path, method=method) + noise)
            answer = finish(raw, ending)
            assert not answer or 101 <= int(answer.split()[1]) < 500, answer
        target.serves_others()

    shake()


@pytest.mark.timeout(120 + CASES // 10)
def test_no_bytes_bring_it_down(target: Target) -> None:
    @settings(max_examples=CASES - CASES // 2)
    @given(streams_of_frames, endings)
    @example(frame(CLOSE, struct.pack("!H", 3072)), "no more")
    def send(sent: bytes, ending: str) -> None:
        with target.joined() as raw, suppress(ConnectionError):
            raw.sendall(sent)
            code = close_code(finish(raw, ending))
            assert code is None or code in CODES or (code in RETURNED and LEAVING in sent)
        target.serves_others()

    send()
