"""Calibrations through the API, over real sockets, with a user who does as prompted."""

from pathlib import Path

import pytest
from clinic import Clinic, User
from serving import HandFedSource, serving, subscribed
from tiny_model import write_tiny_model

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def source() -> HandFedSource:
    return HandFedSource()


def stream(tiny: Path, source: HandFedSource, name: str = "default") -> Live:
    return Live(name, source, load_recognizer(load_model(str(tiny)), DecisionSpec()))


def answers(controller, user: User, gesture: str, tenths: int) -> list[str]:
    """What a controller hears while the user holds a gesture; it reads as fast as the user gives."""
    heard = []
    for _ in range(tenths):
        user.give(gesture, 0.1)
        heard += [controller.next("prediction")["gesture"] for _ in range(4)]
    return heard


def test_two_minutes_from_the_first_prompt_to_the_users_own_head(tiny, source, tmp_path):
    user = User(source)
    with serving(stream(tiny, source), data_dir=tmp_path) as address, subscribed(address) as controller:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            report = watcher.follow(user)
            assert report["report"]["recommendation"]["verdict"] in ("accept", "more_trials")
            told = clinic.post(f"/calibrations/{calibration}/accept")
            assert (told["state"], told["kept"], told["ahead"]) == ("accepted", 4, 0)
            assert watcher.until("accepted")["version"] == 1
        user.give("fist", 0.1)
        changed = controller.next("head")
        assert changed["head"] == {"user": "p-17", "version": 1}
        assert changed["labels"] == ["fist", "point"]
        for gesture in ("fist", "point"):
            assert answers(controller, user, gesture, 6)[-4:] == [gesture] * 4
