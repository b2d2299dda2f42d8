import pytest
from sqlalchemy import text

from calibration.errors import StoreDamaged
from calibration.store.check import check


def test_a_whole_store_is_found_whole(clinic):
    clinic.calibrated("p-1")
    found = check(clinic.store)
    assert (found.users, found.trials, found.heads, found.damage, found.orphans) == (1, 2, 1, [], [])


def test_every_kind_of_damage_is_found_and_named(clinic, place):
    head = clinic.calibrated("p-1")
    first, second = clinic.store.trials.of(head.calibration_id)
    (place.data_dir / first.file).unlink()
    (place.data_dir / second.file).write_bytes(b"other")
    (place.data_dir / head.file).write_bytes(b"")
    orphan = place.data_dir / "users" / "p-1" / "trials" / "left.safetensors"
    orphan.write_bytes(b"left")
    found = check(clinic.store)
    assert sorted(found.damage) == sorted(
        [
            f"{place.data_dir / first.file} is missing: take it from a backup, or record anew",
            f"{place.data_dir / second.file} is not what was written: take it from a backup, or record anew",
            f"{place.data_dir / head.file} is not what was written: take it from a backup, or record anew",
        ]
    )
    assert found.orphans == ["users/p-1/trials/left.safetensors"]


@pytest.mark.parametrize(
    "change", ["UPDATE heads SET version = NULL", "UPDATE active_heads SET encoder_sha256 = 'another'"]
)
def test_an_active_head_that_cannot_be_one_is_found(clinic, change):
    clinic.calibrated("p-1")
    with clinic.store.database.write() as session:
        session.execute(text(change))
    assert check(clinic.store).damage == [
        "the active head of user 'p-1' is none that was accepted: roll back to another version"
    ]


def test_tables_that_were_changed_by_hand_are_found(clinic):
    with clinic.store.database.write() as session:
        session.execute(text("ALTER TABLE users ADD COLUMN phone TEXT"))
    assert "phone" in check(clinic.store).damage[0]


def test_a_damaged_page_of_sqlite_is_found(sqlite_place, clinic_of):
    with sqlite_place.open() as store:
        for number in range(60):
            clinic_of(store).start(f"p-{number}")
    file = sqlite_place.data_dir / "palmaris.sqlite"
    whole = file.read_bytes()
    at = whole.rindex(b"two-channel band")  # a row of the devices: its page is overwritten but for the row itself
    page = at // 4096 * 4096
    file.write_bytes(whole[:page] + b"\xff" * 40 + whole[page + 40 :])
    with sqlite_place.open() as store, pytest.raises(StoreDamaged, match="restore a backup into an empty"):
        check(store)


def test_a_row_that_points_nowhere_is_found(sqlite_place, clinic_of):
    with sqlite_place.open() as store:
        clinic_of(store).calibrated("p-1")
        with store.database.write() as session:
            session.connection().exec_driver_sql("COMMIT")
            session.connection().exec_driver_sql("PRAGMA foreign_keys = OFF")
            session.connection().exec_driver_sql("DELETE FROM devices")
            session.connection().exec_driver_sql("PRAGMA foreign_keys = ON")
            session.connection().exec_driver_sql("BEGIN")
        assert check(store).damage[0].startswith("a row of calibrations names one of devices that is gone")
