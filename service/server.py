"""The server around the app: one place for how it listens and how it stops."""

import asyncio
import errno
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from service.app import create_app
from service.calibrations.register import Calibrations
from service.errors import CannotListen
from service.impatient_http import ImpatientHttp
from service.logs import RequestLog
from service.security.guard import Security, guarded
from service.security.tokens import FILE, Tokens
from service.streams import Streams
from service.wire import PING_S, PromptWebSocket

LOOPBACK: Final = "127.0.0.1"
#: Turns of the loop from accepting somebody to a connection that uvicorn knows, and parts from when it stops.
TURNS_TO_CONNECT: Final = 3


@dataclass(frozen=True, slots=True)
class Tls:
    """What makes https of http."""

    certificate: Path
    key: Path


class Server(uvicorn.Server):
    """A uvicorn server of these opened streams; bugs in all of them stop it, and are remembered."""

    def __init__(
        self,
        running: Streams,
        data_dir: Path,
        database_url: str | None = None,
        security: Security | None = None,
        tls: Tls | None = None,
        trusted_proxies: str = "",
    ) -> None:
        self.failed = False
        security = security or Security(Tokens(data_dir / FILE), LOOPBACK)
        self.calibrations = Calibrations(running, data_dir, database_url)
        config = uvicorn.Config(
            RequestLog(guarded(create_app(self.calibrations, running, data_dir, self._fail), security)),
            log_config=None,  # our own is in service/logs.py
            access_log=False,
            log_level="warning",
            http=ImpatientHttp,
            ws=PromptWebSocket,
            ws_per_message_deflate=False,  # frames are small: compressing them costs more than sending them
            ws_max_size=4096,  # clients have nothing to say
            server_header=False,
            proxy_headers=bool(trusted_proxies),  # by itself uvicorn believes whatever this machine says
            forwarded_allow_ips=trusted_proxies or None,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, once those who just came in are connected: else nobody would ever part from them."""
        for listener in [listener for server in self.servers for listener in server.sockets]:
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(TURNS_TO_CONNECT):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _fail(self) -> None:
        self.failed = self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises ``CannotListen``."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited; asyncio sets none here
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(f"{host}:{port} is in use: stop what listens there, or choose another --port") from error
        raise CannotListen(f"{host}:{port} is no address to listen on here: choose another --host or --port") from error
    return listener
