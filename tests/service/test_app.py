"""What stands ready before the first client comes."""

import sys
from pathlib import Path
from types import FrameType

import httpx
from fastapi import FastAPI

from service.app import create_app
from service.calibrations.register import Calibrations
from service.streams import Streams


async def test_the_first_request_works_no_routes_out(tmp_path: Path) -> None:
    """It would hold the event loop, and with it every prediction, for a tenth of a second."""
    running = Streams()
    desk = Calibrations(running, tmp_path)
    app = create_app(desk, running, tmp_path, lambda: None)
    first, second = [await effort(app) for _ in range(2)]
    desk.close()
    assert first < 3 * second


async def effort(app: FastAPI) -> int:
    """How many functions of Python a request calls, which no other load on the machine changes."""
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        before = sys.getprofile()
        sys.setprofile(count)
        try:
            await client.get("/nowhere")
        finally:
            sys.setprofile(before)
    return calls
