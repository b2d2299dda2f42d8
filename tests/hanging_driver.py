"""``python hanging_driver.py serve ...``: the command ``palmaris`` with one driver more, ``hang://CALL``."""

import threading
from typing import Self

from drivers.registry import DRIVERS, SourceUri
from drivers.source import Losses, SourceInfo
from service.__main__ import main


def from_uri(uri: SourceUri) -> "HangingSource":
    """Two channels at 1000 Hz; ``uri.target`` is the call that never comes back: enter, read or exit."""
    return HangingSource(uri.target)


class HangingSource:
    """A device that was never seen to come back."""

    info = SourceInfo("hanging", 1000, ("left", "right"))

    def __init__(self, call: str) -> None:
        self.losses = Losses()
        self._call = call

    def read(self, timeout_s: float) -> None:
        self._hang("read")
        threading.Event().wait(timeout_s)

    def __enter__(self) -> Self:
        self._hang("enter")
        return self

    def __exit__(self, *_: object) -> None:
        self._hang("exit")

    def _hang(self, call: str) -> None:
        if call == self._call:
            threading.Event().wait()


if __name__ == "__main__":
    DRIVERS["hang"] = ("hanging_driver", "from_uri")
    main()
