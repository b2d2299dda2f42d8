"""What systemd hears, at a socket like its own."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.systemd import attended, notify, watchdog_s


@pytest.fixture(params=["file", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where systemd listens."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@palmaris-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield listening


def heard(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().split("\n")


async def test_ready_then_stopping(ear: socket.socket) -> None:
    async with attended(lambda: True, lambda: "default: live"):
        assert heard(ear) == ["READY=1", "STATUS=default: live"]
    assert heard(ear) == ["STOPPING=1"]


async def test_stopping_is_told_of_a_crash_too(ear: socket.socket) -> None:
    with pytest.raises(ZeroDivisionError):
        async with attended(lambda: True, lambda: ""):
            raise ZeroDivisionError
    assert [heard(ear)[0], heard(ear)[0]] == ["READY=1", "STOPPING=1"]


async def test_the_watchdog_hears_of_it_while_it_is_alive(ear: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    lives = iter([True, True, False, False])
    states = iter(["starting", "live\nand well", "live", "failed"])
    async with attended(lambda: next(lives, False), lambda: next(states, "failed")):
        words = [await asyncio.to_thread(heard, ear) for _ in range(5)]
    assert words == [
        ["READY=1", "STATUS=starting"],
        ["WATCHDOG=1", "STATUS=live and well"],
        ["WATCHDOG=1", "STATUS=live"],
        ["STATUS=failed"],
        ["STATUS=failed"],
    ]


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [
        pytest.param("10000000", str(os.getpid()), 10.0, id="ours"),
        pytest.param("10000000", "1", None, id="another's"),
        pytest.param("0", str(os.getpid()), None, id="never"),
        pytest.param("soon", str(os.getpid()), None, id="no-number"),
    ],
)
def test_the_watchdog_is_meant_for_one_process(
    usec: str, pid: str, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert watchdog_s() == expected


async def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    async with attended(lambda: True, lambda: ""):
        notify("READY=1")


def test_a_systemd_that_is_gone_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")
    assert "NOTIFY_SOCKET" in caplog.text
