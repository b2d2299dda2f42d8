"""The page docs/clients.md: its programs run at a real service that goes silent, leaves, or hangs."""

import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from serving import PATIENCE_S, HandFedSource, serving, wait_for
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from service.live import Live
from service.routes.predictions import Subscription

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
PYTHON, MSGPACK = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(JAVASCRIPT,) = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
(CPP,) = re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)
(SKETCH,) = re.findall(r"```ino\n(.*?)```", PAGE, re.DOTALL)


def python(program: str, folder: Path) -> list[str]:
    (folder / "controller.py").write_text(program)
    return [sys.executable, "-u", str(folder / "controller.py")]


def javascript(program: str, folder: Path) -> list[str]:
    if (node := shutil.which("node")) is None:
        pytest.skip("no node on this machine")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    version = int(shown.removeprefix("v").split(".")[0])
    if version < 20:
        pytest.skip(f"node {version} has no WebSocket: 20 has, with a flag, and 22 without")
    (folder / "controller.js").write_text(program)
    return [node, *(["--experimental-websocket"] if version < 22 else []), str(folder / "controller.js")]


def cpp(program: str, folder: Path) -> list[str]:
    if (compiler := shutil.which("g++")) is None:
        pytest.skip("no g++ on this machine")
    (folder / "hand.cpp").write_text(program)
    strict = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-o")
    subprocess.run([compiler, *strict, folder / "hand", folder / "hand.cpp"], check=True)
    return [str(folder / "hand")]


Build = Callable[[str, Path], list[str]]
PROGRAMS: dict[Build, str] = {python: PYTHON, javascript: JAVASCRIPT, cpp: CPP}


class Controller:
    """A running program of the page, and what it printed so far."""

    def __init__(self, output: Iterable[str]) -> None:
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, args=(output,))
        self._reader.start()

    def ended(self) -> None:
        """Wait until the program's last words are read: only then may its output be closed."""
        self._reader.join(PATIENCE_S)

    def _read(self, output: Iterable[str]) -> None:
        for line in output:
            self.lines.append(line.strip())

    def says(self, pattern: str, after: int = 0) -> int:
        """Wait for such a line; how many there are up to it."""
        wait_for(lambda: any(re.fullmatch(pattern, line) for line in self.lines[after:]))
        return next(n for n, line in enumerate(self.lines, 1) if n > after and re.fullmatch(pattern, line))


@contextmanager
def running(program: str, build: Build, folder: Path, address: str) -> Iterator[Controller]:
    command = build(program.replace("8765", address.split(":")[1]), folder)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        controller = Controller(process.stdout)
        try:
            yield controller
        finally:
            process.kill()
            controller.ended()


@pytest.mark.parametrize("build", PROGRAMS)
def test_a_controller_acts_stops_and_goes_on(
    build: Build, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    running_service = ExitStack()
    address = running_service.enter_context(serving(live))
    with running_service, running(PROGRAMS[build], build, tmp_path, address) as controller:
        wait_for(lambda: live.hub.subscribers == 1)
        source.feed(signal[1000:1300])
        silent = controller.says("stop.*", after=controller.says("left.*"))
        source.feed(signal[1300:1600])
        again = controller.says("left.*", after=silent)
        silent = controller.says("stop.*", after=again)
        source.feed(signal[1600:1900])
        again = controller.says("left.*", after=silent)
        running_service.close()
        controller.says("stop.*", after=again)


@pytest.fixture
def captured(live: Live, source: HandFedSource, signal: np.ndarray) -> list[str]:
    """What a service sends, from hello to the second prediction."""
    with serving(live) as address, connect(f"ws://{address}/v1/streams/default/predictions") as connection:
        source.feed(signal[1000:1275])
        frames = [str(connection.recv(PATIENCE_S))]
        while sum('"type":"prediction"' in frame for frame in frames) < 2:
            frames.append(str(connection.recv(PATIENCE_S)))
    return frames


@pytest.mark.parametrize("build", PROGRAMS)
def test_a_controller_stops_when_nothing_at_all_is_heard(build: Build, captured: list[str], tmp_path: Path) -> None:
    def hang(connection: ServerConnection) -> None:
        for frame in captured:
            connection.send(frame)
        connection.recv()  # nothing comes: it waits until the client leaves

    with serve(hang, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever).start()
        with running(PROGRAMS[build], build, tmp_path, "{}:{}".format(*server.socket.getsockname())) as controller:
            controller.says("stop.*", after=controller.says("left.*"))


def test_a_long_frame_and_a_ping_do_not_confuse_the_plain_sockets(tmp_path: Path) -> None:
    answered = threading.Event()

    def ping(connection: ServerConnection) -> None:
        connection.send('{"type":"hello","padding":"%s"}' % (1000 * "-"))
        if connection.ping("are you there?").wait(PATIENCE_S):
            answered.set()
        connection.send('{"type":"prediction","gesture":"fist","accepted":true,"active":null}')
        connection.recv()

    with serve(ping, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever).start()
        with running(CPP, cpp, tmp_path, "{}:{}".format(*server.socket.getsockname())) as controller:
            controller.says("fist")
    assert answered.is_set()


@pytest.mark.parametrize("build", PROGRAMS)
def test_relaxed_is_stop_and_uncertain_is_nothing(build: Build, captured: list[str], tmp_path: Path) -> None:
    hello, *_, text = captured
    hello = re.sub('"state":"[a-z]+"', '"state":"live"', hello)
    uncertain = text.replace('"accepted":true', '"accepted":false').replace("left", "right")
    relaxed = uncertain.replace('"active":null', '"active":false')

    sent: queue.SimpleQueue[str] = queue.SimpleQueue()

    def play(connection: ServerConnection) -> None:
        while frame := sent.get(timeout=PATIENCE_S):
            connection.send(frame)

    with serve(play, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever).start()
        with running(PROGRAMS[build], build, tmp_path, "{}:{}".format(*server.socket.getsockname())) as controller:
            for frame in (hello, uncertain, relaxed):
                sent.put(frame)
            stopped = controller.says("stop(: relaxed)?")
            sent.put(text)
            controller.says("left.*", after=stopped)
            sent.put("")
    assert not any(line.startswith("right") for line in controller.lines)


def test_the_sketch_names_what_it_includes() -> None:
    for name in ("WebSockets", "ArduinoJson"):
        assert f"**{name}**" in PAGE
    includes = set(re.findall(r"#include <(\w+)\.h>", SKETCH))
    assert includes == {"ArduinoJson", "Ticker", "WebSocketsClient", "WiFi"}
    assert "was not compiled" in PAGE


def test_messagepack_says_the_same(live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path) -> None:
    with serving(live) as address, running(MSGPACK, python, tmp_path, address) as controller:
        controller.says("hello None")
        source.feed(signal[1000:1300])
        controller.says("prediction left")


def test_what_the_address_may_ask_exists() -> None:
    shown = set(re.findall(r"^    [?&](\w+)=", PAGE, re.MULTILINE))
    assert shown == {*Subscription.model_fields, "ticket"}
