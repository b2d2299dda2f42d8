"""From a path to a recording; a reader is imported only when a file needs it."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording

#: How a file begins -> the module in this package whose ``read(path)`` opens it. Content goes before suffix.
BEGINNINGS = (
    (b"PALMARIS REC", "native_reader"),
    (b"PK\x03\x04", "npz"),
    (b"XDF:", "xdf"),
    (b"0       ", "edf"),
    (b"\xffBIOSEMI", "edf"),
    (b"%OpenBCI Raw E", "openbci_text"),
    (b"\x89HDF\r\n\x1a\n", "emg2qwerty"),
    (b"MATLAB 5.0 MAT", "matlab"),
    (b"MATLAB 7.3 MAT", "matlab"),
)
#: Suffix -> module, for formats that begin anyhow.
SUFFIXES = {".palmaris": "native_reader", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".hea": "wfdb", ".dat": "wfdb"}
#: Formats of which some files state no rate.
WITHOUT_RATE = ("csv", "matlab")
KNOWN = "our own (.palmaris), CSV, EDF, BDF, XDF, OpenBCI text, npz, WFDB, MATLAB, HDF5"


def open_recording(path: Path | str, rate_hz: float | None = None) -> Recording:
    """The recording in a file.

    Args:
        path: the file; its beginning, then its suffix, tells the format.
        rate_hz: samples per second, for files that state no rate.

    Raises:
        RecordingError: the file is missing, empty, cut short or of no known format, or states a rate of its own.
    """
    path = Path(path)
    module = _format(path)
    read: Callable[..., Recording] = import_module(f"drivers.recordings.{module}").read
    if module in WITHOUT_RATE:
        return read(path, rate_hz)
    if rate_hz is not None:
        raise RecordingError(f"{path} states its own rate; leave the rate out")
    return read(path)


def _format(path: Path) -> str:
    beginning = _beginning(path)
    for mark, module in BEGINNINGS:
        if beginning.startswith(mark):
            return module
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RecordingError(f"{path} is of no known format, or damaged; known: {KNOWN}")
    return SUFFIXES[suffix]


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            beginning = file.read(256)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror}); check the path") from error
    if not beginning:
        raise RecordingError(f"{path} is empty; record it again")
    return beginning
