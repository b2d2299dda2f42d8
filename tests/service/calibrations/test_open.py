"""Calibrations that are not over: found again by any client, also after a restart, and led back to their report."""

from pathlib import Path

import numpy as np
import pytest
from clinic import ORDER, Clinic, User
from serving import UNHURRIED, HandFedSource, serving

from calibration.store.store import Store
from drivers.errors import DriverError
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live


def stream(model: Path, source: HandFedSource, name: str = "default") -> Live:
    return Live(name, lambda: source, load_recognizer(load_model(str(model)), DecisionSpec()), UNHURRIED)


def listed(clinic: Clinic) -> list[dict]:
    answer = clinic.ask("GET", "/calibrations")
    assert answer.is_success, answer.text
    return answer.json()


def heads(data_dir: Path, user: str = "p-17") -> list[str]:
    with Store.open(data_dir) as store:
        return [head.id for head in store.heads.of(user)]


def test_all_that_are_not_over_the_newest_first(tiny_model, tmp_path):
    lives = [stream(tiny_model, HandFedSource(), name) for name in ("left", "middle", "right")]
    with serving(*lives, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        assert listed(clinic) == []
        for number, live in enumerate(lives):
            clinic.begin(user=f"p-{number}", stream=live.name)
        before = listed(clinic)
        assert [(found["user"], found["attached"]) for found in before] == [("p-2", True), ("p-1", True), ("p-0", True)]
        assert before == [clinic.ask("GET", f"/calibrations/{found['calibration']}").json() for found in before]
        assert before[0]["created"] > before[1]["created"] > before[2]["created"]
        clinic.post(f"/calibrations/{before[1]['calibration']}/abort")
        clinic.post(f"/calibrations/{before[2]['calibration']}/pause")
    with serving(*[stream(tiny_model, HandFedSource(), live.name) for live in lives], data_dir=tmp_path) as address:
        clinic = Clinic(address)
        after = listed(clinic)
        assert [(found["user"], found["attached"], found["state"]) for found in after] == [
            ("p-2", False, "running"),
            ("p-0", False, "paused"),
        ]
        for found in after:
            assert clinic.post(f"/calibrations/{found['calibration']}/abort")["state"] == "aborted"
        assert listed(clinic) == []


def test_after_a_restart_the_report_is_there_and_its_head_is_tried_and_accepted(tiny_model, tmp_path):
    first, second = HandFedSource(), HandFedSource()
    with serving(stream(tiny_model, first), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            report = watcher.follow(User(first))
        clinic.post(f"/calibrations/{calibration}/try", on=True)
        ready = clinic.ask("GET", f"/calibrations/{calibration}").json()
    with serving(stream(tiny_model, second), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        (told,) = listed(clinic)
        assert told == {**ready, "attached": False, "prompt": None, "trying": False}
        assert (told["state"], told["report"]) == ("ready", report)
        told = clinic.post(f"/calibrations/{calibration}/resume")
        assert (told["state"], told["attached"], told["report"]) == ("ready", True, report)
        assert heads(tmp_path) == [report["head"]], "nothing was fitted again"
        assert clinic.post(f"/calibrations/{calibration}/try", on=True)["trying"] is True
        assert clinic.post(f"/calibrations/{calibration}/accept")["state"] == "accepted"
        assert clinic.ask("GET", "/users/p-17/heads/1/report").json() == report["report"]


@pytest.mark.parametrize("last", ["fitting", "report"])
def test_a_report_needs_no_device(tiny_model, tmp_path, last):
    first, second = HandFedSource(), HandFedSource()
    with serving(stream(tiny_model, first), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            watcher.follow(User(first), until=last)
    with serving(stream(tiny_model, second), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        second.feed(np.zeros((10, 2), np.float32), DriverError("the cable is out: plug it in"))
        while clinic.ask("GET", "/streams/default").json()["state"] != "lost":
            pass
        told = clinic.post(f"/calibrations/{calibration}/resume")
        assert told["state"] == {"fitting": "fitting", "report": "ready"}[last]
        with clinic.watching(calibration) as watcher:
            assert watcher.next()["report"] or watcher.until("report")
        assert clinic.post(f"/calibrations/{calibration}/accept")["state"] == "accepted"


def test_a_report_of_fewer_trials_does_not_come_back(tiny_model, tmp_path):
    first, second = HandFedSource(), HandFedSource()
    with serving(stream(tiny_model, first), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            old = watcher.follow(User(first))
            clinic.post(f"/calibrations/{calibration}/redo")
            clinic.post(f"/calibrations/{calibration}/skip")
            watcher.until("fitting")
    with serving(stream(tiny_model, second), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        (told,) = listed(clinic)
        assert (told["kept"], told["skipped"], told["ahead"]) == (3, 1, 0)
        assert told["report"] is None or told["report"]["head"] != old["head"]  # the fit may have been done in time
        clinic.post(f"/calibrations/{calibration}/resume")
        with clinic.watching(calibration) as watcher:
            now = watcher.next()
            new = now["report"] or watcher.until("report")
    assert new["head"] != old["head"]
    assert sum(gesture["trials"] for gesture in new["report"]["gestures"]) == 3


def test_why_it_stands_still_is_told_after_a_restart_without_the_device(tiny_model, tmp_path):
    with serving(stream(tiny_model, HandFedSource()), data_dir=tmp_path) as address:
        calibration = Clinic(address).begin()
    source = HandFedSource()
    with serving(stream(tiny_model, source), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        source.feed(np.zeros((10, 2), np.float32), DriverError("the cable is out: plug it in"))
        while clinic.ask("GET", "/streams/default").json()["state"] != "lost":
            pass
        assert clinic.refused("POST", f"/calibrations/{calibration}/resume")[0] == 409
        (told,) = listed(clinic)
        assert (told["attached"], told["state"], told["paused"]["cause"]["code"]) == (True, "paused", "stream_gone")
        assert "the cable is out" in told["paused"]["reason"]


def test_reports_of_heads(tiny_model, tmp_path):
    source = HandFedSource()
    user = User(source)
    with serving(stream(tiny_model, source), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        for version in (1, 2):
            calibration = clinic.begin()
            with clinic.watching(calibration) as watcher:
                report = watcher.follow(user)["report"]
            clinic.post(f"/calibrations/{calibration}/accept")
            assert clinic.ask("GET", f"/users/p-17/heads/{version}/report").json() == report
        assert clinic.ask("GET", "/users/p-17/heads/1/report").json() != report
        assert clinic.ask("PATCH", "/users/p-17/gestures", rename={"fist": "grip"}).is_success
        status, reason = clinic.refused("GET", "/users/p-17/heads/3/report")
        assert (status, "was not fitted here" in reason) == (404, True)
        assert clinic.refused("GET", "/users/p-17/heads/4/report")[0] == 404
        assert clinic.refused("GET", "/users/nobody/heads/1/report")[0] == 404
        assert listed(clinic) == []
        assert clinic.refused("POST", "/calibrations", **(ORDER | {"user": "nobody"}))[0] == 404
