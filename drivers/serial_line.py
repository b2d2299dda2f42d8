"""A serial line: opened, read and written, with errors that say what to do."""

import errno
import grp
import select
import time
from pathlib import Path

import serial

from drivers.errors import SourceLost, SourceUnavailable

BREATH_S = 0.006  # between reads: a fast board wakes us 160 times a second, not once a packet
WRITE_S = 1.0


class SerialLine:
    """An open port, this program's alone. Raises ``SourceUnavailable`` when it cannot be that."""

    def __init__(self, name: str, baud: int) -> None:
        self._name = name
        self._rested_at = 0.0
        try:
            self._port = serial.Serial(name, baud, timeout=0, write_timeout=WRITE_S, exclusive=True)
        except (OSError, ValueError) as error:
            raise SourceUnavailable(_reason(name, error)) from error

    def receive(self, timeout_s: float) -> bytes:
        """What is there, as soon as anything is; nothing after ``timeout_s``. Raises ``SourceLost``."""
        pause_s = self._rested_at + BREATH_S - time.monotonic()
        if pause_s > 0:
            time.sleep(min(pause_s, timeout_s))
        try:
            ready, _, _ = select.select([self._port.fileno()], [], [], timeout_s)
            data: bytes = self._port.read(max(self._port.in_waiting, 1)) if ready else b""
        except (OSError, ValueError) as error:  # select takes no descriptor above 1023: with fewer clients it will
            raise self._lost(error) from error
        self._rested_at = time.monotonic()
        return data

    def send(self, data: bytes) -> None:
        """Write ``data``. Raises ``SourceLost``."""
        try:
            if data:
                self._port.write(data)
        except OSError as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def _lost(self, error: OSError | ValueError) -> SourceLost:
        return SourceLost(f"{self._name} is gone ({error}); plug the board in again")


def _reason(port: str, error: OSError | ValueError) -> str:
    code = getattr(error, "errno", None)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"{port} is not there; plug the board in, and see 'palmaris devices' for the ports that are"
    if code in (errno.EACCES, errno.EPERM):
        group = _group(port)
        return f"no permission for {port}; run 'sudo usermod -aG {group} $USER' (its group is {group}) and log in again"
    if code in (errno.EBUSY, errno.EAGAIN):
        return f"{port} is in use; close the program that has it ('fuser -v {port}' names it)"
    return f"{port} cannot be opened ({error}); check that it is a serial port, and baud="


def _group(port: str) -> str:
    """Who may use serial ports: dialout on most systems, uucp on some."""
    try:
        return grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"
