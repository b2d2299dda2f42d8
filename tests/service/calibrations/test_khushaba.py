"""A real person's trials, held as prompted while the service runs, against the same trials cut plainly offline."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clinic import Clinic, Watcher
from serving import UNHURRIED, HandFedSource, serving, subscribed

from drivers.source import SourceInfo
from models.datasets.khushaba import load
from models.datasets.trials import Trial, select
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import Model, load_model
from models.training.evaluate import evaluate
from service.benchmarks.acceptance import LEARN, TEST, USER, live_head, offline_f1
from service.live import Live

MODEL = "hybrid-khushaba-10"
GESTURES = ("ring", "little", "thumb_ring", "thumb_little")  # alike enough that heads differ
RATE_HZ = 4000
STEP = 100
TOLERANCE = 0.005
ORDER = {"user": USER, "gestures": list(GESTURES), "hold_s": 5, "rest_s": 0.5, "prepare_s": 0.5}


class Band(HandFedSource):
    """A device as the one that recorded the trials."""

    info = SourceInfo("band", RATE_HZ, ("flexor", "extensor"))


class Subject:
    """Holds their recorded trials as prompted, and is quiet in between."""

    def __init__(self, source: Band, trials: list[Trial]) -> None:
        self._source = source
        self._trials = {(trial.label, trial.trial): trial.samples for trial in trials}
        self._draw = np.random.default_rng(0)

    def obey(self, prompt: dict) -> None:
        """Everything until the phase is over."""
        trial = prompt["trial"]
        if prompt["phase"] == "hold":
            self.give(self._trials[trial["gesture"], trial["repetition"]])
        else:
            self.rest(prompt["remaining_s"])

    def rest(self, seconds: float) -> None:
        """The recordings hold no rest: low noise of an amplifier."""
        self.give(3 * self._draw.standard_normal((round(seconds * RATE_HZ), 2), np.float32))

    def give(self, samples: np.ndarray) -> None:
        """In the pieces in which a board sends them."""
        self._source.feed(*(samples[at : at + STEP] for at in range(0, len(samples), STEP)))


def follow(watcher: Watcher, subject: Subject) -> dict:
    """The report, once every trial is held; a prompt that only counts down changes nothing."""
    phase = ""
    while (frame := watcher.next())["type"] != "report":
        assert frame["type"] not in ("refused", "paused", "trouble"), frame
        prompt = frame["prompt"] if frame["type"] == "calibration" else frame
        if prompt["type"] == "prompt" and prompt["phase"] not in (phase, "finished"):
            phase = prompt["phase"]
            subject.obey(prompt)
    return frame


@pytest.fixture(scope="module")
def own(shared_data: Callable[[str], Path]) -> list[Trial]:
    folder = shared_data("khushaba2012-2ch")
    return [trial for trial in select(load(folder), GESTURES) if trial.subject == "S01"]


@pytest.fixture(scope="module")
def base() -> Model:
    return load_model(MODEL)


def test_a_head_made_live_scores_as_the_one_made_offline(own: list[Trial], base: Model, tmp_path: Path) -> None:
    learn = [trial for trial in own if trial.trial in LEARN]
    test = [trial for trial in own if trial.trial in TEST]
    source = Band()
    live = Live("default", lambda: source, load_recognizer(base, DecisionSpec()), UNHURRIED)
    subject = Subject(source, learn)
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin(**ORDER)
        with clinic.watching(calibration) as watcher:
            assert follow(watcher, subject)["report"]["kind"] == "gaussians"
        with subscribed(address) as controller:  # not before: who does not read for so long is cut off
            clinic.post(f"/calibrations/{calibration}/accept")
            subject.rest(0.1)
            assert controller.next("head")["labels"] == list(GESTURES)
    offline = offline_f1(base, learn, test)
    after = evaluate(live_head(tmp_path, base), test).macro_f1
    assert min(offline) - TOLERANCE <= after <= max(offline) + TOLERANCE
    assert after > 0.8
