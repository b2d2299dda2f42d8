import resource
import signal
from contextlib import contextmanager

import pytest

from calibration.errors import StoreUnavailable
from calibration.store import Store
from calibration.store.check import check
from calibration.store.files import Files


@contextmanager
def files_no_larger_than(size):
    """How a full disk looks. Kept short: the test runner's own output may go to a file, too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 1000], ids=["nothing fits", "half a trial fits"])
def test_on_a_full_disk_a_trial_is_refused_and_nothing_is_lost(clinic, place, size):
    running = clinic.start()
    first = clinic.trial(running)
    with files_no_larger_than(size), pytest.raises(StoreUnavailable, match="free space"):
        clinic.trial(running)
    assert [trial.id for trial in clinic.store.trials.kept("p-1", running.encoder_sha256)] == [first.id]
    assert clinic.store.calibrations.get(running.id).position == {"prompt": 1}
    findings = check(clinic.store)
    assert findings.damage == findings.orphans == []
    assert not list(place.data_dir.rglob("*.part"))
    assert clinic.trial(running, repetition=2).state == "kept"  # somebody made room


def test_on_a_full_disk_the_database_refuses_and_keeps_what_it_has(sqlite_place, clinic_of):
    def fill(store: Store) -> None:
        for number in range(1000):
            store.users.create(f"q-{number}", "ann")

    with sqlite_place.open() as store:
        clinic_of(store).calibrated("p-1")
        full = (sqlite_place.data_dir / "palmaris.sqlite-wal").stat().st_size
        with files_no_larger_than(full), pytest.raises(StoreUnavailable, match="free space"):
            fill(store)
        assert store.users.get("p-1")
        assert store.users.create("p-2", "ann")
        assert check(store).damage == []


def test_what_raises_inside_takes_the_file_back(tmp_path):
    files = Files(tmp_path)
    with pytest.raises(KeyboardInterrupt), files.adding("users/p-1/heads/x", b"content"):
        raise KeyboardInterrupt
    assert files.all() == set()


def test_a_name_is_given_once(tmp_path):
    files = Files(tmp_path)
    with files.adding("users/p-1/heads/x", b"content") as sha256:
        assert files.read("users/p-1/heads/x", sha256) == b"content"
    assert (tmp_path / "users/p-1/heads/x").stat().st_mode & 0o077 == 0
    assert (tmp_path / "users/p-1").stat().st_mode & 0o077 == 0
