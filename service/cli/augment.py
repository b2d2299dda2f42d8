"""``palmaris augment``: training data that a user does not have to record."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.flags import names, numbers
from service.cli.lab import DatasetName, Folder, Sessions, Subjects, TestTrials, Trials


def augment(
    data: Folder,
    out: Annotated[Path, typer.Option(help="Folder for what is generated, and for checkpoints.")],
    dataset: DatasetName = "khushaba-6",
    subjects: Subjects = "",
    sessions: Sessions = "",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    rung: Annotated[str, typer.Option(help="How conditions are found: label-only, SRG, SRG+GMSS...")] = "SRG+GMSS+SASS",
    ratio: Annotated[float, typer.Option(min=0.1, help="Generated windows for each real one.")] = 2.0,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Of the diffusion.  [default: 100; of the full: 300]")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="The published method's size: many hours on a CPU.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A size for tests; its windows mean nothing.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same windows.")] = 0,
) -> None:
    """Generate windows to learn from (SASG-DA, a conditional diffusion); resumes where it was stopped."""
    from service.commands.augment import Wish
    from service.commands.augment import augment as run
    from service.commands.evaluate import Chosen
    from service.commands.train import Order

    chosen = Chosen(subjects=frozenset(names(subjects)), sessions=frozenset(names(sessions)))
    order = Order("generated", dataset, data, numbers(trials), numbers(test_trials), out, chosen)
    run(order, Wish(rung, ratio, seed, epochs, full, quick))
