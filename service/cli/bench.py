"""``palmaris bench``: speed and memory, measured."""

from typing import Annotated

import typer

from service.cli.flags import Json

bench = typer.Typer(help="Measure; every figure says what it measures.", no_args_is_help=True)


@bench.command()
def latency(
    source: Annotated[str, typer.Option(help="URI of the device.")] = "sim://two-channel",
    model: Annotated[str, typer.Option(help="Shipped model or path of an .onnx file.")] = "csae-simulated",
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure.")] = 30.0,
    json: Json = None,
) -> None:
    """Time from the arrival of a sample to its prediction in a websocket client."""
    from service.benchmarks.latency import latency as run

    run(source, model, seconds, json)


@bench.command()
def drivers(
    seconds: Annotated[float, typer.Option(min=1, help="How long to read each board at its rate.")] = 5.0,
    json: Json = None,
) -> None:
    """Processor time of each board at its full rate, and the highest rate that one core reads."""
    from service.benchmarks.drivers import drivers as run

    run(seconds, json)


@bench.command()
def calibration(
    model: Annotated[str, typer.Option(help="Shipped model or path of an .onnx file.")] = "hybrid-khushaba-10",
    fits: Annotated[int, typer.Option(min=1, help="How many heads to fit, one after the other.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="How long to listen while nothing else happens.")] = 30.0,
    hold: Annotated[float, typer.Option(min=1.5, help="Seconds of each of the trials that are recorded before.")] = 5.0,
    json: Json = None,
) -> None:
    """What fitting heads costs the predictions meanwhile."""
    from service.benchmarks.calibration import calibration as run

    run(model, fits, seconds, hold, json)
