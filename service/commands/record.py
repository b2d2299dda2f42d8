"""``palmaris record``: a device into a file, without a model and without a server."""

import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.live import Live as Screen
from rich.text import Text

from drivers.errors import EndOfStream, SourceLost, SourceUnavailable
from drivers.recordings.native import Recorder
from drivers.registry import open_source
from drivers.source import Chunk, Marker, Source

POLL_S = 0.1
RETRY_S = 0.5


def record(uri: str, out: Path, seconds: float | None) -> None:
    """Record until ``seconds`` have passed, the source ends, or Ctrl-C; a line typed meanwhile becomes a marker."""
    console = Console(stderr=True)
    samples = 0
    source = open_source(uri)
    with source, Recorder(out, source.info) as recorder, Screen(console=console) as screen:
        info = source.info
        end = time.monotonic() + (seconds or float("inf"))
        try:
            for chunk in _chunks(source, screen):
                if chunk is not None:
                    recorder.write(chunk)
                    samples = chunk.first + len(chunk.samples)
                    screen.update(_state(source, samples, out))
                if word := typed():
                    recorder.mark(Marker(samples, word))
                if time.monotonic() >= end:
                    break
        except (EndOfStream, KeyboardInterrupt):
            pass
    console.print(f"{samples / info.rate_hz:.1f} s recorded to {out}")


def _chunks(source: Source, screen: Screen) -> Iterator[Chunk | None]:
    """What the source gives; one that is lost is opened again, and the missing time is a gap in the index."""
    offset = after = 0
    while True:
        try:
            if (chunk := source.read(POLL_S)) is not None:
                chunk = chunk.shifted(offset)
                after = chunk.first + len(chunk.samples)
            yield chunk
        except SourceLost as lost:
            screen.update(Text(f"{lost}\nwaiting for it; Ctrl-C ends the recording, what is recorded stays"))
            _open_again(source)
            offset = after + 1


def _open_again(source: Source) -> None:
    source.__exit__(None, None, None)
    while True:
        try:
            source.__enter__()
        except SourceUnavailable:
            time.sleep(RETRY_S)
        else:
            return


def typed() -> str:
    """The line that the user has just typed, without waiting for one; empty where nobody types."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return sys.stdin.readline().strip()


def _state(source: Source, samples: int, out: Path) -> Text:
    seconds = samples / source.info.rate_hz
    return Text(
        f"{source.info.name}: {seconds:.1f} s, {source.losses.samples} samples lost -> {out}\n"
        "type a word and Enter to mark this moment; Ctrl-C ends the recording"
    )
