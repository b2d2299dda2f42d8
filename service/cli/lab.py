"""``palmaris train``, ``evaluate``, ``experiment``, ``simulate``: making models and judging them."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.flags import names, numbers

train = typer.Typer(help="Train a model and export it.", no_args_is_help=True)

DatasetName = Annotated[str, typer.Option(help="Name of the data set: khushaba-6, khushaba-10, simulated, flexemg...")]
Folder = Annotated[Path, typer.Option(help="Folder of the data set.")]
Trials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to learn from.")]
TestTrials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to score, once, at the end.")]
Subjects = Annotated[str, typer.Option(metavar="NAME,...", help="Only these people.  [default: all]")]
Sessions = Annotated[str, typer.Option(metavar="NAME,...", help="Only these sessions.  [default: all]")]
Generated = Annotated[
    Path | None,
    typer.Option(help="generated.npz of palmaris augment: learn from up to two of its windows for each recorded one."),
]
Out = Annotated[Path | None, typer.Option(help="Folder for the model and its checkpoints.  [default: runs/NAME]")]


@train.command()
def csae(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: DatasetName = "khushaba-6",
    subjects: Subjects = "",
    sessions: Sessions = "",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    validation_trial: Annotated[int | None, typer.Option(help="Trial that stops the training early.")] = 4,
    no_validation: Annotated[bool, typer.Option("--no-validation", help="Learn from all trials, all epochs.")] = False,
    autoencoder_epochs: Annotated[int, typer.Option(min=1, help="Most epochs of the autoencoder.")] = 15,
    head_epochs: Annotated[int, typer.Option(min=1, help="Most epochs of the head.")] = 100,
    rotation: Annotated[
        int | None,
        typer.Option(min=0, help="Electrodes by which a ring is turned in training.  [default: an eighth of a turn]"),
    ] = None,
    generated: Generated = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Train a convolutional sparse autoencoder and its head (arXiv 2601.23011); resumes where it was stopped."""
    from service.commands.evaluate import Chosen
    from service.commands.train import Order, Schedule
    from service.commands.train import csae as run

    chosen = Chosen(subjects=frozenset(names(subjects)), sessions=frozenset(names(sessions)))
    place = out or Path("runs") / name
    order = Order(name, dataset, data, numbers(trials), numbers(test_trials), place, chosen, generated)
    run(order, Schedule(None if no_validation else validation_trial, autoencoder_epochs, head_epochs, seed), rotation)


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
def all_convnet(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: Annotated[str, typer.Option(help="Name of a data set of grids: flexemg, capgmyo-a, csl...")] = "flexemg",
    subjects: Subjects = "",
    sessions: Sessions = "",
    trials: Trials = "1,2,3,4,5,6,7,8,9,10",
    test_trials: TestTrials = "11,12,13,14,15",
    validation_trial: Annotated[int | None, typer.Option(help="Trial that stops the training early.")] = 10,
    no_validation: Annotated[bool, typer.Option("--no-validation", help="Learn from all trials, all epochs.")] = False,
    network: Annotated[
        str, typer.Option(help="all-convnet, embedded, s-convnet-a, -b, -c1, -c2 or geng-net.")
    ] = "all-convnet",
    epochs: Annotated[int, typer.Option(min=1, help="Most epochs.")] = 100,
    mains: Annotated[float, typer.Option(help="Frequency in Hz of the mains where it was recorded, 50 or 60.")] = 50.0,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Train a network on every sample of an electrode grid as an image (arXiv 2305.08014, 1906.03381); resumes."""
    from service.commands.evaluate import Chosen
    from service.commands.train import GridSchedule, Order, grid

    chosen = Chosen(subjects=frozenset(names(subjects)), sessions=frozenset(names(sessions)))
    order = Order(name, dataset, data, numbers(trials), numbers(test_trials), out or Path("runs") / name, chosen)
    grid(order, GridSchedule(network, None if no_validation else validation_trial, epochs, seed, mains))


@train.command()
def fine_tune(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    start: Annotated[str, typer.Option("--from", help="A network of images: shipped, or path of an .onnx file.")],
    dataset: Annotated[str, typer.Option(help="Name of a data set of grids: flexemg, capgmyo-a, csl...")] = "flexemg",
    subjects: Subjects = "",
    sessions: Sessions = "",
    trials: Trials = "1",
    test_trials: TestTrials = "11,12,13,14,15",
    frozen: Annotated[int, typer.Option(min=0, help="Layers, from the first, that stay as they are.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Move a trained network of images to another day or user: statistics without labels, then its upper layers."""
    from service.commands.evaluate import Chosen
    from service.commands.train import Order, tune

    chosen = Chosen(subjects=frozenset(names(subjects)), sessions=frozenset(names(sessions)))
    order = Order(name, dataset, data, numbers(trials), numbers(test_trials), out or Path("runs") / name, chosen)
    tune(order, start, frozen, epochs, seed)


@train.command()
def lda(
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: DatasetName = "khushaba-6",
    trials: Trials = "1,2,3,4",
    test_trials: TestTrials = "5,6",
    generated: Generated = None,
    out: Out = None,
) -> None:
    """Fit the classical baseline: time-domain and band-power features with shrinkage LDA."""
    from service.commands.train import Order
    from service.commands.train import lda as run

    place = out or Path("runs") / name
    run(Order(name, dataset, data, numbers(trials), numbers(test_trials), place, generated=generated))


@train.command()
def sequence(
    recipe: Annotated[str, typer.Argument(help="A row of the papers' tables: splashnet, cnn-gru-live, events...")],
    data: Folder,
    name: Annotated[str, typer.Option(help="Name of the model.")],
    dataset: Annotated[
        str, typer.Option(help="simulated-typing, simulated-events, emg2qwerty or neuromotor.")
    ] = "simulated-typing",
    users: Annotated[str, typer.Option(metavar="NAME,...", help="Only these people.  [default: all]")] = "",
    validation_sessions: Annotated[
        str, typer.Option(metavar="NAME,...", help="Sessions that choose the epoch.  [default: none, the last]")
    ] = "",
    test_sessions: Annotated[
        str, typer.Option(metavar="NAME,...", help="Sessions to score, once. Public sets have theirs.")
    ] = "",
    split: Annotated[Path | None, typer.Option(help="For emg2qwerty: its makers' config/user/user0.yaml.")] = None,
    start: Annotated[
        Path | None, typer.Option(help="Checkpoint to begin from, of a training by the same recipe for other people.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs.  [default: the recipe's]")] = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    out: Out = None,
) -> None:
    """Train a network of typed text or gesture events, by the name of its recipe; resumes where it was stopped."""
    from models.datasets.sequence_sets import Division
    from service.commands.train_sequence import SequenceOrder, run

    how = Division(
        frozenset(names(users)), frozenset(names(validation_sessions)), frozenset(names(test_sessions)), split
    )
    order = SequenceOrder(name, recipe, dataset, data, how, out or Path("runs") / name)
    run(order, epochs, seed, start)


@train.command()
def language(
    texts: Annotated[Path, typer.Argument(help="Text in UTF-8, such as what the user writes; its lines are learned.")],
    out: Annotated[Path, typer.Option(help="File for the model, .npz.")],
    order: Annotated[int, typer.Option(min=1, max=10, help="Keys of which the last is foreseen from the others.")] = 6,
) -> None:
    """Learn which keys are likely to follow which, for palmaris serve --language-model."""
    from service.commands.train_language import train_language

    train_language(texts, out, order)


def evaluate(
    model: Annotated[str, typer.Argument(help="Shipped model or path of an .onnx file.")],
    data: Folder,
    dataset: DatasetName = "khushaba-6",
    trials: Annotated[str, typer.Option(metavar="N,N,...", help="Only these trials.  [default: all]")] = "",
    subjects: Subjects = "",
    sessions: Sessions = "",
    split: Annotated[Path | None, typer.Option(help="For emg2qwerty: its makers' config/user/user0.yaml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a model on labelled recordings, by subject, through the live path; of text or events, all together."""
    from models.any_model import load_any_model
    from models.sequence_runtime import SequenceModel
    from service.commands.evaluate import Chosen, run
    from service.commands.evaluate_sequence import run as run_sequence

    chosen = Chosen(numbers(trials), frozenset(names(subjects)), frozenset(names(sessions)))
    loaded = load_any_model(model)
    if isinstance(loaded, SequenceModel):
        run_sequence(loaded, dataset, data, chosen, split, json)
    else:
        run(loaded, dataset, data, chosen, json)


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
    out: Annotated[Path, typer.Argument(help="Folder for the recordings, one file per user and session.")],
    users: Annotated[int, typer.Option(min=1, help="How many users.")] = 8,
    first: Annotated[int, typer.Option(min=0, help="Number of the first user.")] = 0,
    seconds: Annotated[float, typer.Option(min=1, help="Length of each recording.")] = 180.0,
    seed: Annotated[int, typer.Option(help="Another seed gives other repetitions of the same users.")] = 0,
    source: Annotated[
        str, typer.Option(help="Simulated device with its options, e.g. sim://hd-grid?day=1.")
    ] = "sim://two-channel",
    session: Annotated[str, typer.Option(help="Name of the session; in the name of the file.")] = "1",
) -> None:
    """Record simulated users, for training and tests."""
    from drivers.registry import SourceUri
    from service.commands.simulate import simulate as run

    if not session.replace("-", "").isalnum():
        raise typer.BadParameter("write letters, digits and hyphens", param_hint="--session")
    device = SourceUri.parse(source)
    device.options.setdefault("seed", str(seed))
    run(device, out, range(first, first + users), seconds, session)
