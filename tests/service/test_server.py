"""How the server listens."""

import socket

from service.server import listen


def test_small_answers_leave_at_once() -> None:
    """Else each answer on a kept connection, and each frame in a hurry, may wait 40 ms for the other side's thanks."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
