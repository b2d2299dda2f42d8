"""``palmaris record``: a device into a file, without a model and without a server."""

import select
import sys
import time
from pathlib import Path

from drivers.recordings.native import Recorder
from rich.console import Console
from rich.live import Live as Screen
from rich.text import Text

from drivers.errors import EndOfStream
from drivers.registry import open_source
from drivers.source import Marker, Source

POLL_S = 0.1


def record(uri: str, out: Path, seconds: float | None) -> None:
    """Record until ``seconds`` have passed, the source ends, or Ctrl-C; a line typed meanwhile becomes a marker."""
    console = Console(stderr=True)
    with open_source(uri) as source, Recorder(out, source.info) as recorder, Screen(console=console) as screen:
        samples = 0
        began = time.monotonic()
        try:
            while seconds is None or time.monotonic() - began < seconds:
                chunk = source.read(POLL_S)
                if chunk is not None:
                    recorder.write(chunk)
                    samples = chunk.first + len(chunk.samples)
                if word := typed():
                    recorder.mark(Marker(samples, word))
                screen.update(Text(_state(source, samples, out)))
        except (EndOfStream, KeyboardInterrupt):
            pass
    console.print(f"{samples / source.info.rate_hz:.1f} s recorded to {out}")


def typed() -> str:
    """The line that the user has just typed, without waiting for one; empty where nobody types."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return sys.stdin.readline().strip()


def _state(source: Source, samples: int, out: Path) -> str:
    seconds = samples / source.info.rate_hz
    return (
        f"{source.info.name}: {seconds:.1f} s, {source.losses.samples} samples lost -> {out}\n"
        "type a word and Enter to mark this moment; Ctrl-C ends the recording"
    )
