"""A ``palmaris serve`` of its own process, as a user would start it, and what it costs."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.errors import ServiceError


@dataclass
class Service:
    """A running service."""

    pid: int
    address: str
    """host:port."""

    def cpu_s(self) -> float:
        """Processor time used so far, over all threads, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """Largest memory so far, in megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")


@contextmanager
def service(*flags: str) -> Iterator[Service]:
    """``palmaris serve`` with these flags on a free port, stopped when the block is left.

    Raises:
        ServiceError: it did not come up; the message is its own.
    """
    command = [sys.executable, "-m", "service", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield Service(process.pid, _address(process))
        finally:
            process.terminate()
            process.communicate()


def _address(process: "subprocess.Popen[str]") -> str:
    began = time.monotonic()
    while (line := process.stdout.readline() if process.stdout else "") and time.monotonic() - began < 60:
        if found := re.search(r"http://(\S+)", line):
            return found[1]
    raise ServiceError(f"the service did not start: {process.stderr.read() if process.stderr else ''}")
