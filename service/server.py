"""The server around the app: one place for how it listens and how it stops."""

import socket
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from service.app import create_app
from service.errors import CannotListen
from service.live import Live


class Server(uvicorn.Server):
    """A uvicorn server of these opened streams; a bug in one of them stops it, and is remembered."""

    def __init__(self, running: Mapping[str, Live], data_dir: Path) -> None:
        self.failed = False
        config = uvicorn.Config(
            create_app(running, data_dir, on_failure=self._fail),
            log_level="warning",
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # frames are small: compressing them costs more than sending them
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)

    def _fail(self) -> None:
        self.failed = self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises ``CannotListen``."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {host}:{port} ({error.strerror}): stop what listens there, or choose another --port"
        ) from error
