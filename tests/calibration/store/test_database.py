import os
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from calibration.errors import StoreDamaged, StoreUnavailable
from calibration.store import Store, database


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_S", 1)


def test_sqlite_is_set_up_so_that_nothing_is_lost(sqlite_place):
    with sqlite_place.open() as store, store.database.read() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert (sqlite_place.data_dir / "palmaris.sqlite").stat().st_mode & 0o077 == 0


def test_a_locked_sqlite_database_is_a_clear_error_and_readers_go_on(impatient, sqlite_place):
    with sqlite_place.open() as store:
        store.users.create("p-1", "ann")
        other = sqlite3.connect(sqlite_place.data_dir / "palmaris.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"palmaris\.sqlite: another process holds the database: close it"):
            store.users.create("p-2", "ann")
        assert [user.id for user in store.users.all()] == ["p-1"]
        other.close()
        assert store.users.create("p-2", "ann")


def test_a_locked_postgresql_user_is_a_clear_error(impatient, new_url, tmp_path):
    with Store.open(tmp_path, new_url()) as store:
        store.users.create("p-1", "ann")
        with store.database.write() as session:
            session.execute(text("SELECT * FROM users FOR UPDATE"))
            with pytest.raises(StoreUnavailable, match="another process holds the database"):
                store.users.delete("p-1", "ann")
        store.users.delete("p-1", "ann")


def test_a_sqlite_database_that_is_gone_is_an_error_and_never_made_anew(sqlite_place):
    with sqlite_place.open() as store:
        store.users.create("p-1", "ann")
        away = sqlite_place.data_dir.rename(sqlite_place.data_dir.with_name("away"))
        for call in (store.users.all, lambda: store.users.create("p-2", "ann")):
            with pytest.raises(StoreUnavailable, match="gone: connect its disk again"):
                call()
        assert not sqlite_place.data_dir.exists()
        away.rename(sqlite_place.data_dir)
        assert [user.id for user in store.users.all()] == ["p-1"]


def test_a_postgresql_connection_that_is_cut_is_made_anew(new_url, tmp_path):
    url = new_url()
    with Store.open(tmp_path, url) as store:
        store.users.create("p-1", "ann")
        with psycopg.connect(url, autocommit=True) as other:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            other.execute(f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()")
        assert [user.id for user in store.users.all()] == ["p-1"]


def test_a_postgresql_connection_that_is_cut_in_a_transaction_is_a_clear_error(new_url, tmp_path):
    url = new_url()

    def cut_short(store: Store) -> None:
        with store.database.write() as session, psycopg.connect(url, autocommit=True) as other:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            session.execute(text("SELECT 1"))

    with Store.open(tmp_path, url) as store:
        with pytest.raises(StoreUnavailable, match="check that the server runs"):
            cut_short(store)
        assert store.users.all() == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://palmaris:secret@/x?host=/nowhere", "check that the server runs"),
        ("mysql://user:secret@host/x", "write postgresql://"),
        ("sqlite:///x.db", "write postgresql://"),
        ("what?", "write postgresql://"),
    ],
)
def test_a_url_that_leads_nowhere_is_a_clear_error_without_the_password(tmp_path, url, said):
    with pytest.raises(StoreUnavailable, match=said) as caught:
        Store.open(tmp_path, url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path, content):
    (tmp_path / "palmaris.sqlite").write_bytes(content)
    with pytest.raises(StoreDamaged, match="restore a backup"):
        Store.open(tmp_path)
    assert (tmp_path / "palmaris.sqlite").read_bytes() == content


def test_a_directory_that_cannot_be_written_is_a_clear_error(clinic, place, unprivileged):
    head = clinic.calibrated("p-1")
    folders = [place.data_dir, *(path for path in place.data_dir.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    running = clinic.start("p-2")
    with unprivileged(place.data_dir):
        with pytest.raises(StoreUnavailable, match="make it writable"):
            clinic.trial(running)
        assert clinic.store.heads.read(head) == b"onnx of p-1"
    for folder in folders:
        folder.chmod(0o700)
    assert clinic.trial(running).windows == 20


def test_a_folder_that_takes_no_file_is_a_clear_error():
    with pytest.raises(StoreUnavailable, match="make it writable"):
        Store.open(Path("/sys/palmaris"))  # /sys refuses even root


def test_names_that_a_url_would_trip_over_are_mere_names(tmp_path):
    odd = tmp_path / "50% of ann's #1?mode=memory"
    with Store.open(odd) as store:
        store.users.create("p-1", "ann")
    assert "palmaris.sqlite" in os.listdir(odd)
    with Store.open(odd) as store:
        assert store.users.get("p-1")
