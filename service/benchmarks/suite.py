"""All benchmarks in one run: one table, one JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from service.benchmarks.grids import grids
from service.benchmarks.hops import hops
from service.benchmarks.latency import latency
from service.benchmarks.offline import offline
from service.benchmarks.report import Report, machine, markdown
from service.benchmarks.sixteen import sixteen
from service.benchmarks.start import start
from service.benchmarks.streams import streams
from service.benchmarks.subscribers import subscribers
from service.benchmarks.wristbands import wristbands
from service.errors import EXPECTED

MODEL: Final = "csae-simulated"

Bench = Callable[[], Report]


def benches(*, quick: bool) -> dict[str, Bench]:
    """Every benchmark, at full size or at one for tests."""
    if quick:
        return {
            "latency": partial(latency, MODEL, 3.0),
            "sixteen": partial(sixteen, 3.0),
            "hops": partial(hops, MODEL, 1.0),
            "grids": partial(grids, 1.0),
            "wristbands": partial(wristbands, 1.0),
            "streams": partial(streams, MODEL, (1, 2), 2.0),
            "subscribers": partial(subscribers, MODEL, (1, 4), 2.0),
            "offline": partial(offline, MODEL, 10.0, 2),
            "start": partial(start, MODEL, 1),
        }
    return {
        "latency": partial(latency, MODEL, 60.0),
        "sixteen": partial(sixteen, 30.0),
        "hops": partial(hops, MODEL, 10.0),
        "grids": partial(grids, 10.0),
        "wristbands": partial(wristbands, 10.0),
        "streams": partial(streams, MODEL, (1, 8, 16, 32, 64), 15.0),
        "subscribers": partial(subscribers, MODEL, (1, 10, 100, 1000), 15.0),
        "offline": partial(offline, MODEL, 120.0),
        "start": partial(start, MODEL, 5),
    }


def run_all(chosen: Mapping[str, Bench], json_file: Path | None, markdown_file: Path | None) -> None:
    """Run them one after the other; the files are written anew after each, so that a late failure loses nothing."""
    before, reports, refused = machine(), [], {}
    for name, bench in chosen.items():
        try:
            reports.append(report := bench())
        except EXPECTED as error:
            refused[name] = str(error)
            Console(stderr=True).print(f"{name}: not measured: {error}")
        else:
            report.show(None)
        told = {"before": before, "after": machine(), "reports": [asdict(report) for report in reports]}
        _write(json_file, json.dumps({**told, "not measured": refused}, indent=2) + "\n")
        _write(markdown_file, "".join(page(before, reports, refused)))


def page(before: Mapping[str, Any], reports: Iterable[Report], refused: Mapping[str, str]) -> Iterator[str]:
    """The Markdown: where it was measured, the table, what the figures mean."""
    yield f"{', '.join(f'{key} {value}' for key, value in before.items() if value is not None)}\n\n"
    yield markdown((f"{report.name}: {row[0]}", *row[1:]) for report in reports for row in report.rows())
    yield from (f"\n{name}: not measured: {why}\n" for name, why in refused.items())
    yield from (f"\n**{report.name}**: {report.measures}\n" for report in reports)


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")
