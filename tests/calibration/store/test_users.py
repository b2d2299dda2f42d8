import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.errors import NotStorable, StoreUnavailable, UserExists, UserUnknown
from calibration.store.check import check
from calibration.store.records import NewHead
from calibration.store.tables import DeletionRow


def test_a_user_is_created_once(store):
    user = store.users.create("p-17", "ann", consent_raw=True)
    assert store.users.get("p-17") == user
    assert user.created.tzinfo is not None
    with pytest.raises(UserExists, match="'p-17' exists already: choose another name"):
        store.users.create("p-17", "bob")
    assert store.users.all() == [user]


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "ä", "a\n", "a\0", "x" * 65, "../../etc/passwd"])
def test_a_user_id_can_be_no_path_trick(store, name):
    with pytest.raises(NotStorable, match="letters, digits"):
        store.users.create(name, "ann")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text())
def test_any_name_is_a_user_or_a_clear_error(store, name):
    try:
        store.users.get(name)
    except (UserUnknown, NotStorable) as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        pytest.fail("nobody was created")


def test_an_unknown_user_is_named(store):
    with pytest.raises(UserUnknown, match="'p-2'"):
        store.users.delete("p-2", "ann")


def test_deleting_a_user_leaves_nothing_of_theirs_and_everything_of_others(clinic, place):
    store = clinic.store
    clinic.calibrated("p-other")
    clinic.calibrated("p-gone")
    store.users.delete("p-gone", "ann")

    assert [user.id for user in store.users.all()] == ["p-other"]
    assert not (place.data_dir / "users" / "p-gone").exists()
    findings = check(store)
    assert (findings.users, findings.trials, findings.heads) == (1, 2, 1)
    assert findings.damage == findings.orphans == []
    assert store.audit()[0].what == "delete user"
    assert "p-gone" not in repr(store.audit())
    if place.url is None:  # not even in free pages or in the log
        assert not [path for path in place.data_dir.glob("palmaris.sqlite*") if b"p-gone" in path.read_bytes()]
    store.users.create("p-gone", "ann")
    assert store.heads.of("p-gone") == []


def test_a_deletion_that_was_cut_short_is_finished_when_the_store_is_opened(clinic, place):
    clinic.calibrated("p-1")
    folder = place.data_dir / "users" / "p-1"
    with clinic.store.database.write() as session:  # as if the process was killed before the files were gone
        session.add(DeletionRow(user_id="p-2"))
    folder.rename(folder.with_name("p-2"))
    with pytest.raises(UserExists, match="is being deleted"):
        clinic.store.users.create("p-2", "ann")
    with place.open() as store:
        assert not folder.with_name("p-2").exists()
        store.users.create("p-2", "ann")


def test_files_that_cannot_be_removed_now_are_an_error_and_removed_later(clinic, place, unprivileged):
    clinic.calibrated("p-1")
    trials = place.data_dir / "users" / "p-1" / "trials"
    trials.chmod(0o500)
    with unprivileged(place.data_dir), pytest.raises(StoreUnavailable, match="writable"):
        clinic.store.users.delete("p-1", "ann")
    assert clinic.store.users.all() == []
    trials.chmod(0o700)
    with place.open():
        assert os.listdir(place.data_dir / "users") == []


def test_everybody_at_a_glance(clinic):
    users, heads = clinic.store.users, clinic.store.heads
    users.create("p-new", "ann")
    clinic.start("p-1", encoder="a")
    for encoder, kind, f1 in (("a", "mlp", 0.7), ("a", "gaussians", 0.9), ("b", "mlp", 0.5), ("a", "mlp", None)):
        scores = {"kind": kind, "mlp": None, "gaussians": None, kind: f1 and {"macro_f1": {"value": f1}}}
        head = heads.add(NewHead("p-1", "csae", encoder, kind, ("fist",), scores=scores), b"onnx", "ann")
        heads.accept(head.id, "ann")
    clinic.head("p-1")  # a candidate counts for nothing
    new, old = users.overview()
    assert (new.user.id, new.versions, new.macro_f1, new.best_macro_f1, new.calibrated) == (
        "p-new",
        0,
        None,
        None,
        None,
    )
    assert (old.user, old.versions, old.macro_f1, old.best_macro_f1) == (users.get("p-1"), 4, None, 0.9)
    assert old.calibrated == clinic.store.calibrations.of("p-1")[0].created
    heads.roll_back("p-1", 2, "ann")
    assert users.overview()[1].macro_f1 == 0.5  # version 3, in use on another model, is newer
