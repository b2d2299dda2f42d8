"""The server around the app: one place for how it listens and how it stops."""

import errno
import socket
from pathlib import Path

import uvicorn

from service.app import create_app
from service.calibrations import Calibrations
from service.errors import CannotListen
from service.streams import Streams
from service.wire import PromptWebSocket

class Server(uvicorn.Server):
    """A uvicorn server of these opened streams; bugs in all of them stop it, and are remembered."""

    def __init__(self, running: Streams, data_dir: Path, database_url: str | None = None) -> None:
        self.failed = False
        self.calibrations = Calibrations(running, data_dir, database_url)
        config = uvicorn.Config(
            create_app(self.calibrations, running, data_dir, self._fail),
            log_level="warning",
            ws=PromptWebSocket,
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
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(f"{host}:{port} is in use: stop what listens there, or choose another --port") from error
        raise CannotListen(f"{host}:{port} is no address to listen on here: choose another --host or --port") from error
