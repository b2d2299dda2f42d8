import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from calibration.errors import (
    CalibrationBusy,
    CalibrationError,
    CalibrationOver,
    CalibrationUnknown,
    NotStorable,
    UserUnknown,
)
from calibration.store.records import NewCalibration


def test_what_was_started_is_read_back(clinic):
    started = clinic.start("p-1")
    assert clinic.store.calibrations.get(started.id) == started
    assert (started.state, started.plan, started.seed) == ("running", {"gestures": ["fist", "rest"]}, 7)
    assert clinic.store.calibrations.device(started.device_id) == clinic.device
    entry = clinic.store.audit()[0]
    assert (entry.who, entry.what, entry.subject, entry.user_id) == ("ann", "start calibration", started.id, "p-1")


@pytest.mark.parametrize("state", ["running", "paused", "fitting"])
def test_a_user_has_one_calibration_at_a_time(clinic, state):
    running = clinic.start("p-1")
    clinic.store.calibrations.set_state(running.id, state, "ann")
    with pytest.raises(CalibrationBusy, match=f"'p-1'.*{running.id} is {state}.*abort it first"):
        clinic.start("p-1")
    assert clinic.start("p-2").state == "running"
    assert [found.user_id for found in clinic.store.calibrations.active()] == ["p-1", "p-2"]
    assert clinic.store.calibrations.of("p-1") == [clinic.store.calibrations.get(running.id)]


@pytest.mark.parametrize("state", ["ready", "accepted", "aborted"])
def test_after_a_calibration_the_next_may_begin(clinic, state):
    first = clinic.start("p-1")
    clinic.store.calibrations.set_state(first.id, state, "ann")
    assert clinic.start("p-1").id != first.id


def test_a_ready_calibration_does_not_go_back_beside_a_new_one(clinic):
    first = clinic.start("p-1")
    clinic.store.calibrations.set_state(first.id, "ready", "ann")
    second = clinic.start("p-1")
    with pytest.raises(CalibrationBusy, match=second.id):
        clinic.store.calibrations.set_state(first.id, "running", "ann")
    assert clinic.store.calibrations.get(first.id).state == "ready"


@pytest.mark.parametrize("state", ["accepted", "aborted"])
def test_what_is_over_stays_over(clinic, state):
    first = clinic.start("p-1")
    over = clinic.store.calibrations.set_state(first.id, state, "ann")
    assert over.finished is not None
    with pytest.raises(CalibrationOver, match=f"was {state}: start a new one"):
        clinic.store.calibrations.set_state(first.id, "running", "ann")
    with pytest.raises(CalibrationOver):
        clinic.trial(first)


def test_the_position_is_remembered(clinic, place):
    running = clinic.start("p-1")
    clinic.store.calibrations.move(running.id, {"gesture": "fist", "repetition": 2})
    with place.open() as again:
        assert again.calibrations.active()[0].position == {"gesture": "fist", "repetition": 2}


def test_unknown_users_and_calibrations_are_named(clinic):
    with pytest.raises(UserUnknown, match="'nobody'"):
        clinic.store.calibrations.start(NewCalibration("nobody", clinic.device, "csae", "e", {}), "ann")
    with pytest.raises(CalibrationUnknown, match="'c-9'"):
        clinic.store.calibrations.get("c-9")


@pytest.mark.parametrize(
    "new",
    [
        NewCalibration("p-1", None, "csae", "e", {"hold_s": float("nan")}),
        NewCalibration("p-1", None, "cs\0ae", "e", {}),
        NewCalibration("p-1", None, "cs\ud800ae", "e", {}),
        NewCalibration("p-1", None, "csae", "e", {}, seed=2**70),
    ],
    ids=["not a number", "zero byte", "half a letter", "huge"],
)
def test_what_cannot_be_stored_is_refused(clinic, new):
    clinic.store.users.create("p-1", "ann")
    new = NewCalibration(new.user_id, clinic.device, new.model, new.encoder_sha256, new.plan, seed=new.seed)
    with pytest.raises(NotStorable):
        clinic.store.calibrations.start(new, "ann")
    assert clinic.store.calibrations.of("p-1") == []


def test_of_many_that_start_at_the_same_moment_one_wins(clinic, place, clinic_of):
    clinic.store.users.create("p-1", "ann")
    together = threading.Barrier(6)

    def start(number):
        with place.open() as store:  # its own connections, as another process has
            together.wait()
            try:
                return clinic_of(store).start("p-1").id
            except CalibrationError as error:
                return error

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(start, range(6)))
    winners = [result for result in results if isinstance(result, str)]
    assert len(winners) == 1
    assert all(
        isinstance(result, CalibrationBusy) and winners[0] in str(result) for result in results if result not in winners
    )
