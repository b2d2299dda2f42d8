"""The public API of a running service, as `palmaris calibrate` uses it."""

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from calibration.errors import CalibrationError
from service.calibrations.messages import CalibrationFrame, CalibrationInfo
from service.commands.calibrate_view import Away
from service.errors import NoService, SettingsError

FRAME: Final[TypeAdapter[BaseModel]] = TypeAdapter(CalibrationFrame)
ANSWER_S: Final = 30.0
"""How long the service may take to answer."""
AWAY_S: Final = 120.0
"""How long a service that was restarted is waited for."""
RETRY_S: Final = 0.3
OVER: Final = ("accepted", "aborted")


class Service:
    """A running service.

    Raises, from every call: ``NoService`` if nothing answers, ``CalibrationError`` with the service's own words.
    """

    def __init__(self, address: str) -> None:
        """``address``: http://host:port. Raises ``SettingsError`` if it is none."""
        url = httpx.URL(address)
        if url.scheme not in ("http", "https") or not url.host:
            raise SettingsError(f"--server {address} is no address: write http://HOST:PORT")
        self.address = address.rstrip("/")
        self._http = httpx.AsyncClient(base_url=f"{self.address}/v1", timeout=ANSWER_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def know(self, user: str, consent_raw: bool) -> None:
        """Create the user if there is none of that name."""
        if (await self._send("GET", f"/users/{quote(user, safe='')}")).status_code == HTTPStatus.NOT_FOUND:
            _content(await self._send("POST", "/users", {"user": user, "consent_raw": consent_raw}))

    async def last(self, user: str) -> CalibrationInfo | None:
        """The user's last calibration, if it is not over."""
        found = _content(await self._send("GET", f"/users/{quote(user, safe='')}/calibrations"))
        last = CalibrationInfo.model_validate(found[-1]) if found else None
        return None if last is None or last.state in OVER else last

    async def start(self, order: dict[str, Any]) -> CalibrationInfo:
        """A new calibration."""
        return CalibrationInfo.model_validate(_content(await self._send("POST", "/calibrations", order)))

    async def get(self, calibration: str) -> CalibrationInfo:
        """How it stands."""
        return CalibrationInfo.model_validate(_content(await self._send("GET", f"/calibrations/{calibration}")))

    async def do(self, calibration: str, what: str, **body: Any) -> CalibrationInfo:
        """A command, such as ``pause``."""
        answer = await self._send("POST", f"/calibrations/{calibration}/{what}", body or None)
        return CalibrationInfo.model_validate(_content(answer))

    async def resume(self, calibration: str) -> CalibrationInfo:
        """Go on with it, also where the service was restarted, before or after the fit."""
        was_attached = (await self.get(calibration)).attached
        info = await self.do(calibration, "resume")
        if not was_attached and not info.ahead and info.report is None:
            return await self.do(calibration, "fit")
        return info

    async def events(self, calibration: str) -> AsyncIterator[BaseModel]:
        """How it stands, then what happens, until it is over; if the service is restarted, it is resumed."""
        while True:
            try:
                async with connect(self._events_uri(calibration), compression=None) as socket:
                    async for text in socket:
                        yield FRAME.validate_json(text)
            except (OSError, ConnectionClosed, InvalidMessage, InvalidStatus):
                pass  # whether it is gone, or only we were too slow, the next question tells
            yield Away()
            info = await self._come_back(calibration)
            if info.state in OVER:
                yield info
                return

    async def _come_back(self, calibration: str) -> CalibrationInfo:
        end = time.monotonic() + AWAY_S
        while True:
            try:
                info = await self.get(calibration)
                return info if info.attached or info.state in OVER else await self.resume(calibration)
            except NoService:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(RETRY_S)

    def _events_uri(self, calibration: str) -> str:
        return f"ws{self.address.removeprefix('http')}/v1/calibrations/{calibration}/events"

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            return await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise NoService(f"no Palmaris answers at {self.address}: start it with `palmaris serve`") from error


def _content(answer: httpx.Response) -> Any:
    try:
        content = answer.json()
    except ValueError as error:
        raise NoService(f"what answers at {answer.url} is no Palmaris: check --server") from error
    if answer.is_success:
        return content
    raise CalibrationError(content.get("detail", answer.reason_phrase))
