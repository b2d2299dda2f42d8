"""``palmaris serve``: open the device, check that the model fits, then answer."""

import asyncio
import gc
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import which

from drivers.errors import RecordingError, SourceUnavailable
from drivers.lsl_outlet import PredictionOutlet
from models.any_model import load_any_model
from service.errors import SettingsError
from service.live import Live
from service.logs import setup
from service.lsl import forward
from service.messages import Told
from service.routes.page import invitation
from service.security.guard import Security
from service.security.redaction import redact_log
from service.security.start import require_closed
from service.security.tokens import FILE, Tokens
from service.server import Server, Tls, listen
from service.settings import Settings
from service.streams import Streams, make_live

log = logging.getLogger(__name__)


def serve(settings: Settings, since: float | None) -> None:
    """Serve until interrupted; ``since`` is when the user began to wait, in epoch seconds."""
    setup(settings.log_level, settings.log_format)
    redact_log()
    allow_open_files()
    make_data_dir(settings.data_dir)
    tokens = Tokens(settings.data_dir / FILE)
    require_closed(settings.host, tokens, settings.allowed_hosts, tls=settings.tls_cert is not None)
    streams = Streams(open_streams(settings))
    try:
        listener = listen(settings.host, settings.port)
        failed = asyncio.run(_serve(streams, settings, tokens, listener, since))
    finally:
        streams.stop()
    if failed:
        sys.exit(1)


def allow_open_files() -> None:
    """Allow this process as many open files as the machine lets it have.

    Every client is one, and a session begins with 1024 of them: fewer than the websockets that one token may hold.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "unlimited" and takes no such number: then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def make_data_dir(folder: Path) -> None:
    """Make the data directory: a service that cannot store is refused at its start. Raises ``SettingsError``."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # health data
    except OSError as error:
        raise SettingsError(
            f"data_dir {folder} cannot be made ({error.strerror}): choose another --data-dir"
        ) from error
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"data_dir {folder} cannot be written: choose another --data-dir")


def open_streams(settings: Settings) -> list[Live]:
    """The streams that the settings describe.

    A single one must be there and fit its model. Of several, as an unattended box has them, those whose device is away
    are tried again for as long as it takes.
    """
    models = {name: load_any_model(name) for name in {order.model for order in settings.orders}}
    lives = [make_live(order, models[order.model]) for order in settings.orders]
    try:
        for live in lives:
            _open(live, must_be_there=not settings.streams)
    except BaseException:
        for live in lives:
            live.stop()
        raise
    return lives


def _open(live: Live, *, must_be_there: bool) -> None:
    try:
        live.open()
    except (SourceUnavailable, RecordingError) as error:
        if must_be_there:
            raise
        log.warning("stream %s: %s; it begins as soon as its device is there", live.name, error)
        live.expect()


async def _serve(
    streams: Streams, settings: Settings, tokens: Tokens, listener: socket.socket, since: float | None
) -> bool:
    security = Security(tokens, settings.host, settings.allowed_hosts, settings.allowed_origins)
    tls = Tls(settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None
    database = settings.database_url or None
    server = Server(streams, settings.data_dir, database, security, tls, settings.trusted_proxies)
    for order in settings.orders:
        if order.user:
            server.calibrations.wear(order.name, order.user)
    first = next(iter(streams.values()))
    say = log.info if settings.log_format == "json" else _say
    beside = [asyncio.create_task(_announce(first, _address(listener, tls), since, say))]
    if settings.lsl_outlet:
        outlet = PredictionOutlet(settings.lsl_outlet)
        beside.append(asyncio.create_task(forward(first, outlet)))
    gc.collect()
    gc.freeze()  # what is loaded now stays: no collection has to look through it again
    await server.serve(sockets=[listener])
    for task in beside:
        task.cancel()
    return server.failed


def _address(listener: socket.socket, tls: Tls | None) -> str:
    host, port = listener.getsockname()[:2]
    return f"{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"


async def _announce(live: Live, at: str, since: float | None, say: Callable[[str], None]) -> None:
    """``at``: the address without its first letters, as it follows http and ws alike."""
    info = live.describe()
    say(f"{info.source} -> {info.model} -> http{at}")
    say(invitation(f"http{at}"))
    say("try next, in another terminal:")
    say(f"  {_command()} watch ws{at}/v1/streams/{live.name}/predictions")
    say(f"  curl http{at}/healthz          documents: http{at}/docs, /openapi.json, /asyncapi.json")
    with live.hub.follow() as follower:
        while not isinstance(await follower.next(), Told):
            pass
    waits = [f"{time.time() - process_start():.2f} s after palmaris serve"]
    waits += [f"{time.time() - since:.1f} s after make demo"] if since else []
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"first prediction: {', '.join(waits)}; peak memory {memory:.0f} MB. Stop with Ctrl-C.")


def _command() -> str:
    """How the user can call this program: by its name if that is on the path."""
    return "palmaris" if which("palmaris") or not sys.argv[0].endswith("palmaris") else sys.argv[0]


def process_start() -> float:
    """When this process was started, in epoch seconds; on systems that do not say, when Palmaris was imported."""
    try:
        with open("/proc/self/stat", encoding="ascii") as stat:
            ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
    except OSError:
        return _IMPORTED
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - (uptime - ticks / 100)


_IMPORTED = time.time()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
