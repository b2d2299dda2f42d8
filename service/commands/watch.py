"""``palmaris watch``: live predictions, text or gesture events in the terminal."""

import asyncio
import sys
from typing import Final

from rich.console import Console, Group
from rich.live import Live as Screen
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from models.pipeline.symbols import on_screen
from service.connection import FRAME, AnyFrame, Order, texts
from service.messages import GestureEvent, HeadChanged, Hello, Movement, Prediction, Status, Told
from service.messages import Text as Typed

KEPT: Final = 2000
"""Keys that stay in sight."""


def watch(address: str, token: str | None = None) -> None:
    """Show a stream until it closes or the user leaves.

    Raises:
        SettingsError: the address is no websocket's.
        NoService: nothing answers there, it has no such stream, or the token does not allow this.
    """
    console, order = Console(), Order(address, token)
    asyncio.run(_show(order, console) if console.is_terminal else _print(order))


async def _print(order: Order) -> None:
    async for text in texts(order):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


async def _show(order: Order, console: Console) -> None:
    view = View()
    with Screen(console=console, auto_refresh=False) as screen:
        async for text in texts(order):
            view.take(FRAME.validate_json(text))
            screen.update(view.render(), refresh=True)


class View:
    """What the terminal shows of a stream: fed with frames, rendered when asked."""

    def __init__(self) -> None:
        self._hello: Hello | None = None
        self._status = ""
        self._newest: Told | None = None
        self._typed = ""
        """The last keys that are final."""

    def take(self, frame: AnyFrame) -> None:
        """Remember what a frame changes. Silence takes gesture and tail away: they are no longer true."""
        match frame:
            case Hello():
                self._hello, self._status, self._newest = frame, frame.state, None
            case Prediction() | GestureEvent() | Movement():
                self._newest = frame
            case Typed():
                self._newest, self._typed = frame, (self._typed + frame.stable)[-KEPT:]
            case HeadChanged():
                if self._hello is not None:  # a service says hello first
                    self._hello = self._hello.model_copy(update={"head": frame.head, "labels": frame.labels})
                self._newest = None
            case Status():
                self._status = f"{frame.state}: {frame.message}"
                if frame.state != "live":
                    self._newest = None

    def render(self) -> Group:
        """The whole picture."""
        return Group(self._title(), self._answer(), self._bars(), self._foot())

    def _title(self) -> Text:
        if self._hello is None:
            return Text("connecting", style="dim")
        hello = self._hello
        head = f" for {hello.head.user}, version {hello.head.version}" if hello.head.user else ""
        return Text(f"{hello.stream}: {hello.source} -> {hello.model}{head}   {self._status}", style="dim")

    def _answer(self) -> Text:
        newest = self._newest
        if self._hello is not None and self._hello.answers == "text":
            return _page(self._typed, newest.tail if isinstance(newest, Typed) else "")
        if isinstance(newest, GestureEvent):
            held = f"  (held: {', '.join(newest.pressed)})" if newest.pressed else ""
            return Text(f"\n  {newest.label.replace('_', ' ').upper()}{held}\n", style="bold green")
        if isinstance(newest, Movement) and self._hello is not None:
            speeds = zip(self._hello.labels, newest.speeds, strict=True)
            return Text(
                "\n  " + "   ".join(f"{label} {speed:+.0f} °/s" for label, speed in speeds) + "\n", style="bold green"
            )
        return _gesture(newest if isinstance(newest, Prediction) else None)

    def _bars(self) -> Table:
        table = Table.grid(padding=(0, 1))
        if self._hello and isinstance(self._newest, Prediction):
            for label, share in zip(self._hello.labels, self._newest.probabilities, strict=True):
                table.add_row(*_bar(label, share))
            if self._newest.intensity is not None:
                table.add_row()
                table.add_row(*_bar("intensity", self._newest.intensity))
        return table

    def _foot(self) -> Text:
        if self._newest is None:
            return Text("")
        late = self._newest.latency
        return Text(
            f"\n  #{self._newest.seq}  {self._newest.device_s:.2f} s   "
            f"signal {late.signal_ms:.0f} ms, wait {late.wait_ms:.2f} ms, compute {late.compute_ms:.2f} ms",
            style="dim",
        )


def _gesture(prediction: Prediction | None) -> Text:
    if prediction is None:
        return Text("\n  -\n", style="dim")
    if prediction.active is False:
        return Text("\n  RELAXED\n", style="dim")
    style = "bold green" if prediction.accepted else "yellow"
    sure = "" if prediction.accepted else "  (too uncertain)"
    return Text(f"\n  {prediction.gesture.replace('_', ' ').upper()}{sure}\n", style=style)


def _page(typed: str, tail: str) -> Text:
    """What the keys leave on a screen, and behind it, paler, those that may still change, one sign each."""
    return Text("\n  ").append(on_screen(typed), style="bold green").append(f"{tail}\n", style="dim")


def _bar(name: str, share: float) -> tuple[str, ProgressBar, str]:
    return f"  {name}", ProgressBar(total=1, completed=share, width=40), f"{share:4.0%}"
