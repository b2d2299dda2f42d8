"""Stores on both databases: a SQLite file, and a PostgreSQL server of our own on a socket in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar

import numpy as np
import psycopg
import pytest
from psycopg import sql

from calibration.store import Store
from calibration.store.records import Calibration, Device, Head, NewCalibration, NewHead, NewTrial, Trial, TrialData

ENCODER = "e" * 64


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest version first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    return next((folder for folder in [*on_path, *debian] if (folder / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The folder with the socket of a running server."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="palmaris-") as folder, ExitStack() as stack:
        if user:
            shutil.chown(folder, user)
        initdb = [found / "initdb", "-D", f"{folder}/data", "--auth=trust", "--username=palmaris", "--encoding=UTF8"]
        subprocess.run([*initdb, "--locale=C", "--no-sync"], check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")
        log = stack.enter_context(open(f"{folder}/log", "wb"))
        postgres = [found / "postgres", "-D", f"{folder}/data", "-k", folder, "-c", "listen_addresses=", "-F"]
        server = stack.enter_context(subprocess.Popen(postgres, user=user, stdout=log, stderr=log, cwd="/"))
        stack.callback(server.send_signal, signal.SIGQUIT)
        wait_for(server, folder)
        yield folder


def wait_for(server: "subprocess.Popen[bytes]", folder: str) -> None:
    """Until the server answers."""
    while True:
        try:
            connect(folder, "postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                pytest.fail(f"PostgreSQL does not start: {Path(folder, 'log').read_text()}")
        else:
            return


@dataclass(frozen=True)
class Place:
    """Where a store lies."""

    data_dir: Path
    url: str | None

    def open(self) -> Store:
        """The store that lies here."""
        return Store.open(self.data_dir, self.url)


@pytest.fixture
def new_url(postgresql: str) -> Callable[[], str]:
    """Makes empty PostgreSQL databases; a database of a test before is emptied, which is faster than a new one."""
    numbers = count()

    def make() -> str:
        name = f"test{next(numbers)}"
        with connect(postgresql, "postgres") as connection, suppress(psycopg.errors.DuplicateDatabase):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with connect(postgresql, name) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql://palmaris@/{name}?host={postgresql}"

    return make


def connect(folder: str, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection to the server of that folder."""
    return psycopg.connect(host=folder, user="palmaris", dbname=database, autocommit=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that everybody may enter, as pytest's own ones are not."""
    with tempfile.TemporaryDirectory(prefix="palmaris-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, folder: Path) -> Place:
    """An empty place on each database."""
    url = request.getfixturevalue("new_url")() if request.param == "postgresql" else None
    return Place(folder / "data", url)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """An open, empty store on each database."""
    with place.open() as opened:
        yield opened


@pytest.fixture
def sqlite_place(folder: Path) -> Place:
    """An empty place on SQLite, for what is its own."""
    return Place(folder / "data", None)


@dataclass(frozen=True)
class Clinic:
    """Fills a store as a clinician would."""

    store: Store
    device: ClassVar = Device("two-channel band", 1000.0, ("left", "right"), "uV")

    @staticmethod
    def data(windows: int = 20) -> TrialData:
        """Features of 8 numbers, and half a second of two channels."""
        rng = np.random.default_rng(0)
        features = rng.standard_normal((windows, 8)).astype(np.float32)
        return TrialData(features, np.arange(windows) * 25 + 249, rng.standard_normal((500, 2)).astype(np.float32))

    def start(self, user_id: str = "p-1", encoder: str = ENCODER) -> Calibration:
        """A running calibration, of a new user if need be."""
        if user_id not in [user.id for user in self.store.users.all()]:
            self.store.users.create(user_id, "ann", consent_raw=True)
        new = NewCalibration(user_id, self.device, "csae", encoder, {"gestures": ["fist", "rest"]}, seed=7)
        return self.store.calibrations.start(new, "ann")

    def trial(self, calibration: Calibration, gesture: str = "fist", repetition: int = 1) -> Trial:
        """A kept trial with raw signal."""
        new = NewTrial(calibration.id, gesture, repetition, quality={"snr_db": 21.5})
        return self.store.trials.add(new, self.data(), "ann", {"prompt": repetition})

    def head(self, user_id: str = "p-1", calibration: Calibration | None = None, encoder: str = ENCODER) -> Head:
        """A candidate."""
        new = NewHead(
            *(user_id, "csae", encoder, "mlp", ("fist", "rest")), calibration_id=calibration.id if calibration else None
        )
        return self.store.heads.add(new, b"onnx of " + user_id.encode(), "ann")

    def calibrated(self, user_id: str = "p-1") -> Head:
        """An accepted head with the trials that it was fitted on."""
        calibration = self.start(user_id)
        for repetition in (1, 2):
            self.trial(calibration, repetition=repetition)
        return self.store.heads.accept(self.head(user_id, calibration).id, "ann")


@pytest.fixture
def clinic(store: Store) -> Clinic:
    """A clinic with the open store."""
    return Clinic(store)


@pytest.fixture
def clinic_of() -> Callable[[Store], Clinic]:
    """Makes clinics with other stores."""
    return Clinic


@pytest.fixture
def unprivileged() -> Callable[[Path], AbstractContextManager[None]]:
    """Makes contexts in which the folder is ours and we are not root, who may do anything."""

    @contextmanager
    def drop(folder: Path) -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        nobody = pwd.getpwnam("nobody").pw_uid
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody, -1)
        os.seteuid(nobody)
        try:
            yield
        finally:
            os.seteuid(0)

    return drop
