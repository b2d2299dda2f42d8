"""A new day: the electrodes hear everything at half its strength, and nobody says which gesture is which."""

import threading

import pytest
from clinic import STRENGTH, Clinic, User
from serving import UNHURRIED, HandFedSource, serving, subscribed, wait_for
from tiny_model import write_tiny_model

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live


@pytest.fixture
def source():
    return HandFedSource()


@pytest.fixture
def live(source, tmp_path):
    model = load_model(str(write_tiny_model(tmp_path)))
    return Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNHURRIED)


def heard(address: str, user: User, gesture: str) -> list[str]:
    answers = []
    with subscribed(address) as controller:
        controller.next("hello")
        for _ in range(6):
            user.give(gesture, 0.1)
            answers += [controller.next("prediction")["gesture"] for _ in range(4)]
    return answers[-8:]


def test_a_head_is_moved_to_the_signal_of_today(live, source, tmp_path, monkeypatch):
    user = User(source)
    with serving(live, data_dir=tmp_path / "data") as address:
        clinic = Clinic(address)
        calibration = clinic.begin(gestures=["fist", "open"])
        with clinic.watching(calibration) as watcher:
            watcher.follow(user)
            clinic.post(f"/calibrations/{calibration}/accept")
        for gesture in ("fist", "open"):  # the second channel hears ten times as much
            monkeypatch.setitem(STRENGTH, gesture, (STRENGTH[gesture][0], 4 * STRENGTH[gesture][1]))
        assert heard(address, user, "fist") != ["fist"] * 8
        answer = []
        asking = threading.Thread(
            target=lambda: answer.append(clinic.ask("POST", "/streams/default/renormalise", seconds=4))
        )
        asking.start()
        wait_for(lambda: len(live._listeners) == 1)
        for gesture in ("fist", "open", "fist", "open"):
            user.give(gesture, 1)
        asking.join()
        assert answer[0].json() == {"user": "p-17", "version": 2}
        for gesture in ("fist", "open"):
            assert heard(address, user, gesture) == [gesture] * 8
        heads = clinic.ask("GET", "/users/p-17/heads").json()
    assert [head["active"] for head in heads] == [False, True]


def test_nobody_to_move_and_nothing_to_hear(live, source, tmp_path):
    user = User(source)
    with serving(live, data_dir=tmp_path / "data") as address:
        clinic = Clinic(address)
        assert "choose a user first" in clinic.refused("POST", "/streams/default/renormalise", seconds=3)[1]
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            watcher.follow(user)
            clinic.post(f"/calibrations/{calibration}/accept")
        user.give("rest", 0.5)
        answer = []
        asking = threading.Thread(
            target=lambda: answer.append(clinic.refused("POST", "/streams/default/renormalise", seconds=3))
        )
        asking.start()
        wait_for(lambda: len(live._listeners) == 1)
        user.give("rest", 3)
        asking.join()
    assert answer == [(409, "only 0 windows of activity were heard in 3 s: make each gesture once meanwhile")]
