"""``palmaris experiment``: compute an experiment's folds, print its table, write its JSON and figure."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.errors import ModelMismatch

try:
    from models.experiments.catalogue import experiment
    from models.experiments.experiment import FoldResult
    from models.experiments.report import write_report
    from models.experiments.runner import run_folds
    from models.experiments.statistics import Summary
except ModuleNotFoundError as error:
    raise ModelMismatch(f"experiments need {error.name}: pip install 'palmaris[train]'") from error


def run(name: str, data: Path, out: Path, jobs: int, quick: bool) -> None:
    """Compute what is not in ``out`` yet, then report on everything."""
    chosen = experiment(name)
    folds = chosen.folds(data, quick)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=len(folds))

        def on_fold(result: FoldResult) -> None:
            progress.update(task, advance=1, description=f"{name}: {result.fold.name}, {result.seconds:.0f} s")

        results = run_folds(name, data, out, jobs, folds, on_fold)
    show(write_report(name, chosen.question, results, out), quick)
    sys.stdout.write(f"{out / name}.json, {out / name}.svg\n")


def show(summaries: Sequence[Summary], quick: bool) -> None:
    """Print a table of summaries, a section per table of the experiment."""
    table = Table("gestures", "arm", "condition", "macro-F1", "spread", "95 %", "worst", "last 5", "accuracy", "fit")
    before = ""
    for s in summaries:
        if before not in ("", s.table):
            table.add_section()
        before = s.table
        low, high = s.interval
        worst = f"{s.worst} {s.subjects[s.worst]:.3f}"
        cells = (f"{s.mean:.3f}", f"{s.spread:.3f}", f"{low:.3f}-{high:.3f}", worst, f"{s.smoothed:.3f}")
        table.add_row(s.table, s.arm, s.condition, *cells, f"{s.accuracy:.3f}", f"{s.fit_s:.2f} s")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    if quick:
        console.print("--quick: a size for tests; these scores mean nothing", style="bold")
