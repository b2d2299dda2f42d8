"""A ``palmaris serve`` of its own process, as a user would start it, and what it costs."""

import os
import re
import subprocess
import sys
import tempfile
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

    def core_percent(self, seconds: float) -> float:
        """Wait so long; the share of one core that it used meanwhile, in percent."""
        cpu, began = self.cpu_s(), time.monotonic()
        time.sleep(seconds)
        return 100 * (self.cpu_s() - cpu) / (time.monotonic() - began)

    def peak_mb(self) -> float:
        """Largest memory so far, in megabytes."""
        return self._memory_mb("VmHWM")

    def memory_mb(self) -> float:
        """Resident memory now, in megabytes."""
        return self._memory_mb("VmRSS")

    def _memory_mb(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")


@contextmanager
def service(*flags: str) -> Iterator[Service]:
    """``palmaris serve`` with these flags on a free port, stopped when the block is left.

    Raises:
        ServiceError: it did not come up; the message is its own.
    """
    with started(*flags) as process:
        yield Service(process.pid, _address(process))


@contextmanager
def own_service(source: str, model: str) -> Iterator[Service]:
    """A service of one stream that stores nothing that outlives it."""
    flags = ("--source", source, "--model", model, "--log-level", "error")
    with tempfile.TemporaryDirectory() as folder, service(*flags, "--data-dir", folder) as running:
        yield running


@contextmanager
def started(*flags: str) -> Iterator["subprocess.Popen[str]"]:
    """The process of ``palmaris serve``; stopped when the block is left."""
    command = [sys.executable, "-m", "service", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


def told(process: "subprocess.Popen[str]", pattern: str) -> str:
    """The first group of the first line that fits. Raises ``ServiceError`` if there is none within a minute."""
    began = time.monotonic()
    while (line := process.stdout.readline() if process.stdout else "") and time.monotonic() - began < 60:
        if found := re.search(pattern, line):
            return found[1]
    raise ServiceError(f"the service did not start: {process.stderr.read() if process.stderr else ''}")


def _address(process: "subprocess.Popen[str]") -> str:
    return told(process, r"http://(\S+)")
