"""``palmaris experiment``: compute an experiment's folds, print its table, write its JSON and figure."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.errors import ModelMismatch

try:
    from models.experiments.catalogue import experiment
    from models.experiments.experiment import FoldResult
    from models.experiments.report import between, note_rows, write_report
    from models.experiments.runner import run_folds
    from models.experiments.statistics import Notes, Summary, notes_of
except ModuleNotFoundError as error:
    raise ModelMismatch(f"experiments need {error.name}: pip install 'palmaris[train]'") from error


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of an experiment is computed, and how."""

    jobs: int
    quick: bool
    seeds: int


def run(name: str, data: Path, out: Path, effort: Effort) -> None:
    """Compute what is not in ``out`` yet, then report on everything."""
    chosen = experiment(name)
    folds = [fold for fold in chosen.folds(data, effort.quick) if fold.seed < effort.seeds]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=len(folds))

        def on_fold(result: FoldResult) -> None:
            progress.update(task, advance=1, description=f"{name}: {result.fold.name}, {result.seconds:.0f} s")

        results = run_folds(name, data, out, effort.jobs, folds, on_fold)
    show(write_report(name, chosen.question, results, out), effort.quick)
    show_notes(notes_of(results))
    sys.stdout.write(f"{out / name}.json, {out / name}.md, {out / name}.svg\n")


def show(summaries: Sequence[Summary], quick: bool) -> None:
    """Print a table of summaries, a section per table of the experiment."""
    table = Table("table", "arm", "condition", "F1 or 1 - CER", "spread", "95 %", "worst", "last 5", "accuracy", "fit")
    before = ""
    for s in summaries:
        if before not in ("", s.table):
            table.add_section()
        before = s.table
        worst = f"{s.worst} {s.subjects[s.worst]:.3f}"
        cells = (f"{s.mean:.3f}", f"{s.spread:.3f}", between(s.interval), worst, f"{s.smoothed:.3f}")
        table.add_row(s.table, s.arm, s.condition, *cells, f"{s.accuracy:.3f}", f"{s.fit_s:.2f} s")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    if quick:
        console.print("--quick: a size for tests; these scores mean nothing", style="bold")


def show_notes(notes: Sequence[Notes]) -> None:
    """Print the figures that belong to no subject, with the number of folds; nothing if there are none."""
    if not notes:
        return
    head, *rows = note_rows(notes)
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(table)
