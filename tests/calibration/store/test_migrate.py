from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, text

from calibration.errors import StoreUnavailable
from calibration.store.database import Database
from calibration.store.migrate import config, differences, migrate, newest, revision


@pytest.fixture
def connection(store):
    with store.database.write() as session:
        yield session.connection()


def tables(connection: Connection) -> list[str]:
    return sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})


def test_the_migrations_lead_to_the_tables_that_are_used(connection):
    assert differences(connection) == []
    assert revision(connection) == newest()


def test_a_table_that_was_changed_by_hand_is_noticed(connection):
    connection.execute(text("ALTER TABLE users ADD COLUMN phone TEXT"))
    assert "phone" in str(differences(connection))


def test_the_way_back_leads_to_nothing_and_forth_again(connection):
    forth = tables(connection)
    command.downgrade(config(connection), "base")
    assert tables(connection) == []
    migrate(connection)
    assert tables(connection) == forth
    assert differences(connection) == []


def test_only_one_calibration_and_one_kept_trial_also_where_our_locks_are_forgotten(connection):
    unique = {
        index["name"]
        for table in ("calibrations", "trials")
        for index in inspect(connection).get_indexes(table)
        if index["unique"]
    }
    assert unique == {"one_active_calibration", "one_kept_trial"}


def test_the_database_of_a_newer_palmaris_is_left_alone(store, place):
    with store.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="9999 of a newer Palmaris: update"):
        place.open()


def test_many_may_open_an_empty_place_at_once(place):
    place.data_dir.mkdir()
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Database(place.data_dir, place.url), range(4)))
    for database in opened:
        with database.read() as session:
            assert revision(session.connection()) == newest()
        database.close()
