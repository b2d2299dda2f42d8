"""``palmaris bench``: speed and memory, measured."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.flags import Json, numbers

bench = typer.Typer(help="Measure; every figure says what it measures.", no_args_is_help=True)


def _of_gestures(name: str) -> str:
    """The name of a model that has gestures. Raises ``ModelError``."""
    from models.any_model import load_any_model
    from models.errors import ModelMismatch
    from models.sequence_runtime import SequenceModel

    if isinstance(model := load_any_model(name), SequenceModel):
        raise ModelMismatch(
            f"model {name} is of kind {model.spec.kind}, this measures gestures: what networks of text and events "
            "cost, palmaris bench wristbands measures; for a service with this one, palmaris watch shows its latency"
        )
    return name


BenchModel = Annotated[
    str, typer.Option(help="Shipped model or path of an .onnx file, of gestures.", callback=_of_gestures)
]
Seconds = Annotated[float, typer.Option(min=1, help="How long to measure each figure.")]
Counts = Annotated[str, typer.Option(metavar="N,N,...", help="How many, each measured on its own.")]


@bench.command("all")
def everything(
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="File for the table as Markdown.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A size for tests; its figures mean nothing.")] = False,
) -> None:
    """All but drivers and calibration, in about ten minutes: one table of figures, targets and ratios."""
    from service.benchmarks.suite import benches, run_all

    run_all(benches(quick=quick), json, markdown)


@bench.command()
def latency(
    source: Annotated[
        str | None, typer.Option(help="URI of the device.  [default: a recorded simulated user, or noise on a grid]")
    ] = None,
    model: BenchModel = "csae-simulated",
    seconds: Seconds = 60.0,
    json: Json = None,
) -> None:
    """Time from the arrival of a sample to its prediction in a websocket client."""
    from service.benchmarks.latency import latency as run

    run(model, seconds, source).show(json)


@bench.command()
def sixteen(seconds: Seconds = 30.0, json: Json = None) -> None:
    """The same for 16 channels at 2 kHz and a decision every 10 ms; needs PyTorch, which makes the model."""
    from service.benchmarks.sixteen import sixteen as run

    run(seconds).show(json)


@bench.command()
def hops(model: BenchModel = "csae-simulated", seconds: Seconds = 10.0, json: Json = None) -> None:
    """What overlapping windows cost, from 125 to 5 ms apart, with and without what they share."""
    from service.benchmarks.hops import hops as run

    run(model, seconds).show(json)


@bench.command()
def wristbands(seconds: Seconds = 10.0, json: Json = None) -> None:
    """What text and gesture events cost, in chunks of 40 ms of one or two bands; needs PyTorch, which makes them."""
    from service.benchmarks.wristbands import wristbands as run

    run(seconds).show(json)


@bench.command()
def grids(seconds: Seconds = 10.0, json: Json = None) -> None:
    """What every sample as an image costs: 64 channels at 1 kHz and 128 at 2 kHz; needs PyTorch, which makes them."""
    from service.benchmarks.grids import grids as run

    run(seconds).show(json)


@bench.command()
def streams(
    model: BenchModel = "csae-simulated", counts: Counts = "1,8,16,32,64", seconds: Seconds = 15.0, json: Json = None
) -> None:
    """Many streams in one service."""
    from service.benchmarks.streams import streams as run

    run(model, sorted(numbers(counts)), seconds).show(json)


@bench.command()
def subscribers(
    model: BenchModel = "csae-simulated", counts: Counts = "1,10,100,1000", seconds: Seconds = 15.0, json: Json = None
) -> None:
    """Many subscribers of one stream, some of whom never read."""
    from service.benchmarks.subscribers import subscribers as run

    run(model, sorted(numbers(counts)), seconds).show(json)


@bench.command()
def offline(
    model: BenchModel = "csae-simulated",
    seconds: Annotated[float, typer.Option(min=1, help="Length of the recording.")] = 120.0,
    json: Json = None,
) -> None:
    """How many times faster than real time a recording is recognised, and where the time goes."""
    from service.benchmarks.offline import offline as run

    run(model, seconds).show(json)


@bench.command()
def start(
    model: BenchModel = "csae-simulated",
    times: Annotated[int, typer.Option(min=1, help="How many starts.")] = 5,
    json: Json = None,
) -> None:
    """From `palmaris serve` to the first prediction, and the memory by then."""
    from service.benchmarks.start import start as run

    run(model, times).show(json)


@bench.command()
def page(
    rounds: Annotated[int, typer.Option(min=1, help="Turns without and with a page.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure in each half of a turn.")] = 10.0,
    json: Json = None,
) -> None:
    """What an open page costs the predictions of 64 channels, how smoothly it runs and how fast it opens."""
    from service.benchmarks.page import page as run

    run(rounds, seconds).show(json)


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
    model: BenchModel = "hybrid-khushaba-10",
    fits: Annotated[int, typer.Option(min=1, help="How many heads to fit, one after the other.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="How long to listen while nothing else happens.")] = 30.0,
    hold: Annotated[float, typer.Option(min=1.5, help="Seconds of each of the trials that are recorded before.")] = 5.0,
    json: Json = None,
) -> None:
    """What fitting heads costs the predictions meanwhile."""
    from service.benchmarks.calibration import calibration as run

    run(model, fits, seconds, hold, json)
