"""Arrays out of an npz file that nobody promised to be whole."""

import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError

_DAMAGED = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)

GENERATED: Final = "provenance"
"""The array that every file of generated windows has, and no recording."""


def read_npz(file: Path, *names: str, generated: bool = False) -> list[npt.NDArray[Any]]:
    """The arrays of these names.

    Raises:
        DatasetError: the file is damaged, one is not in it, or it is generated where recordings are asked for.
    """
    try:
        with file.open("rb") as stream, np.load(stream) as data:  # opened here: numpy leaks it if the file is damaged
            if GENERATED in data.files and not generated:
                raise DatasetError(
                    f"{file} holds generated windows, which are only learned from: give a folder of recordings"
                )
            return [data[name] for name in names]
    except _DAMAGED as error:
        raise DatasetError(f"{file} is damaged or has another layout ({error}): copy or write it again") from error
