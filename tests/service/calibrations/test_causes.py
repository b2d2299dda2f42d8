"""Why a trial is refused and why a calibration pauses, in codes that a page can say in any language."""

import pytest
from clinic import ORDER, Clinic
from serving import END, serving

from drivers.errors import DriverError

NOTHING = {"channels": [], "level": None, "percent": None, "hz": None, "seconds": None, "held_s": None, "asked_s": None}
INTERRUPTED = [{**NOTHING, "code": "interrupted"}]


@pytest.fixture
def clinic(live, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        yield Clinic(address)


def test_faults_of_the_signal(clinic, user):
    dead = {**NOTHING, "code": "dead", "channels": [0], "level": "bad"}
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        user.give("unplugged", user.owes(watcher.next()["prompt"]))
        refused = watcher.until("refused")
        assert (refused["trial"], refused["causes"]) == (None, [dead])
        heard = [frame for frame in watcher.seen if frame["type"] == "quality"]
        assert heard[-1]["faults"] == [dead]
        assert all(len(frame["faults"]) == len(frame["reasons"]) for frame in heard)
        prompt = watcher.follow_to(user, "hold")
        user.give("unplugged", prompt["remaining_s"])
        assert watcher.until("refused")["causes"] == [dead]


def test_what_was_not_done(clinic, user):
    calibration = clinic.begin(gestures=["fist", "rest"])
    with clinic.watching(calibration) as watcher:
        prompt = watcher.follow_to(user, "hold")
        user.give("rest", prompt["remaining_s"])
        assert watcher.until("refused")["causes"] == [{**NOTHING, "code": "no_contraction", "seconds": 1.5}]
        user.give("rest", ORDER["rest_s"])
        prompt = watcher.follow_to(user, "hold")
        user.give("fist", 0.6)
        user.give("rest", prompt["remaining_s"] - 0.6)
        (short,) = watcher.until("refused")["causes"]
        assert (short["code"], short["asked_s"], 0 < short["held_s"] < 0.6) == ("short", 1.5, True)
        user.give("rest", ORDER["rest_s"])
        watcher.follow(user, until="trial_kept")
        prompt = watcher.follow_to(user, "hold")
        assert prompt["trial"]["gesture"] == "rest"
        user.give("fist", prompt["remaining_s"])
        assert watcher.until("refused")["causes"] == [{**NOTHING, "code": "not_at_rest"}]


def test_what_the_clinician_does(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        clinic.post(f"/calibrations/{calibration}/redo")
        assert watcher.until("refused")["causes"] == INTERRUPTED
        watcher.follow_to(user, "hold")
        told = clinic.post(f"/calibrations/{calibration}/pause")
        assert told["paused"] == {"type": "paused", "reason": "asked for", "cause": {**NOTHING, "code": "asked"}}
        assert watcher.until("refused")["causes"] == INTERRUPTED
        assert watcher.until("paused") == told["paused"]
        assert clinic.post(f"/calibrations/{calibration}/resume")["paused"] is None


@pytest.mark.parametrize(("blow", "stream"), [(DriverError("the cable is out: plug it in"), "lost"), (END, "ended")])
def test_a_stream_that_is_killed_in_mid_trial_is_told_to_all_who_watch(clinic, user, source, blow, stream):
    calibration = clinic.begin()
    with clinic.watching(calibration) as one, clinic.watching(calibration) as other:
        one.follow_to(user, "hold")
        user.give("fist", 0.5)
        source.feed(blow)
        for watcher in (one, other):
            refused, paused = watcher.until("refused"), watcher.next()
            assert (refused["trial"]["gesture"], refused["causes"]) == ("fist", INTERRUPTED)
            assert (paused["type"], paused["cause"]) == ("paused", {**NOTHING, "code": "stream_gone"})
            assert watcher.next()["phase"] == "paused"
        assert clinic.ask("GET", "/streams/default").json()["state"] == stream
        with clinic.watching(calibration) as late:
            now = late.next()
            assert (now["state"], now["paused"], now["kept"]) == ("paused", paused, 0)


def test_silence(clinic, user, monkeypatch):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        monkeypatch.setattr("service.calibrations.calibrator.SILENCE_S", 0.5)
        user.give("fist", 0.1)
        assert watcher.until("paused")["cause"] == {**NOTHING, "code": "silent"}
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["paused"]["cause"]["code"] == "silent"


def test_a_trial_that_is_not_stored_yet(clinic, user, tmp_path, monkeypatch):
    monkeypatch.setattr("calibration.store.database.PATIENCE_S", 0.2)
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        prompt = watcher.follow_to(user, "hold")
        (tmp_path / "palmaris.sqlite").rename(tmp_path / "away")
        user.obey(prompt)
        assert watcher.until("paused")["cause"] == {**NOTHING, "code": "not_stored"}
        (tmp_path / "away").rename(tmp_path / "palmaris.sqlite")
