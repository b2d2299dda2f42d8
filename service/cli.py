"""The commands of ``palmaris`` and their flags; what a command does is in ``service/commands``, imported when run."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="palmaris",
    help="Real-time gesture recognition from surface electromyography.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bench = typer.Typer(help="Measure; every figure says what it measures.", no_args_is_help=True)
train = typer.Typer(help="Train a model and export it.", no_args_is_help=True)
store = typer.Typer(help="Check, archive and restore what is stored of users.", no_args_is_help=True)
app.add_typer(bench, name="bench")
app.add_typer(store, name="store")
app.add_typer(train, name="train")

Model = Annotated[str | None, typer.Option(help="Shipped model (see: palmaris models) or path of an .onnx file.")]
Smoothing = Annotated[int | None, typer.Option(min=1, help="Windows averaged into a decision; 1: none.")]
RejectBelow = Annotated[float | None, typer.Option(min=0, max=1, help="Confidence to accept a decision; 0: always.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="PostgreSQL, postgresql://user@host/database.  [default: a file]")
]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.  [default: palmaris.toml]")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything lies that the service stores.")]


@app.command()
def serve(
    source: Annotated[str | None, typer.Option(help="URI of the device, e.g. sim://two-channel.")] = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.  [default: 8765]")] = None,
    smoothing: Smoothing = None,
    reject_below: RejectBelow = None,
    user: Annotated[str | None, typer.Option(help="Whose head to use from the start.  [default: everybody's]")] = None,
    lsl_outlet: Annotated[str | None, typer.Option(help="Send predictions as LSL streams of this name too.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything lies that the service stores.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    since: Annotated[float | None, typer.Option(hidden=True, help="Epoch seconds when `make demo` began.")] = None,
) -> None:
    """Serve predictions of one stream, called "default", over a websocket."""
    from service.commands.serve import serve as run
    from service.settings import read_settings

    settings = read_settings(
        config,
        source=source,
        model=model,
        host=host,
        port=port,
        smoothing=smoothing,
        reject_below=reject_below,
        user=user,
        lsl_outlet=lsl_outlet,
        data_dir=data_dir,
        database_url=database_url,
        log_level=log_level,
    )
    run(settings, since)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    model: Model = None,
    smoothing: Smoothing = None,
    reject_below: RejectBelow = None,
    rate: Annotated[float | None, typer.Option(help="Rate in Hz, where the file does not state one.")] = None,
    config: Config = None,
) -> None:
    """Print the predictions for a recording as JSON lines, as fast as they come, without a server."""
    from service.commands.replay import replay as run
    from service.settings import read_settings

    run(file, rate, read_settings(config, model=model, smoothing=smoothing, reject_below=reject_below))


@app.command()
def watch(
    address: Annotated[str, typer.Argument(help="Websocket of a stream.")] = (
        "ws://127.0.0.1:8765/v1/streams/default/predictions"
    ),
) -> None:
    """Show live predictions in the terminal; into a pipe, print the frames as they come."""
    from service.commands.watch import watch as run

    run(address)


@app.command()
def models() -> None:
    """List the shipped models and what they expect."""
    from service.commands.models import list_models

    list_models()


@app.command()
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


@bench.command()
def latency(
    source: Annotated[str, typer.Option(help="URI of the device.")] = "sim://two-channel",
    model: Annotated[str, typer.Option(help="Shipped model or path of an .onnx file.")] = "csae-simulated",
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure.")] = 30.0,
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON; -: JSON to standard output.")] = None,
) -> None:
    """Time from the arrival of a sample to its prediction in a websocket client."""
    from service.benchmarks.latency import latency as run

    run(source, model, seconds, json)


@bench.command()
def calibration(
    model: Annotated[str, typer.Option(help="Shipped model or path of an .onnx file.")] = "hybrid-khushaba-10",
    fits: Annotated[int, typer.Option(min=1, help="How many heads to fit, one after the other.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="How long to listen while nothing else happens.")] = 30.0,
    hold: Annotated[float, typer.Option(min=1.5, help="Seconds of each of the trials that are recorded before.")] = 5.0,
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON; -: JSON to standard output.")] = None,
) -> None:
    """What fitting heads costs the predictions meanwhile."""
    from service.benchmarks.calibration import calibration as run

    run(model, fits, seconds, hold, json)


@app.command()
def record(
    out: Annotated[Path, typer.Argument(help="File for the recording, e.g. session.palmaris; never overwritten.")],
    source: Annotated[str, typer.Option(help="URI of the device.")] = "sim://two-channel",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long to record.  [default: until Ctrl-C]")] = None,
) -> None:
    """Record a device into a file; a line typed meanwhile becomes a marker."""
    from service.commands.record import record as run

    run(source, out, seconds)


@app.command()
def devices() -> None:
    """List serial ports with what they seem to be, LSL streams, and the boards that BrainFlow knows."""
    from service.commands.devices import devices as run

    run()


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    folder: Annotated[Path, typer.Argument(help="Folder of the BIDS data set; made if it is not there.")],
    subject: Annotated[str, typer.Option(help="Subject label, letters and digits.")],
    task: Annotated[str, typer.Option(help="Task label, letters and digits.")] = "gestures",
    session: Annotated[str | None, typer.Option(help="Session label.")] = None,
    run: Annotated[int | None, typer.Option(min=1, help="Number of the run.")] = None,
    rate: Annotated[float | None, typer.Option(help="Rate in Hz, where the file does not state one.")] = None,
    edf: Annotated[bool, typer.Option("--edf", help="Write EDF+ (16 bit) instead of BDF+ (24 bit).")] = False,
) -> None:
    """Copy a recording into the EMG-BIDS layout (BDF+, channels, events, sidecar)."""
    from drivers.recordings.bids import BidsName
    from service.commands.export import export as run_export

    run_export(file, folder, BidsName(subject, task, session, run), rate, ".edf" if edf else ".bdf")


def _numbers(text: str) -> frozenset[int]:
    try:
        return frozenset(int(number) for number in text.split(",") if number)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no list of trials: write numbers with commas, for example 5,6"
        ) from error


DatasetName = Annotated[str, typer.Option(help="Name of the data set: khushaba-6, khushaba-10 or simulated.")]
Folder = Annotated[Path, typer.Option(help="Folder of the data set.")]
Trials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to learn from.")]
TestTrials = Annotated[str, typer.Option(metavar="N,N,...", help="Trials to score, once, at the end.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the model and its checkpoints.  [default: runs/NAME]")]


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="Shipped model or path of an .onnx file.")],
    data: Folder,
    dataset: DatasetName = "khushaba-6",
    trials: Annotated[str, typer.Option(metavar="N,N,...", help="Only these trials.  [default: all]")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a model on labelled recordings, by subject, through the live path."""
    from service.commands.evaluate import run

    run(model, dataset, data, _numbers(trials), json)


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

    order = Order(name, dataset, data, _numbers(trials), _numbers(test_trials), out or Path("runs") / name)
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

    order = Order(name, dataset, data, _numbers(trials), _numbers(test_trials), out or Path("runs") / name)
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

    run(Order(name, dataset, data, _numbers(trials), _numbers(test_trials), out or Path("runs") / name))


@bench.command()
def drivers(
    seconds: Annotated[float, typer.Option(min=1, help="How long to read each board at its rate.")] = 5.0,
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON; -: JSON to standard output.")] = None,
) -> None:
    """Processor time of each board at its full rate, and the highest rate that one core reads."""
    from service.benchmarks.drivers import drivers as run

    run(seconds, json)


@app.command()
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


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


QUICK = {"repetitions": 1, "hold_s": 2.0, "rest_s": 0.5, "prepare_s": 0.5}


@app.command()
def calibrate(
    user: Annotated[str, typer.Option(help="Pseudonym of the user; created if unknown.")],
    gestures: Annotated[
        str | None, typer.Option(metavar="NAME,NAME,...", help="In this order.  [default: those of the user's head]")
    ] = None,
    repetitions: Annotated[int | None, typer.Option(help="Trials of each gesture.  [default: 2]")] = None,
    hold: Annotated[float | None, typer.Option(help="Seconds of each trial.  [default: 5]")] = None,
    rest: Annotated[float | None, typer.Option(help="Seconds of rest after it.  [default: 3]")] = None,
    prepare: Annotated[float | None, typer.Option(help="Seconds to get ready before it.  [default: 2]")] = None,
    positions: Annotated[
        str | None, typer.Option(metavar="NAME,...", help="Arm positions; each adds as many trials.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Keep the gestures of the user's head and add these.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="One short trial of each gesture, for a new day.")] = False,
    consent_raw: Annotated[
        bool, typer.Option("--consent-raw", help="A new user consents that the raw signal of trials is stored.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; accept unless the head before is better.")] = False,
    server: Annotated[str, typer.Option(help="Address of the running service.")] = "http://127.0.0.1:8765",
    stream: Annotated[str, typer.Option(help="Stream of the service.")] = "default",
    recording: Annotated[
        Path | None, typer.Option("--from", help="Without a service: calibrate from this recording.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="With --from: use the new head.")] = False,
    model: Model = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Calibrate a user at a running service, with prompts in the terminal; or, with --from, from a recording."""
    if recording is not None:
        from service.commands.calibrate_offline import Wish, calibrate_offline
        from service.settings import read_settings

        names = _names(gestures)
        wish = Wish(user, tuple(names) if names is not None else None, add, consent_raw, accept)
        settings = read_settings(config, model=model, data_dir=data_dir, database_url=database_url)
        calibrate_offline(recording, wish, settings)
        return
    from service.commands.calibrate import Order
    from service.commands.calibrate import calibrate as run

    asked = {
        "gestures": _names(gestures),
        "repetitions": repetitions,
        "hold_s": hold,
        "rest_s": rest,
        "prepare_s": prepare,
        "positions": _names(positions),
    }
    given = {name: value for name, value in asked.items() if value is not None}
    plan = {**(QUICK if quick else {}), **given}
    run(Order(server, {"user": user, "stream": stream, "add": add, **plan}, consent_raw, yes))


@store.command("check")
def store_check(data_dir: DataDir = None, database_url: DatabaseUrl = None, config: Config = None) -> None:
    """Compare what is there with what was stored."""
    from service.commands.store import check_store
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    check_store(settings.data_dir, settings.database_url or None)


@store.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="New zip file; never overwritten.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Archive everything that is stored of users; the service may run meanwhile."""
    from service.commands.store import back_up
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    back_up(settings.data_dir, settings.database_url or None, file)


@store.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="An archive made by: palmaris store backup.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Fill an empty data directory, and database, from an archive."""
    from service.commands.store import restore_store
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    restore_store(settings.data_dir, settings.database_url or None, file)
