"""A user's own layer of gesture events, prompted live: an act at a time, its time found in the signal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_sequence_model
from band import Band, Typist, band_stream
from clinic import Clinic
from serving import serving

from calibration.store import Store
from service.live import Live

ORDER = {"user": "p-17", "repetitions": 1, "hold_s": 1.5, "rest_s": 0.5, "prepare_s": 0.5}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sequence_model.write("events", tmp_path_factory.mktemp("model"))


@pytest.fixture
def clinic(model: Path, band: Band, tmp_path: Path) -> Iterator[Clinic]:
    live: Live = band_stream(model, band)
    with serving(live, data_dir=tmp_path) as address:
        yield Clinic(address)


class Hand(Typist):
    """Makes one burst for an act, whatever it is."""

    def give(self, keys: str, seconds: float) -> None:
        super().give(keys[:1], seconds)


def test_prompted_reported_and_accepted(clinic: Clinic, band: Band, tmp_path: Path) -> None:
    calibration = clinic.begin(**(ORDER | {"gestures": None}))
    with clinic.watching(calibration) as watcher:
        report = watcher.follow(Hand(band))["report"]
        told = [frame["text"] for frame in watcher.seen if frame["type"] == "prompt" and frame["phase"] == "hold"]
        assert set(told) == {"Now: press with the index finger, then let go.", "Now: flick the thumb up."}
        assert watcher.kept() == [("index", 1), ("thumb_up", 1)]
    assert (report["kind"], report["pieces"], report["keys"]) == ("events", 2, 3)
    info = clinic.post(f"/calibrations/{calibration}/accept")
    assert (info["plan"]["kind"], info["state"]) == ("events", "accepted")
    with Store.open(tmp_path) as store:
        pressed, _ = store.trials.of(calibration)
    assert pressed.quality["keys"] == ["index_press", "index_release"]
    down, up = pressed.quality["times"]
    assert 0 < down < up < pressed.quality["length"]


def test_acts_that_the_model_does_not_know_are_refused_by_name(clinic: Clinic) -> None:
    clinic.post("/users", user="p-17")
    status, told = clinic.refused("POST", "/calibrations", **(ORDER | {"gestures": ["fist"]}))
    assert (status, "choose from index, thumb_up" in told) == (422, True)


def test_five_of_each_where_nothing_is_said(clinic: Clinic) -> None:
    clinic.post("/users", user="p-17")
    plan = clinic.post("/calibrations", user="p-17")["plan"]
    assert (plan["gestures"], plan["repetitions"], plan["hold_s"]) == (["index", "thumb_up"], 5, 3.0)
