"""``palmaris evaluate``: score a model on labelled recordings, through the live path."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.datasets import dataset, load_trials
from models.datasets.trials import Trial
from models.runtime import Model
from models.training.evaluate import Evaluation, evaluate
from models.training.metrics import Scores


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which trials of a data set; what is empty chooses all."""

    numbers: frozenset[int] = frozenset()
    subjects: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()

    def of(self, trials: Iterable[Trial]) -> list[Trial]:
        """Those of the trials that are meant."""
        return [
            trial
            for trial in trials
            if (not self.numbers or trial.trial in self.numbers)
            and (not self.subjects or trial.subject in self.subjects)
            and (not self.sessions or trial.session in self.sessions)
        ]


def run(model: Model, source: str, data: Path, chosen: Chosen, as_json: bool) -> None:
    """Score those trials."""
    trials, grid = chosen.of(load_trials(source, data)), dataset(source).grid
    evaluation = evaluate(model, trials, grid=grid(data) if grid else None)
    if as_json:
        sys.stdout.write(json.dumps(figures(evaluation), indent=2) + "\n")
    else:
        show(evaluation)


def figures(evaluation: Evaluation) -> dict[str, object]:
    """The scores as plain values."""
    return {
        "macro_f1": evaluation.macro_f1,
        "macro_f1_smoothed": evaluation.smoothed_macro_f1,
        "accuracy": evaluation.accuracy,
        "accuracy_single_image": evaluation.image_accuracy,
        "windows": evaluation.windows,
        "trials": evaluation.trials,
        "subjects": {subject: scores.macro_f1 for subject, scores in evaluation.subjects.items()},
    }


def show(evaluation: Evaluation, baseline: Scores | None = None) -> None:
    """Print the scores by subject, and their means; what single images say and what a baseline scored below."""
    protocol = evaluation.protocol
    table = Table("subject", "macro-F1", f"macro-F1, last {protocol.smoothing}", "accuracy")
    for subject, scores in evaluation.subjects.items():
        smoothed = evaluation.smoothed[subject].macro_f1
        table.add_row(subject, f"{scores.macro_f1:.3f}", f"{smoothed:.3f}", f"{scores.accuracy:.3f}")
    table.add_section()
    means = (evaluation.macro_f1, evaluation.smoothed_macro_f1, evaluation.accuracy)
    table.add_row("mean", *(f"{mean:.3f}" for mean in means))
    console = Console()
    console.print(table)
    console.print(
        f"{evaluation.windows} windows of {evaluation.trials} trials, one every {1000 * protocol.hop_s:g} ms; those "
        f"that start in the first {protocol.skip_s:g} s of a trial are not scored",
        style="dim",
    )
    if evaluation.image_accuracy is not None:
        console.print(f"accuracy of a single image: {evaluation.image_accuracy:.3f}")
    if baseline is not None:
        console.print(
            f"time-domain features and LDA, windows of 250 ms, on the same trials: macro-F1 {baseline.macro_f1:.3f}, "
            f"accuracy {baseline.accuracy:.3f}"
        )
