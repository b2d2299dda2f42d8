"""``palmaris train``, ``evaluate``, ``experiment``, ``simulate``: making models and judging them."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.flags import numbers

train = typer.Typer(help="Train a model and export it.", no_args_is_help=True)

DatasetName = Annotated[str, typer.Option(help="Name of the data set: khushaba-6, khushaba-10 or simulated.")]
Folder = Annotated[Path, typer.Option(help="Folder of the data set.")]
Trials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to learn from.")]
TestTrials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to score, once, at the end.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the model and its checkpoints.  [default: runs/NAME]")]


@train.command()
def csae(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: DatasetName = "khushaba-6",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    validation_trial: Annotated[int | None, typer.Option(help="Trial that stops the training early.")] = 4,
    no_validation: Annotated[bool, typer.Option("--no-validation", help="Learn from all trials, all epochs.")] = False,
    autoencoder_epochs: Annotated[int, typer.Option(min=1, help="Most epochs of the autoencoder.")] = 15,
    head_epochs: Annotated[int, typer.Option(min=1, help="Most epochs of the head.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Train a convolutional sparse autoencoder and its head (arXiv 2601.23011); resumes where it was stopped."""
    from service.commands.train import Order, Schedule
    from service.commands.train import csae as run

    order = Order(name, dataset, data, numbers(trials), numbers(test_trials), out or Path("runs") / name)
    schedule = Schedule(None if no_validation else validation_trial, autoencoder_epochs, head_epochs, seed)
    run(order, schedule)


@train.command()
def hybrid(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: DatasetName = "khushaba-6",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of the encoder.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Train the shipped two-channel model: learned beside classical features; resumes where it was stopped."""
    from service.commands.train import Order
    from service.commands.train import hybrid as run

    order = Order(name, dataset, data, numbers(trials), numbers(test_trials), out or Path("runs") / name)
    run(order, epochs, seed)


@train.command()
def lda(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: DatasetName = "khushaba-6",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    out: Out = None,
) -> None:
    """Fit the classical baseline: time-domain and band-power features with shrinkage LDA."""
    from service.commands.train import Order
    from service.commands.train import lda as run

    run(Order(name, dataset, data, numbers(trials), numbers(test_trials), out or Path("runs") / name))


def evaluate(
    model: Annotated[str, typer.Argument(help="Shipped model or path of an .onnx file.")],
    data: Folder,
    dataset: DatasetName = "khushaba-6",
    trials: Annotated[str, typer.Option(metavar="N,N,...", help="Only these trials.  [default: all]")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a model on labelled recordings, by subject, through the live path."""
    from service.commands.evaluate import run

    run(model, dataset, data, numbers(trials), json)


def experiment(
    name: Annotated[str, typer.Argument(help="One of those in models/RESULTS.md; an unknown one lists them.")],
    data: Folder,
    out: Annotated[Path, typer.Option(help="Folder for results; what is there already is not computed again.")],
    jobs: Annotated[int, typer.Option(min=1, help="Folds computed at the same time, one core each.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, of those that the experiment has.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="A size for tests; its scores mean nothing.")] = False,
) -> None:
    """Compute an experiment of models/RESULTS.md: a table, JSON and a figure; resumes where it was stopped."""
    from service.commands.experiment import Effort, run

    run(name, data, out, Effort(jobs, quick, seeds))


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the recordings, one file per user.")],
    users: Annotated[int, typer.Option(min=1, help="How many users.")] = 8,
    first: Annotated[int, typer.Option(min=0, help="Number of the first user.")] = 0,
    seconds: Annotated[float, typer.Option(min=1, help="Length of each recording.")] = 180.0,
    seed: Annotated[int, typer.Option(help="Another seed gives other repetitions of the same users.")] = 0,
) -> None:
    """Record simulated users, for training and tests."""
    from service.commands.simulate import simulate as run

    run(out, range(first, first + users), seconds, seed)
