"""A port for a service that comes later, or comes back: until then, nobody else is given it."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10_000


def free_port() -> int:
    """One that is free now, below those that the system gives to whoever asks for any, in this run or beside it."""
    first_given = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    while True:
        port = LOWEST + secrets.randbelow(max(first_given - LOWEST, 1_000))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
