"""``palmaris evaluate``: score a model on labelled recordings, through the live path."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.datasets import load_trials
from models.runtime import load_model
from models.training.evaluate import Evaluation, evaluate


def run(model: str, source: str, data: Path, numbers: frozenset[int], as_json: bool) -> None:
    """Score the trials of these numbers, or all of them."""
    trials = [trial for trial in load_trials(source, data) if not numbers or trial.trial in numbers]
    evaluation = evaluate(load_model(model), trials)
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
        "windows": evaluation.windows,
        "trials": evaluation.trials,
        "subjects": {subject: scores.macro_f1 for subject, scores in evaluation.subjects.items()},
    }


def show(evaluation: Evaluation) -> None:
    """Print the scores by subject, and their means."""
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
