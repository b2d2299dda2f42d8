"""HDF5 files that nobody promised to be whole, and the tables that pandas left in them.

pandas' fixed format, in which ``DataFrame.to_hdf`` writes unless told otherwise: per kind of column a block,
``block0_items`` its names and ``block0_values`` its values (row, column); where those are strings, one pickled array of
them. It is read here without pandas or PyTables, and of what a pickle may do only arrays are made.
"""

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError
from models.extras import require

_DAMAGED: Final = (OSError, ValueError, TypeError, LookupError, RuntimeError, EOFError, pickle.UnpicklingError)


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The open file. What is wrong with it, then or later, becomes a ``DatasetError``."""
    h5py = require("h5py", "recordings", DatasetError)
    try:
        with h5py.File(file, "r") as root:
            yield root
    except _DAMAGED as error:
        raise DatasetError(f"{file} is damaged or has another layout ({error}): copy it again") from error


def read_table(group: Any) -> dict[str, npt.NDArray[Any]]:
    """Columns by their name, from the group of a table."""
    columns: dict[str, npt.NDArray[Any]] = {}
    for number in range(int(group.attrs["nblocks"])):
        values = group[f"block{number}_values"]
        rows = _unpickled(values[0].tobytes()) if values.dtype == object else values[()]
        names = group[f"block{number}_items"][()]
        columns |= {name.decode(): rows[:, place] for place, name in enumerate(names)}
    return columns


def _unpickled(data: bytes) -> npt.NDArray[Any]:
    array = _ArraysOnly(io.BytesIO(data)).load()
    if not isinstance(array, np.ndarray):
        raise pickle.UnpicklingError(f"a column is {type(array).__name__}, not an array")
    return array


class _ArraysOnly(pickle.Unpickler):
    """Makes arrays, and nothing else that a pickle could ask for."""

    _MAKERS: Final = {"_reconstruct": np.empty(0).__reduce__()[0], "ndarray": np.ndarray, "dtype": np.dtype}

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "numpy" or name not in self._MAKERS:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a table")
        return self._MAKERS[name]
