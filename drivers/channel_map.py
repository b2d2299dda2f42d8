"""Where each channel stands, for a source that does not say it: ``...?grid=8x16``, or ``...?grid=cuff.txt``.

A channel map is a text file, one line per row of electrodes, numbers from 0 in the order of the source's channels,
with commas or blanks between them; -1 where no electrode is, and whatever follows a # is a remark:

    # two rows of four, a corner cut off
    0, 1, 2, 3
    4, 5, 6, -1
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.source import Source, SourceInfo
from drivers.wrapped import WrappedSource

Grid = tuple[tuple[int, ...], ...]

EVEN: Final = re.compile(r"([1-9]\d?)x([1-9]\d?)")
"""Rows and columns of a grid whose channels go row by row."""


def read_grid(text: str) -> Grid:
    """Rows x columns, or the path of a channel map. Raises ``ValueError`` where it is neither."""
    if even := EVEN.fullmatch(text):
        rows, columns = int(even[1]), int(even[2])
        return tuple(tuple(range(row * columns, (row + 1) * columns)) for row in range(rows))
    return read_channel_map(Path(text))


def read_channel_map(path: Path) -> Grid:
    """The grid in a file. Raises ``ValueError`` if it is not there, or a line is no row of numbers."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the channel map {path} cannot be read ({error}): give a text file of numbers") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1)]
    return tuple(row for row in rows if row)


def _row(path: Path, number: int, line: str) -> tuple[int, ...]:
    words: Sequence[str] = line.partition("#")[0].replace(",", " ").split()
    try:
        return tuple(int(word) for word in words)
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: {line.strip()!r} is no row of channel numbers") from error


class ArrangedSource(WrappedSource):
    """``source`` with a grid that its user states."""

    def __init__(self, source: Source, grid: Grid) -> None:
        super().__init__(source)
        self._grid = grid

    @property
    def info(self) -> SourceInfo:
        """That of the source, and where its channels stand."""
        return replace(self._source.info, grid=self._grid)
