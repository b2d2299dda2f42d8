"""How a benchmark is told: percentiles, ratios, what was asked for, as a table and as JSON."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from service.errors import ServiceError

PERCENTILES: Final = (50, 95, 99)
HEADER: Final = ("figure", "target", "p50 / p95 / p99, or one number", "ratio to its baseline", "met")


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked of a figure, and whether it was found."""

    figure: str
    asked: str
    met: bool


@dataclass
class Report:
    """What was measured, under which conditions, and the figures."""

    name: str
    measures: str
    """What the figures mean, in words."""
    conditions: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    """Row of the table -> column -> value."""
    totals: dict[str, float] = field(default_factory=dict)
    """Single numbers: shares, sizes, ratios."""
    targets: list[Target] = field(default_factory=list)

    def add(self, figure: str, values: npt.ArrayLike, over: str | None = None) -> None:
        """Add the percentiles of a series, and the ratio of its median to that of a figure before.

        Raises:
            ServiceError: the series is empty.
        """
        series = np.asarray(values, np.float64)
        if not series.size:
            raise ServiceError(f"{self.name}: nothing was measured for {figure!r}: measure for longer")
        row = {f"p{q}": float(np.percentile(series, q)) for q in PERCENTILES} | {"n": float(series.size)}
        if over is not None:
            row["ratio"] = row["p50"] / self.figures[over]["p50"]
        self.figures[figure] = row

    def ask(self, figure: str, limit: float, column: str | None = None, *, at_least: bool = False) -> None:
        """Compare a total, or one column of a figure, with its target."""
        found = self.totals[figure] if column is None else self.figures[figure][column]
        met = found >= limit if at_least else found <= limit
        words = f"{column or ''} {'at least' if at_least else 'at most'} {limit:.3g}".strip()
        self.targets.append(Target(figure, words, bool(met)))

    def show(self, json_file: Path | None) -> None:
        """Print the table; write JSON too where a file is named (``-``: JSON alone, to standard output)."""
        content = json.dumps({**asdict(self), "machine": machine()}, indent=2)
        if json_file is not None and str(json_file) == "-":
            sys.stdout.write(content + "\n")
            return
        self._print()
        if json_file is not None:
            json_file.write_text(content + "\n", encoding="utf-8")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The report under ``HEADER``."""
        for figure, row in self.figures.items():
            measured = " / ".join(brief(row[f"p{q}"]) for q in PERCENTILES)
            yield self._row(figure, measured, brief(row["ratio"]) if "ratio" in row else "")
        for figure, value in self.totals.items():
            yield self._row(figure, brief(value), "")

    def _row(self, figure: str, measured: str, ratio: str) -> tuple[str, ...]:
        targets = [target for target in self.targets if target.figure == figure]
        met = ("yes" if all(target.met for target in targets) else "**no**") if targets else ""
        return figure, "; ".join(target.asked for target in targets), measured, ratio, met

    def _print(self) -> None:
        console = Console()
        console.print(f"[bold]{self.name}[/bold]: {self.measures}")
        console.print(", ".join(f"{key} {value}" for key, value in self.conditions.items()), style="dim")
        columns = dict.fromkeys(column for row in self.figures.values() for column in row)
        table = Table("", *columns)
        for figure, row in self.figures.items():
            table.add_row(figure, *(_cell(row.get(column)) for column in columns))
        console.print(table)
        for key, value in self.totals.items():
            console.print(f"{key}: {value:.3g}")
        for target in self.targets:
            console.print(f"{target.figure}, {target.asked}: {'met' if target.met else 'NOT met'}")


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) else f"{value:.3f}"


def brief(value: float) -> str:
    """Three digits that count, and never a power of ten."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """A table under ``HEADER``."""
    lines = (HEADER, ("---",) * len(HEADER), *rows)
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it is."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "commit": _commit(),
        "load average": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str | None:
    """Of the checkout that is measured, with a plus where files were changed; ``None`` where it is none."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
