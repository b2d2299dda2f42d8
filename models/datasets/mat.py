"""Arrays out of a MATLAB file (up to version 7) that nobody promised to be whole."""

import zlib
from pathlib import Path
from typing import Any

import numpy.typing as npt
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from models.errors import DatasetError

_DAMAGED = (OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, MatReadError, zlib.error)


def read_mat(file: Path, *names: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names. Raises ``DatasetError`` if the file is damaged or one is not in it."""
    try:
        data = loadmat(file, variable_names=names)
        return [data[name] for name in names]
    except _DAMAGED as error:
        raise DatasetError(f"{file} is damaged or has another layout ({error}): copy it again") from error
