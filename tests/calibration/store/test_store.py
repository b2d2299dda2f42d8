"""``kill -9`` at random moments: what was returned is there and whole, and nothing is half there."""

import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calibration.store.check import check
from calibration.store.records import NewTrial, TrialData

ROOT = Path(__file__).parents[3]

# Imports once, then forks a writer for each line it reads: `data_dir url calibration first`.
WRITERS = """
import os, sys
from pathlib import Path
import numpy as np
from calibration.store import Store
from calibration.store.records import NewHead, NewTrial, TrialData

def write(data_dir, url, calibration, first):
    with Store.open(Path(data_dir), None if url == "-" else url) as store:
        user = store.calibrations.get(calibration).user_id
        for number in range(int(first), 10**9):
            data = TrialData(np.full((400, 64), number, np.float32), np.arange(400))
            trial = store.trials.add(NewTrial(calibration, "fist", number), data, "ann", {"next": number + 1})
            print("trial", trial.id, number, flush=True)
            head = store.heads.add(NewHead(user, "m", "e", "mlp", (), (trial.id,)), b"%d" % number * 9999, "ann")
            print("head", store.heads.accept(head.id, "ann").id, number, flush=True)

for line in sys.stdin:
    if not (pid := os.fork()):
        write(*line.split())
    print("pid", pid, 0, flush=True)
    os.waitpid(pid, 0)
    print("end", 0, 0, flush=True)
"""


class Writers:
    """Writers on a store, one after the other."""

    def __init__(self, place):
        self.place = place
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITERS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def write_and_kill(self, calibration, first, seconds):
        """What a writer said to be stored until it was killed, some time after the first word."""
        order = f"{self.place.data_dir} {self.place.url or '-'} {calibration} {first}\n"
        self.process.stdin.write(order.encode())
        self.process.stdin.flush()
        said = [self._line()]
        while said[-1][0] != "trial":
            said.append(self._line())
        select.select([], [], [], seconds)
        os.kill(next(int(pid) for word, pid, _ in said if word == "pid"), signal.SIGKILL)
        while said[-1][0] != "end":
            said.append(self._line())
        return [(word, name, int(number)) for word, name, number in said if word in ("trial", "head")]

    def _line(self):
        return tuple(self.process.stdout.readline().decode().split())

    def close(self):
        self.process.communicate()


@pytest.fixture
def writers(place):
    found = Writers(place)
    yield found
    found.close()


def test_whatever_moment_a_writer_is_killed_all_that_it_stored_is_there(clinic, place, writers):
    calibration, rng, stored = clinic.start("p-1"), random.Random(5), []
    for _ in range(10):
        first = 1 + max((number for _, _, number in stored), default=0)
        stored += writers.write_and_kill(calibration.id, first, rng.uniform(0, 0.08))
        with place.open() as store:
            findings = check(store)
            assert findings.damage == []
            assert all("/trials/" in name or "/heads/" in name for name in findings.orphans)
            assert store.calibrations.get(calibration.id).position["next"] > stored[-1][2]
    assert_whole(clinic.store, stored)
    assert not list(place.data_dir.rglob("*.part"))


def assert_whole(store, stored):
    for word, name, number in stored:
        if word == "trial":
            features = store.trials.read(store.trials.get(name)).features
            np.testing.assert_array_equal(features, np.full((400, 64), number, np.float32))
        else:
            assert store.heads.read(store.heads.get(name)) == b"%d" % number * 9999
    last = [name for word, name, _ in stored if word == "head"][-1]
    heads = store.heads.of("p-1")
    versions = [head.version for head in heads if head.version]
    assert versions == list(range(1, len(versions) + 1))
    assert store.heads.active("p-1", "e").version == len(versions)
    assert store.heads.active("p-1", "e").version - store.heads.get(last).version in (0, 1)


def test_two_users_are_calibrated_at_once(clinic, place):
    calibrations = [clinic.start("p-1"), clinic.start("p-2")]
    with place.open() as other:
        for number in range(1, 6):
            for store, calibration in zip((clinic.store, other), calibrations, strict=True):
                data = TrialData(np.zeros((5, 8), np.float32), np.arange(5))
                store.trials.add(NewTrial(calibration.id, "fist", number), data, "ann")
    assert [len(clinic.store.trials.of(calibration.id)) for calibration in calibrations] == [5, 5]


def test_what_was_being_written_when_a_process_was_killed_is_removed_at_the_next_start(clinic, place):
    trial = clinic.trial(clinic.start())
    unfinished = (place.data_dir / trial.file).with_name("0123.safetensors.part")
    unfinished.write_bytes(b"half a tri")
    with place.open() as store:
        assert store.files.all() == {trial.file}


def test_the_audit_trail_tells_who_did_what_newest_first(clinic):
    head = clinic.calibrated("p-1")
    clinic.store.heads.roll_back("p-1", 1, "bob")
    assert [(entry.who, entry.what) for entry in clinic.store.audit()] == [
        ("bob", "roll back"),
        ("ann", "accept head"),
        ("ann", "store head"),
        *[("ann", "store trial")] * 2,
        ("ann", "start calibration"),
        ("ann", "create user"),
    ]
    assert clinic.store.audit(last=1)[0].subject == head.id
