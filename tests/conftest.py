"""Fixtures that every room's tests share."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from band import Band, Typist
from clinic import User
from hypothesis import settings
from serving import PATIENCE_S, UNHURRIED, HandFedSource
from tiny_model import write_tiny_model

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from service.__main__ import main
from service.live import Live

# liblsl reads its configuration at its first use in a process; child processes inherit it. LSL stays on the loopback.
os.environ["LSLAPICFG"] = str(Path(__file__).parent / "lsl" / "lsl_api.cfg")

# Jobs that run in the background ignore Ctrl-C, and so would every service that the tests start and stop.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure; and CI tries the same cases every time, so that it fails for what was changed.
settings.register_profile("palmaris", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("palmaris")

# Who asks a service waits as long as every test does; by themselves, requests wait for 5 seconds.
for wait in ("connect", "read", "write", "pool"):
    setattr(httpx.get.__kwdefaults__["timeout"], wait, PATIENCE_S)

SHARED_DATA = Path(os.environ.get("PALMARIS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))

HURRIED = (
    "service.calibrations.calibrator.SILENCE_S",
    "service.connection.ANSWER_S",
    "service.connection.PING_S",
    "service.server.PING_S",
)
"""Within so many seconds, a service and its clients want to hear of each other."""

DECISION = DecisionSpec(smoothing=3, reject_below=0.6)


@pytest.fixture
def palmaris(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process: (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)  # no stray palmaris.toml

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["palmaris", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return (left.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A folder or file of the real recordings; the test is skipped, saying why, where the set is not there."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the real recordings are not here ({name}); set PALMARIS_SHARED_DATA to their folder")
        return path

    return find


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .onnx file of a small real model: 2 channels at 1000 Hz, 250 ms windows every 25 ms."""
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def signal() -> np.ndarray:
    """Four seconds of two channels at 1000 Hz in microvolts: quiet, loud left, quiet, loud right; with an offset."""
    rng = np.random.default_rng(1)
    loud = np.repeat([[3.0, 3.0], [90.0, 5.0], [3.0, 3.0], [5.0, 90.0]], 1000, axis=0)
    return (rng.standard_normal((4000, 2)) * loud + [300.0, -2000.0]).astype(np.float32)


@pytest.fixture
def source() -> HandFedSource:
    """A source that the test feeds."""
    return HandFedSource()


@pytest.fixture
def recognizer(tiny_model: Path) -> Callable[[], WindowRecognizer]:
    """Makes recognisers of the tiny model."""
    return lambda: WindowRecognizer(load_model(str(tiny_model)), DECISION)


@pytest.fixture
def live(source: HandFedSource, recognizer: Callable[[], WindowRecognizer]) -> Live:
    """A stream of the hand-fed source."""
    return Live("default", lambda: source, recognizer(), UNHURRIED)


@pytest.fixture
def band() -> Band:
    """Sixteen channels at 2 kHz, fed by hand."""
    return Band()


@pytest.fixture
def typist(band: Band) -> Typist:
    """Who wears it."""
    return Typist(band)


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """A busy machine is taken for no silent device and no broken connection; tests of those say how long they last."""
    with pytest.MonkeyPatch.context() as patch:
        for patience in HURRIED:
            patch.setattr(patience, PATIENCE_S)
        yield


@pytest.fixture
def user(source: HandFedSource) -> User:
    """Whose muscles the source measures."""
    return User(source)
