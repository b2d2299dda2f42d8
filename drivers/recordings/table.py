"""Rows of numbers in a text file, read in blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError
from drivers.recordings.recording import BLOCK_ROWS

Table = npt.NDArray[np.float64]

COMMENTS = ("#", "%")
SEPARATORS = ("\t", ";", ",", "|")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A text file whose rows hold numbers, after an optional line of names."""

    path: Path
    separator: str | None
    """``None``: any white space."""
    names: tuple[str, ...]
    """Column names; empty where the file has none."""
    width: int
    """Cells in a row."""

    @classmethod
    def open(cls, path: Path) -> "TextTable":
        """Look at the first rows. Raises ``RecordingError`` where they are no table of numbers."""
        with _text(path) as file:
            lines = list(islice(_lines(file), 2))
        separator = next((mark for mark in SEPARATORS if any(mark in line for line in lines)), None)
        rows = [_cells(line, separator) for line in lines]
        header = bool(rows) and not any(_is_number(cell) for cell in rows[0])
        data = rows[1:] if header else rows
        if not data or not any(_is_number(cell) for cell in data[0]):
            raise RecordingError(f"{path} holds no rows of numbers; one row per sample, one column per channel")
        return cls(path, separator, tuple(rows[0]) if header else (), len(data[0]))

    def blocks(self) -> Iterator[Table]:
        """(rows, width) at a time; a cell that is no number is NaN, and so is all of a row of another width."""
        with _text(self.path) as file:
            lines = _lines(file)
            next(lines if self.names else iter(()), None)
            while block := list(islice(lines, BLOCK_ROWS)):
                yield self._numbers(block)

    def _numbers(self, lines: list[str]) -> Table:
        try:
            table: Table = np.loadtxt(lines, np.float64, comments=None, delimiter=self.separator, ndmin=2)
        except ValueError:
            return self._numbers_one_by_one(lines)
        return table if table.shape[1] == self.width else self._numbers_one_by_one(lines)

    def _numbers_one_by_one(self, lines: list[str]) -> Table:
        table = np.full((len(lines), self.width), np.nan)
        for row, line in enumerate(lines):
            cells = _cells(line, self.separator)
            if len(cells) == self.width:
                table[row] = [float(cell) if _is_number(cell) else np.nan for cell in cells]
        return table


def _text(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", errors="replace")


def _lines(file: TextIO) -> Iterator[str]:
    """Lines that are neither empty nor a comment, without separators at their end (Arduino sketches leave one)."""
    lines = (line.strip().rstrip("".join(SEPARATORS)) for line in file)
    return (line for line in lines if line and not line.startswith(COMMENTS))


def _cells(line: str, separator: str | None) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
