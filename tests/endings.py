"""How websockets end, and a client that never reads."""

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from serving import PATIENCE_S, Client
from websockets.exceptions import ConnectionClosed


@contextmanager
def frozen(address: str, path: str = "/v1/streams/default/predictions") -> Iterator[socket.socket]:
    """Its connection, after the handshake; it neither reads frames nor answers pings."""
    host, port = address.split(":")
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(PATIENCE_S)
        raw.connect((host, int(port)))
        key = base64.b64encode(bytes(16)).decode()
        raw.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert raw.recv(12) == b"HTTP/1.1 101"
        yield raw


def code_at_the_end(client: Client) -> int | None:
    """The close code with which the service ends a subscription."""
    try:
        while True:
            client.next()
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code
