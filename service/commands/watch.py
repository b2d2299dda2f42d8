"""``palmaris watch``: live predictions in the terminal."""

import asyncio
import sys

from rich.console import Console, Group
from rich.live import Live as Screen
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from service.connection import FRAME, AnyFrame, Order, texts
from service.messages import HeadChanged, Hello, Prediction, Status


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
        self._prediction: Prediction | None = None

    def take(self, frame: AnyFrame) -> None:
        """Remember what a frame changes. Silence takes the gesture away: it is no longer true."""
        match frame:
            case Hello():
                self._hello, self._status = frame, frame.state
            case Prediction():
                self._prediction = frame
            case HeadChanged():
                if self._hello is not None:  # a service says hello first
                    self._hello = self._hello.model_copy(update={"head": frame.head, "labels": frame.labels})
                self._prediction = None
            case Status():
                self._status = f"{frame.state}: {frame.message}"
                if frame.state != "live":
                    self._prediction = None

    def render(self) -> Group:
        """The whole picture."""
        return Group(self._title(), self._gesture(), self._bars(), self._foot())

    def _title(self) -> Text:
        if self._hello is None:
            return Text("connecting", style="dim")
        hello = self._hello
        head = f" for {hello.head.user}, version {hello.head.version}" if hello.head.user else ""
        return Text(f"{hello.stream}: {hello.source} -> {hello.model}{head}   {self._status}", style="dim")

    def _gesture(self) -> Text:
        if self._prediction is None:
            return Text("\n  -\n", style="dim")
        if self._prediction.active is False:
            return Text("\n  RELAXED\n", style="dim")
        style = "bold green" if self._prediction.accepted else "yellow"
        sure = "" if self._prediction.accepted else "  (too uncertain)"
        return Text(f"\n  {self._prediction.gesture.replace('_', ' ').upper()}{sure}\n", style=style)

    def _bars(self) -> Table:
        table = Table.grid(padding=(0, 1))
        if self._hello and self._prediction:
            for label, share in zip(self._hello.labels, self._prediction.probabilities, strict=True):
                table.add_row(*_bar(label, share))
            if self._prediction.intensity is not None:
                table.add_row()
                table.add_row(*_bar("intensity", self._prediction.intensity))
        return table

    def _foot(self) -> Text:
        if self._prediction is None:
            return Text("")
        late = self._prediction.latency
        return Text(
            f"\n  #{self._prediction.seq}  {self._prediction.device_s:.2f} s   "
            f"signal {late.signal_ms:.0f} ms, wait {late.wait_ms:.2f} ms, compute {late.compute_ms:.2f} ms",
            style="dim",
        )


def _bar(name: str, share: float) -> tuple[str, ProgressBar, str]:
    return f"  {name}", ProgressBar(total=1, completed=share, width=40), f"{share:4.0%}"
