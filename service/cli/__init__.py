"""The commands of ``palmaris`` and their flags; what a command does is in ``service/commands``, imported when run."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.augment import augment
from service.cli.bench import bench
from service.cli.flags import Config, DatabaseUrl, DataDir, LanguageModel, Model, RejectBelow, Smoothing, names
from service.cli.lab import evaluate, experiment, simulate, train
from service.cli.store import store
from service.cli.token import token

app = typer.Typer(
    name="palmaris",
    help="Real-time gesture recognition from surface electromyography.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench, name="bench")
app.add_typer(store, name="store")
app.add_typer(token, name="token")
app.add_typer(train, name="train")
for command in (simulate, evaluate, experiment, augment):
    app.command()(command)


@app.command()
def serve(
    source: Annotated[str | None, typer.Option(help="URI of the device, e.g. sim://two-channel.")] = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.  [default: 8765]")] = None,
    smoothing: Smoothing = None,
    reject_below: RejectBelow = None,
    language_model: LanguageModel = None,
    user: Annotated[str | None, typer.Option(help="Whose head to use from the start.  [default: everybody's]")] = None,
    lsl_outlet: Annotated[str | None, typer.Option(help="Send predictions as LSL streams of this name too.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything lies that the service stores.")] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain, PEM; with --tls-key: https and wss.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="text, or json: one object a line.")] = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
    since: Annotated[float | None, typer.Option(hidden=True, help="Epoch seconds when `make demo` began.")] = None,
) -> None:
    """Serve predictions over a websocket: of one stream, called "default", or of those in the configuration file."""
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
        language_model=language_model,
        user=user,
        lsl_outlet=lsl_outlet,
        data_dir=data_dir,
        database_url=database_url,
        tls_cert=tls_cert,
        tls_key=tls_key,
        log_level=log_level,
        log_format=log_format,
    )
    run(settings, since)


@app.command()
def watch(
    address: Annotated[str, typer.Argument(help="Websocket of a stream.")] = (
        "ws://127.0.0.1:8765/v1/streams/default/predictions"
    ),
    token: Annotated[
        str | None,
        typer.Option(envvar="PALMARIS_TOKEN", help="Token that may subscribe, where the service asks for one."),
    ] = None,
) -> None:
    """Show live predictions in the terminal; into a pipe, print the frames as they come."""
    from service.commands.watch import watch as run

    run(address, token)


QUICK = {"repetitions": 1, "hold_s": 2.0, "rest_s": 0.5, "prepare_s": 0.5}


@app.command()
def calibrate(
    user: Annotated[str, typer.Option(help="Pseudonym of the user; created if unknown.")],
    gestures: Annotated[
        str | None, typer.Option(metavar="NAME,NAME,...", help="In this order.  [default: those of the user's head]")
    ] = None,
    sentence: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="One more, commas and all; give it once for each.")
    ] = None,
    repetitions: Annotated[
        int | None, typer.Option(help="Trials of each gesture.  [default: 2; sentences 1, acts 5]")
    ] = None,
    hold: Annotated[
        float | None, typer.Option(help="Seconds of each trial.  [default: 5; sentences 15, acts 3]")
    ] = None,
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
    wanted = None if gestures is None and not sentence else [*names(gestures or ""), *(sentence or ())]
    if recording is not None:
        from service.commands.calibrate_offline import Wish, calibrate_offline
        from service.settings import read_settings

        wish = Wish(user, None if wanted is None else tuple(wanted), add, consent_raw, accept)
        settings = read_settings(config, model=model, data_dir=data_dir, database_url=database_url)
        calibrate_offline(recording, wish, settings)
        return
    from service.commands.calibrate import Order
    from service.commands.calibrate import calibrate as run

    asked = {
        "gestures": wanted,
        "repetitions": repetitions,
        "hold_s": hold,
        "rest_s": rest,
        "prepare_s": prepare,
        "positions": None if positions is None else names(positions),
    }
    given = {name: value for name, value in asked.items() if value is not None}
    plan = {**(QUICK if quick else {}), **given}
    run(Order(server, {"user": user, "stream": stream, "add": add, **plan}, consent_raw, yes))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    model: Model = None,
    smoothing: Smoothing = None,
    reject_below: RejectBelow = None,
    language_model: LanguageModel = None,
    rate: Annotated[float | None, typer.Option(help="Rate in Hz, where the file does not state one.")] = None,
    config: Config = None,
) -> None:
    """Print the predictions for a recording as JSON lines, as fast as they come, without a server."""
    from service.commands.replay import replay as run
    from service.settings import read_settings

    flags = {"smoothing": smoothing, "reject_below": reject_below, "language_model": language_model}
    run(file, rate, read_settings(config, model=model, **flags))


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


@app.command()
def devices() -> None:
    """List serial ports with what they seem to be, LSL streams, and the boards that BrainFlow knows."""
    from service.commands.devices import devices as run

    run()


@app.command()
def models() -> None:
    """List the shipped models and what they expect."""
    from service.commands.models import list_models

    list_models()
