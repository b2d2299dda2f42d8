"""A disk that does not take a trial: the calibration waits, predictions go on, nothing is lost."""

import os
import pwd
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from clinic import ORDER, stored
from serving import subscribed


@pytest.fixture
def impatient(monkeypatch) -> None:
    """The database waits for others for a moment only."""
    monkeypatch.setattr("calibration.store.database.PATIENCE_S", 0.2)


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    with sqlite3.connect(data_dir / "palmaris.sqlite") as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()
    other.close()


@contextmanager
def gone(data_dir: Path) -> Iterator[None]:
    file = data_dir / "palmaris.sqlite"
    file.rename(data_dir / "away")
    yield
    (data_dir / "away").rename(file)


@contextmanager
def full(_: Path) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def read_only(data_dir: Path) -> Iterator[None]:
    folders = [data_dir, *(path for path in data_dir.rglob("*") if path.is_dir())]
    root = os.geteuid() == 0
    for folder in (*folders, *data_dir.glob("palmaris*")):
        if root:  # who may do anything
            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        folder.chmod(0o500 if folder.is_dir() else 0o600)
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for folder in folders:
            folder.chmod(0o700)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(locked, "holds the database"), (gone, "gone"), (full, "disk is full"), (read_only, "make it writable")],
)
def test_a_trial_that_cannot_be_stored_waits_for_the_disk(
    clinic, user, tmp_path, impatient, trouble: Callable[[Path], AbstractContextManager[None]], words
):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        prompt = watcher.follow_to(user, "hold")
        with trouble(tmp_path):
            user.obey(prompt)
            reason = watcher.until("paused")["reason"]
            with subscribed(clinic.address) as controller:  # predictions go on
                controller.next("hello")
                user.give("rest", 0.1)
                controller.next("prediction")
            again = clinic.ask("POST", f"/calibrations/{calibration}/resume")
            assert (again.status_code, words in again.text) == (503, True), again.text
            now = clinic.ask("GET", f"/calibrations/{calibration}").json()
            assert (now["state"], now["kept"]) == ("paused", 0)
        assert "not stored yet" in reason
        assert words in reason
        assert clinic.post(f"/calibrations/{calibration}/resume")["kept"] == 1
        watcher.follow(user)
        assert clinic.post(f"/calibrations/{calibration}/accept")["state"] == "accepted"
    assert stored(tmp_path, calibration) == [(gesture, number) for number in (1, 2) for gesture in ORDER["gestures"]]


def test_a_trial_that_waits_for_the_disk_can_be_held_again_or_left_out(clinic, user, tmp_path, impatient):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        prompt = watcher.follow_to(user, "hold")
        with gone(tmp_path):
            user.obey(prompt)
            watcher.until("paused")
        told = clinic.post(f"/calibrations/{calibration}/redo")
        assert (told["state"], told["kept"], told["ahead"]) == ("paused", 0, 4)
        clinic.post(f"/calibrations/{calibration}/resume")
        watcher.follow(user, until="trial_kept")
        assert watcher.kept() == [("fist", 1)]
