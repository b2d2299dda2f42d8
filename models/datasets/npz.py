"""Arrays out of an npz file that nobody promised to be whole."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError

_DAMAGED = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)


def read_npz(file: Path, *names: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names. Raises ``DatasetError`` if the file is damaged or one is not in it."""
    try:
        with file.open("rb") as stream, np.load(stream) as data:  # opened here: numpy leaks it if the file is damaged
            return [data[name] for name in names]
    except _DAMAGED as error:
        raise DatasetError(f"{file} is damaged or has another layout ({error}): copy or write it again") from error
