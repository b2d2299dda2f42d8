"""A database server of our own, which the tests may stop and start again."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class Postgres:
    """A PostgreSQL server on a socket in its own folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.url = f"postgresql://palmaris@/postgres?host={folder}"
        self._programs, self._folder = programs, folder
        self._user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if self._user:
            shutil.chown(folder, self._user)
        self._do(
            "initdb", "-D", folder / "data", "-A", "trust", "-U", "palmaris", "--no-sync", "--locale=C", "-E", "UTF8"
        )

    def start(self) -> None:
        """Start it; it answers."""
        options = f"-k {self._folder} -c listen_addresses= -F"
        self._do("pg_ctl", "start", "-w", "-D", self._folder / "data", "-l", self._folder / "log", "-o", options)

    def stop(self) -> None:
        """Stop it as a power cut would."""
        self._do("pg_ctl", "stop", "-w", "-D", self._folder / "data", "-m", "immediate")

    def _do(self, program: str, *words: object) -> None:
        command = [str(word) for word in (self._programs / program, *words)]
        subprocess.run(command, check=True, user=self._user, cwd="/", stdout=subprocess.DEVNULL)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A running server, where PostgreSQL is installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    if not (folders := [folder for folder in [*on_path, *debian[::-1]] if (folder / "pg_ctl").exists()]):
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="palmaris-") as folder:
        server = Postgres(folders[0], Path(folder))
        server.start()
        yield server
        server.stop()
