"""LSL streams on the loopback, spoken by liblsl itself; tests/conftest.py keeps liblsl off every other network."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

SENDER = Path(__file__).with_name("sender.py")
_numbers = count()


@pytest.fixture
def stream_name() -> str:
    """A name that no other test and no earlier run uses."""
    return f"test {os.getpid()} {next(_numbers)}"


@pytest.fixture
def start_sender() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a process that sends the sample number at 500 Hz until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, source_id: str) -> subprocess.Popen[str]:
        sender = subprocess.Popen([sys.executable, SENDER, name, source_id], stdout=subprocess.PIPE, text=True)
        started.append(sender)
        assert sender.stdout is not None
        assert sender.stdout.readline() == "sending\n"
        return sender

    yield start
    for sender in started:
        sender.kill()
        sender.communicate()


@pytest.fixture
def read_until() -> Callable[..., list[Any]]:
    """Read chunks until ``enough`` says so of them, or fail after a minute."""

    def read(source: Any, enough: Callable[[list[Any]], bool]) -> list[Any]:
        chunks: list[Any] = []
        end = time.monotonic() + 60
        while not enough(chunks):
            assert time.monotonic() < end, f"still waiting after {len(chunks)} chunks"
            if (chunk := source.read(0.1)) is not None:
                chunks.append(chunk)
        return chunks

    return read
