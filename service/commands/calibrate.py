"""``palmaris calibrate``: a calibration in the terminal, as a client of the running service's public API."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pydantic import BaseModel
from rich.console import Console
from rich.live import Live as Screen

from calibration.errors import CalibrationError
from calibration.plan import Kind
from calibration.prompts import Phase
from calibration.sequence_report import AnyReport
from service.calibrations.messages import Aborted, Accepted, CalibrationInfo, Refused, ReportReady, Trouble
from service.commands.calibrate_client import OVER, Service
from service.commands.calibrate_view import Lines, Picture, any_table, spoken
from service.commands.keyboard import keyboard
from service.errors import ServiceError

SERVER: Final = "http://127.0.0.1:8765"
"""Where a service is that was told nothing else."""
COMMANDS: Final = {"d": "done", "r": "redo", "s": "skip"}
TYPING: Final[tuple[Phase, ...]] = ("prepare", "hold", "rest")
"""Phases in which somebody may be typing a sentence."""
DONE: Final = ("\r", "\n")
REALLY: Final = "Give this calibration up?   y yes   n no"


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be calibrated, and how."""

    server: str
    wish: dict[str, Any]
    """Of ``POST /v1/calibrations``."""
    consent_raw: bool = False
    yes: bool = False
    """Ask nothing: resume what was interrupted, accept the new head unless the one before is better."""

    @property
    def user(self) -> str:
        """The pseudonym."""
        return str(self.wish["user"])


class Shown(Protocol):
    """Where events are shown."""

    phase: Phase | None

    def take(self, frame: BaseModel) -> None:
        """Show what a frame tells."""
        ...

    def say(self, text: str) -> None:
        """Show a line."""
        ...

    def ask(self, question: str) -> None:
        """Show a question, until an empty one takes its place."""
        ...


def calibrate(order: Order) -> None:
    """Calibrate until the head is accepted or left, or the calibration given up.

    Raises:
        NoService: nothing answers.
        CalibrationError: the service refuses, in its own words.
        KeyboardInterrupt: Ctrl-C; the calibration is paused.
    """
    asyncio.run(_calibrate(order))


async def _calibrate(order: Order) -> None:
    inbox: asyncio.Queue[Item] = asyncio.Queue()
    async with Service(order.server) as service:
        await service.know(order.user, order.consent_raw)
        with keyboard(inbox.put_nowait) as keys:
            info = await _begin(service, order, inbox if keys else None)
            if info is None:
                return
            sitting = Sitting(service, order, info.calibration, inbox, keys)
            try:
                await sitting.run()
            except asyncio.CancelledError:  # Ctrl-C
                await sitting.leave()
                raise
    sitting.conclude()


Item = BaseModel | str | Exception
"""What happens to a client: a frame, a key, a failure."""


async def _begin(service: Service, order: Order, keys: "asyncio.Queue[Item] | None") -> CalibrationInfo | None:
    """The calibration that was interrupted, or a new one; ``None`` if the user does not want either now."""
    last = await service.last(order.user)
    if last is None:
        return await service.start(order.wish)
    trials = f"{last.kept} of {last.kept + last.skipped + last.ahead} trials are done"
    _print(f"{order.user} has a calibration that is not finished: {trials}")
    choice = "r"
    if keys is not None and not order.yes:
        choice = await _choice(keys, "r go on with it   n give it up and start anew   l leave it", "rnl")
    if choice == "n":
        await service.do(last.calibration, "abort")
        return await service.start(order.wish)
    return await service.resume(last.calibration) if choice == "r" else None


async def _choice(keys: "asyncio.Queue[Item]", question: str, allowed: str) -> str:
    _print(question)
    while (key := await keys.get()) not in tuple(allowed):
        pass
    return str(key)


class Sitting:
    """One calibration in front of one terminal."""

    def __init__(
        self, service: Service, order: Order, calibration: str, inbox: "asyncio.Queue[Item]", keys: bool
    ) -> None:
        self._service, self._order, self._id, self._inbox = service, order, calibration, inbox
        self._picture = Picture() if keys else None
        self._shown: Shown = self._picture or Lines()
        self._report: AnyReport | None = None
        self._gestures: tuple[str, ...] = ()
        self._kind: Kind = "gestures"
        self._answer: Callable[[str], Coroutine[Any, Any, None]] | None = None
        self._fits = True
        self._last = ""
        self._left = False

    async def run(self) -> None:
        """Show, obey keys, and return when it is over or left. Raises as ``calibrate`` does."""
        listening = asyncio.create_task(self._listen())
        try:
            with self._screen():
                while not self._left:
                    await self._take(await self._inbox.get())
        finally:
            listening.cancel()

    async def leave(self) -> None:
        """Pause, so that nothing is asked of somebody who left."""
        try:
            await self._service.do(self._id, "pause")
        except (ServiceError, CalibrationError) as error:
            self._last = f"{error}; "
        _print(f"{self._last}paused, nothing is lost; to go on: {self._again}")

    def conclude(self) -> None:
        """Say how it ended; what is said stays in the terminal."""
        if self._picture is not None and self._report is not None:
            Console().print(any_table(self._report))
        _print(self._last)

    @property
    def _again(self) -> str:
        where = "" if self._order.server == SERVER else f" --server {self._order.server}"
        return f"palmaris calibrate --user {self._order.user}{where}"

    def _screen(self) -> "Screen | nullcontext[None]":
        if self._picture is None:
            return nullcontext()
        return Screen(get_renderable=self._picture.render, refresh_per_second=10, screen=True)

    async def _listen(self) -> None:
        try:
            async for frame in self._service.events(self._id):
                self._inbox.put_nowait(frame)
        except (ServiceError, CalibrationError) as error:
            self._inbox.put_nowait(error)

    async def _take(self, item: Item) -> None:
        if isinstance(item, Exception):
            raise item
        if isinstance(item, str):
            await self._try(self._press(item))
        else:
            await self._hear(item)

    async def _try(self, work: Coroutine[Any, Any, None]) -> None:
        """What a key asks for may not fit the moment, or the service be away: that is said, and nothing ends."""
        try:
            await work
        except (ServiceError, CalibrationError) as error:
            self._shown.say(str(error))

    # What the service tells

    async def _hear(self, frame: BaseModel) -> None:
        self._shown.take(frame)
        match frame:
            case CalibrationInfo():
                await self._stands(frame)
            case ReportReady():
                await self._decide(frame.report)
            case Trouble():
                self._fits = False
                self._end_if_nobody_is_there(frame.message)
            case Refused() if frame.offer_skip:
                self._end_if_nobody_is_there(f"{frame.reason}: this trial was refused too often")
            case Accepted():
                self._end(f"version {frame.version} is the head of {self._order.user} now, and the stream uses it")
            case Aborted():
                self._end("the calibration was given up")

    async def _stands(self, info: CalibrationInfo) -> None:
        self._gestures, self._kind = info.plan.gestures, info.plan.kind
        if info.state in OVER:
            self._end(f"the calibration was {info.state}")
        elif info.report is not None:
            await self._decide(info.report.report)

    async def _decide(self, report: AnyReport) -> None:
        self._report, self._fits = report, True
        if self._picture is None:
            Console(width=100).print(any_table(report))
            self._shown.say(report.recommendation.text)
        if self._order.yes and report.recommendation.verdict != "keep_previous":
            await self._do("accept")
        elif self._order.yes or self._picture is None:
            self._end(f"not accepted, nothing is lost; to decide: {self._again}")
        else:
            self._ask_what_next()

    def _ask_what_next(self) -> None:
        weak = self._weak()
        more = f"m one more trial of {', '.join(map(spoken, weak))}   " if weak else ""
        self._ask(f"a accept   {more}l leave it, nothing is lost   q abort", self._choose)

    def _weak(self) -> list[str]:
        advice = self._report.recommendation if self._report else None
        return [gesture for gesture in advice.gestures if gesture in self._gestures] if advice else []

    def _end_if_nobody_is_there(self, why: str) -> None:
        """Into a pipe, no key can go on."""
        if self._picture is None:
            raise CalibrationError(f"{why}; to go on: {self._again}")

    def _end(self, last: str) -> None:
        self._last, self._left = last, True

    # What the user wants

    async def _press(self, key: str) -> None:
        if self._answer is not None:
            await self._answer(key)
        elif self._kind == "text" and self._shown.phase in TYPING:
            await self._while_typing(key)
        elif key == "q":
            self._ask(REALLY, self._abort_or_not)
        elif key == "p":
            await self._go_on() if self._shown.phase in ("paused", "finished") else await self._do("pause")
        elif key in COMMANDS:
            await self._do(COMMANDS[key])

    async def _while_typing(self, key: str) -> None:
        """The sentence may be typed on this keyboard: its letters steer nothing."""
        if key in DONE and self._shown.phase == "hold":
            await self._do("done")
        elif key == "\t":
            await self._do("pause")

    async def _go_on(self) -> None:
        """After a pause, or with another fit after one that failed."""
        await self._do("resume" if self._fits or self._shown.phase == "paused" else "fit")

    async def _choose(self, key: str) -> None:
        if key == "a":
            await self._do("accept")
        elif key == "m" and (weak := self._weak()):
            await self._do("extend", gestures=weak)
            self._ask("", None)
        elif key == "l":
            self._end(f"left as it is, nothing is lost; to decide: {self._again}")
        elif key == "q":
            self._ask(REALLY, self._abort_or_not)

    async def _abort_or_not(self, key: str) -> None:
        if key == "y":
            await self._do("abort")
        elif key == "n":
            self._ask("", None)
            if self._report is not None and self._shown.phase == "finished":
                self._ask_what_next()

    def _ask(self, question: str, answer: Callable[[str], Coroutine[Any, Any, None]] | None) -> None:
        self._shown.ask(question)
        self._answer = answer

    async def _do(self, what: str, **body: Any) -> None:
        await self._service.do(self._id, what, **body)


def _print(line: str) -> None:
    Console(soft_wrap=True, highlight=False).print(line, markup=False)
