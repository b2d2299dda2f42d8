"""How a benchmark is told: percentiles, ratios, a table and JSON."""

import json
import os
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

PERCENTILES = (50, 95, 99)


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

    def add(self, figure: str, values: npt.ArrayLike) -> None:
        """Add the percentiles of a series."""
        series = np.asarray(values, np.float64)
        row = {f"p{q}": float(np.percentile(series, q)) for q in PERCENTILES}
        self.figures[figure] = {**row, "n": float(series.size)}

    def show(self, json_file: Path | None) -> None:
        """Print the table; write JSON too where a file is named (``-``: JSON alone, to standard output)."""
        content = json.dumps({**vars(self), "machine": machine()}, indent=2)
        if json_file is not None and str(json_file) == "-":
            sys.stdout.write(content + "\n")
            return
        self._print()
        if json_file is not None:
            json_file.write_text(content + "\n", encoding="utf-8")

    def _print(self) -> None:
        console = Console()
        console.print(f"[bold]{self.name}[/bold]: {self.measures}")
        console.print(", ".join(f"{key} {value}" for key, value in self.conditions.items()), style="dim")
        table = Table("", *next(iter(self.figures.values())))
        for figure, row in self.figures.items():
            table.add_row(
                figure, *(f"{value:.0f}" if value == int(value) else f"{value:.3f}" for value in row.values())
            )
        console.print(table)
        for key, value in self.totals.items():
            console.print(f"{key}: {value:.3g}")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}
