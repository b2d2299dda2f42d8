"""Tells systemd how the service is, where systemd started it and wants to know; elsewhere it tells nobody.

The protocol is a few words in a datagram, so it needs no library: see sd_notify(3) and sd_watchdog_enabled(3).
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


def notify(*words: str) -> None:
    """Say some words, like ``READY=1``; a systemd that does not listen is no reason to stop."""
    if not (path := os.environ.get("NOTIFY_SOCKET")):
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)  # the event loop waits for nobody
            ear.connect(address)
            ear.send("\n".join(words).encode())
    except OSError as error:
        log.warning("systemd does not listen at NOTIFY_SOCKET (%s): it may restart the service", error)


def watchdog_s() -> float | None:
    """Seconds within which systemd wants to hear of this process; ``None`` if it does not ask."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(asked) / 1e6 if asked.isdecimal() and int(asked) > 0 and mine else None


@asynccontextmanager
async def attended(alive: Callable[[], bool], status: Callable[[], str]) -> AsyncIterator[None]:
    """Tell systemd that the service is ready, then that it is alive while it is, and at the end that it stops.

    ``alive`` is asked on the event loop, which so proves that it turns. Nothing is told after it says no: systemd then
    ends and restarts the service. ``status`` is a line for ``systemctl status``.
    """
    notify("READY=1", _status(status))
    watching = asyncio.create_task(_watch(period_s / 2, alive, status)) if (period_s := watchdog_s()) else None
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
        notify("STOPPING=1")


async def _watch(pause_s: float, alive: Callable[[], bool], status: Callable[[], str]) -> None:
    while True:
        notify(*(["WATCHDOG=1"] if alive() else []), _status(status))
        await asyncio.sleep(pause_s)


def _status(status: Callable[[], str]) -> str:
    return "STATUS=" + " ".join(status().splitlines())
