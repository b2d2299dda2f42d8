import json
import threading
import zipfile

import pytest
from sqlalchemy import select

from calibration.errors import StoreDamaged, StoreUnavailable
from calibration.store import Store
from calibration.store.backup import backup, restore
from calibration.store.check import check
from calibration.store.tables import AuditRow, Row


def everything(store):
    with store.database.read() as session:
        tables = [table for table in Row.metadata.sorted_tables if table is not AuditRow.__table__]
        rows = {table.name: set(map(repr, session.execute(select(table)))) for table in tables}
    audit = [(entry.at, entry.who, entry.what, entry.details) for entry in store.audit()]
    return rows, audit, {name: store.files.path(name).read_bytes() for name in store.files.all()}


@pytest.fixture
def archive(clinic, tmp_path):
    clinic.calibrated("p-1")
    clinic.head("p-1")
    clinic.trial(clinic.start("p-2"))
    backup(clinic.store, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    url = request.getfixturevalue("new_url")() if request.param == "postgresql" else None
    with Store.open(tmp_path / "restored", url) as store:
        yield store


def test_a_store_is_restored_as_it_was_on_either_database(clinic, archive, empty):
    restore(empty, archive)
    assert everything(empty) == everything(clinic.store)
    assert check(empty).damage == check(empty).orphans == []
    head = empty.heads.roll_back("p-1", 1, "bob")  # and goes on working
    assert empty.heads.active("p-1", "e" * 64) == head
    assert empty.audit()[0].who == "bob"


def test_a_backup_is_consistent_while_trials_come_in(clinic, place, clinic_of, tmp_path):
    running = clinic.start("p-1")
    done = threading.Event()

    def work():
        with place.open() as store:
            number = 0
            while not done.is_set():
                number += 1
                clinic_of(store).trial(running, repetition=number)

    clinician = threading.Thread(target=work)
    clinician.start()
    try:
        for number in range(4):
            backup(clinic.store, tmp_path / f"{number}.zip")
    finally:
        done.set()
        clinician.join()
    for number in range(4):
        with Store.open(tmp_path / f"restored-{number}") as store:
            restore(store, tmp_path / f"{number}.zip")
            assert check(store).damage == check(store).orphans == []


def test_a_backup_is_never_overwritten_and_is_nobody_elses_business(clinic, archive):
    assert archive.stat().st_mode & 0o077 == 0
    with pytest.raises(StoreUnavailable, match="never overwritten: choose another name"):
        backup(clinic.store, archive)


def test_a_backup_that_cannot_be_written_leaves_nothing(clinic, tmp_path):
    with pytest.raises(StoreUnavailable, match=r"nowhere/b\.zip: it is not there"):
        backup(clinic.store, tmp_path / "nowhere" / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_archived_as_it_is(clinic, place, tmp_path, empty):
    head = clinic.calibrated("p-1")
    first, second = clinic.store.trials.of(head.calibration_id)
    (place.data_dir / first.file).unlink()
    (place.data_dir / second.file).write_bytes(b"other")
    backup(clinic.store, tmp_path / "b.zip")
    restore(empty, tmp_path / "b.zip")
    assert len(check(empty).damage) == 2
    assert empty.heads.read(head) == b"onnx of p-1"


def test_a_store_that_is_not_empty_is_not_restored_into(clinic, archive):
    before = everything(clinic.store)
    with pytest.raises(StoreUnavailable, match="empty data directory"):
        restore(clinic.store, archive)
    assert everything(clinic.store) == before


def rewritten(archive, change):
    made = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return made


def escape(name, content):
    return content.replace(b'"users/p-1/trials/', b'"users/../../../') if name == "tables/trials.jsonl" else content


def newer(name, content):
    return json.dumps(json.loads(content) | {"schema": "9999"}) if name == "palmaris-backup.json" else content


def cut(name, content):
    return content[: len(content) // 2] if name == "tables/heads.jsonl" else content


@pytest.mark.parametrize(
    ("change", "said"), [(escape, r"users/\.\./"), (newer, "9999.*the one that made it"), (cut, "no whole backup")]
)
def test_an_archive_that_is_not_whole_is_refused_and_leaves_the_store_empty(archive, empty, change, said):
    with pytest.raises(StoreDamaged, match=said):
        restore(empty, rewritten(archive, change))
    assert empty.files.all() == set()
    assert empty.users.all() == []
    restore(empty, archive)


def test_a_file_that_is_no_archive_is_refused(empty, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"no archive")
    with pytest.raises(StoreDamaged, match="no whole backup"):
        restore(empty, tmp_path / "b.zip")
    with pytest.raises(StoreUnavailable, match="not there"):
        restore(empty, tmp_path / "c.zip")
