"""Any board that BrainFlow knows: ``brainflow://CYTON_BOARD?serial_port=/dev/ttyUSB0``.

Facts from BrainFlow's ``board_shim.py`` (5.23): a board's description names its EMG rows, its row of packet numbers and
its row of Unix times, which the host writes when a packet arrives. Biosignal rows are in microvolts by its data format.
"""

import importlib.resources
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from drivers.errors import SourceLost, SourceUnavailable
from drivers.packet_counter import PacketCounter
from drivers.registry import SourceUri
from drivers.source import Chunk, Losses, SourceInfo

#: Fields of ``BrainFlowInputParams`` that a user may need, and their types.
PARAMETERS: Mapping[str, Callable[[str], str | int]] = {
    "serial_port": str,
    "mac_address": str,
    "ip_address": str,
    "ip_port": int,
    "ip_protocol": int,
    "serial_number": str,
    "other_info": str,
    "timeout": int,
}
BUFFER_S = 10
POLL_S = 0.002


def from_uri(uri: SourceUri) -> "BrainFlowSource":
    """``brainflow://BOARD?serial_port=&mac_address=&ip_address=...``; BrainFlow's page of the board says which."""
    given = {name: uri.take(name, None, convert) for name, convert in PARAMETERS.items()}
    uri.done()
    return BrainFlowSource(uri.target, {name: value for name, value in given.items() if value is not None})


def load_brainflow() -> Any:
    """The module ``brainflow.board_shim``. Raises ``SourceUnavailable`` where BrainFlow is not installed."""
    try:
        module: Any = import_module("brainflow.board_shim")
    except ImportError as error:
        raise SourceUnavailable("BrainFlow is not installed: pip install 'palmaris[brainflow]'") from error
    if sys.version_info < (3, 12):
        # BrainFlow looks for its libraries with files("brainflow.board_shim"), which before Python 3.12 takes only
        # packages, and then falls back to pkg_resources, which setuptools no longer has.
        module.files = lambda name: importlib.resources.files(name.rpartition(".")[0])
    return module


def list_boards() -> list[str]:
    """Names of the boards that BrainFlow knows, each a target of ``brainflow://``; none need be here."""
    return [board.name for board in load_brainflow().BoardIds if board.name != "NO_BOARD"]


class BrainFlowSource:
    """A board opened through BrainFlow."""

    _rows: dict[str, Any]
    _counter: PacketCounter

    def __init__(self, board: str, parameters: Mapping[str, str | int] | None = None) -> None:
        self.losses = Losses()
        """Samples missing by their packet numbers."""
        self._name = board
        self._parameters = dict(parameters or {})
        self._board: Any = None
        self._info: SourceInfo | None = None
        self._index = 0
        self._ready: deque[Chunk] = deque()

    @property
    def info(self) -> SourceInfo:
        """The board as BrainFlow describes it."""
        if self._info is None:
            raise self._closed()
        return self._info

    def __enter__(self) -> Self:
        self._brainflow = load_brainflow()
        shim = self._brainflow.BoardShim
        shim.set_log_level(self._brainflow.LogLevels.LEVEL_WARN.value)
        board_id = self._board_id()
        try:
            self._rows = shim.get_board_descr(board_id)
            self._info = self._describe()
            self._board = self._start(board_id, round(BUFFER_S * self._info.rate_hz))
        except self._brainflow.BrainFlowError as error:
            raise SourceUnavailable(
                f"BrainFlow cannot open {self._name} ({error}): switch the board on, close other programs that use it, "
                f"and give the options that its BrainFlow page asks for (one of {', '.join(PARAMETERS)})"
            ) from error
        self._counter = PacketCounter()
        self.losses, self._index = Losses(), 0
        self._ready.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(self._brainflow.BrainFlowError):  # it may be gone already
            self._board.release_session()  # stops the stream, too
        self._board = None
        self._ready.clear()

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples or ``None``. Raises ``SourceLost`` when BrainFlow gives the board up."""
        end_s = time.monotonic() + timeout_s
        # BrainFlow fills its buffer in a thread of its own and offers no way to wait for it, so we must look often.
        while not self._pull() and (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(POLL_S, left_s))
        return self._ready.popleft() if self._ready else None

    def _board_id(self) -> int:
        boards = self._brainflow.BoardIds.__members__
        if self._name.upper() not in boards:
            near = get_close_matches(self._name.upper(), boards, n=1, cutoff=0.0)
            raise SourceUnavailable(f"BrainFlow knows no board {self._name}: did you mean brainflow://{near[0]}?")
        return int(boards[self._name.upper()].value)

    def _describe(self) -> SourceInfo:
        rows = self._rows.get("emg_channels") or self._rows.get("eeg_channels")
        if not rows:
            raise SourceUnavailable(f"the board {self._name} measures no EMG: choose one that does")
        self._rows["signal"] = rows
        labels = tuple(f"ch{number}" for number in range(1, len(rows) + 1))
        simulated = self._name.upper() == "SYNTHETIC_BOARD"
        return SourceInfo(self._rows["name"], float(self._rows["sampling_rate"]), labels, simulated=simulated)

    def _input_parameters(self) -> Any:
        parameters = self._brainflow.BrainFlowInputParams()
        for name, value in self._parameters.items():
            setattr(parameters, name, value)
        return parameters

    def _start(self, board_id: int, buffer_size: int) -> Any:
        # A BoardShim ends the board's session when it is collected, even one that another object holds: not this one.
        kind = type("Board", (self._brainflow.BoardShim,), {"__del__": lambda board: None})
        board = kind(board_id, self._input_parameters())
        board.prepare_session()
        try:
            board.start_stream(buffer_size)
        except self._brainflow.BrainFlowError:
            board.release_session()
            raise
        return board

    def _closed(self) -> SourceUnavailable:
        return SourceUnavailable(f"the BrainFlow board {self._name} is not open: enter it with `with` first")

    def _pull(self) -> bool:
        """Queue what BrainFlow has; true if there is something to give."""
        if self._board is None:
            raise self._closed()
        try:
            if not self._ready and self._board.get_board_data_count():
                self._take(self._board.get_board_data())
        except self._brainflow.BrainFlowError as error:
            raise SourceLost(f"BrainFlow lost {self._name} ({error}): check its power and cable") from error
        return bool(self._ready)

    def _take(self, data: npt.NDArray[np.float64]) -> None:
        """Queue a chunk for each run of consecutive samples. ``data`` (row, time)."""
        arrived_ns = time.monotonic_ns()
        samples = np.ascontiguousarray(data[self._rows["signal"]].T, dtype=np.float32)
        missing = [self._counter.missing(int(number)) for number in data[self._rows["package_num_channel"]]]
        self.losses.samples += sum(missing)
        starts = [0, *(at for at, count in enumerate(missing) if count and at)]
        for start, stop in zip(starts, [*starts[1:], len(samples)], strict=True):
            self._index += missing[start]
            device_s = float(data[self._rows["timestamp_channel"], start])
            self._ready.append(Chunk(self._index, samples[start:stop], arrived_ns, device_s))
            self._index += stop - start
