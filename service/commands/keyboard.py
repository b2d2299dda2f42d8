"""Single keys from the terminal, while everything else goes on."""

import asyncio
import os
import re
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

ESCAPES: Final = re.compile(r"\x1b(\[[\d;]*[@-~]|O.)?")
"""What arrows and the like send; their letters mean nothing."""


@contextmanager
def keyboard(pressed: Callable[[str], None]) -> Iterator[bool]:
    """Call ``pressed`` with each key, in lower case, on the running loop; false if nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield False
        return
    loop, terminal = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)  # Ctrl-C still interrupts
    loop.add_reader(terminal, _read, terminal, pressed)
    try:
        yield True
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _read(terminal: int, pressed: Callable[[str], None]) -> None:
    text = os.read(terminal, 64).decode(errors="ignore")
    for key in ESCAPES.sub("", text).lower():
        pressed(key)
