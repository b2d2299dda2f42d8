"""Signals out of a WFDB record (a ``.hea`` beside one ``.dat`` in format 16) that nobody promised to be whole.

WFDB Applications Guide, header(5) and signal(5); only what GRABMyo's records need of it.
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError

_RECORD: Final = re.compile(r"\S+ (?P<signals>\d+) (?P<rate>[\d.]+) (?P<length>\d+)")
_SIGNAL: Final = re.compile(
    r"(?P<file>\S+) 16 (?P<gain>[\d.]+)\((?P<baseline>-?\d+)\)/mV (?:\S+ ){5}\s*(?P<name>\S+)\s*"
)
UV_PER_MV: Final = 1000.0


def read_wfdb(header: Path, names: tuple[str, ...]) -> tuple[npt.NDArray[np.float32], float]:
    """The signals of these names, (time, signal) in microvolts, and their rate in Hz.

    Raises:
        DatasetError: the record is damaged, of another layout, or has no such signal.
    """
    try:
        record, *lines = header.read_text("utf-8").splitlines()
        length, rate_hz, signals = _header(record, lines)
        counts = np.fromfile(header.with_name(signals[0]["file"]), "<i2").reshape(length, len(signals))
        at = [[signal["name"] for signal in signals].index(name) for name in names]
    except (OSError, ValueError) as error:
        raise DatasetError(f"{header} is damaged or has another layout ({error}): download the record again") from error
    gain, baseline = (np.array([float(signals[n][key]) for n in at]) for key in ("gain", "baseline"))
    return np.asarray((counts[:, at] - baseline) / gain * UV_PER_MV, np.float32), rate_hz


def _header(record: str, lines: list[str]) -> tuple[int, float, list[re.Match[str]]]:
    """Samples, rate in Hz and signals. Raises ``ValueError`` where a line is none."""
    first = _RECORD.match(record)
    signals = [match for line in lines if (match := _SIGNAL.fullmatch(line))]
    if first is None or not signals or len(signals) != int(first["signals"]):
        raise ValueError("no header of signals in format 16 and millivolts")
    return int(first["length"]), float(first["rate"]), signals
