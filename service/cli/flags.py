"""Flags that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str | None, typer.Option(help="Shipped model (see: palmaris models) or path of an .onnx file.")]
LanguageModel = Annotated[
    str | None,
    typer.Option(help="For a model of text: what is likely to be typed, a file .npz, .arpa or .klm.  [default: none]"),
]
Smoothing = Annotated[
    int | None, typer.Option(min=1, help="Windows averaged into a decision; 1: none.  [default: 3; of images: 1]")
]
RejectBelow = Annotated[float | None, typer.Option(min=0, max=1, help="Confidence to accept a decision; 0: always.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="PostgreSQL, postgresql://user@host/database.  [default: a file]")
]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.  [default: palmaris.toml]")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything lies that the service stores.")]
Json = Annotated[Path | None, typer.Option(help="File for the figures as JSON; -: JSON to standard output.")]


def names(text: str) -> list[str]:
    """Names with commas, such as hand_open,hand_close."""
    return [name.strip() for name in text.split(",") if name.strip()]


def numbers(text: str) -> frozenset[int]:
    """Numbers with commas, such as 5,6."""
    try:
        return frozenset(int(number) for number in text.split(",") if number)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no list of trials: write numbers with commas, for example 5,6"
        ) from error
