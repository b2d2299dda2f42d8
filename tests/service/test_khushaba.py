"""A real trial, replayed through the running service, against the same trial offline."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from serving import serving, subscribed

from drivers.replay import Playback, ReplaySource
from drivers.source import Chunk
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from service.live import Live

TRIAL = 20_000  # samples of one trial
DECISION = DecisionSpec(smoothing=3, reject_below=0.5)


class PatientReplay(ReplaySource):
    """A replay that waits for its audience."""

    def __init__(self, path: Path, playback: Playback) -> None:
        super().__init__(path, playback)
        self.audience = Event()

    def read(self, timeout_s: float) -> Chunk | None:
        return super().read(timeout_s) if self.audience.wait(timeout_s) else None


def recognizer() -> WindowRecognizer:
    return WindowRecognizer(load_model("csae-khushaba-6"), DECISION)


@pytest.mark.parametrize("chunk_ms", [1, 5, 37])
def test_a_replayed_trial_gives_the_predictions_of_the_offline_path(
    chunk_ms: float, shared_data: Callable[[str], Path]
) -> None:
    file = shared_data("khushaba2012-2ch/S01.npz")
    with ReplaySource(file, Playback(speed=float("inf"), chunk_ms=5000)) as whole:
        trial = whole.read(0)
        offline = list(recognizer().feed(trial.samples[:TRIAL], trial.first))
    source = PatientReplay(file, Playback(speed=4, chunk_ms=chunk_ms))
    with serving(live := Live("default", source, recognizer())) as address, subscribed(address) as client:
        source.audience.set()
        frames = [client.next("prediction")]
        while frames[-1]["index"] < offline[-1].index:
            frames.append(client.next("prediction"))
        dropped = live.counters.dropped
    assert len(frames) + dropped >= len(offline)
    assert len(frames) > len(offline) / 2
    for frame in frames:
        expected = offline[frame["seq"]]
        assert frame["index"] == expected.index
        assert frame["gesture"] == expected.gesture
        assert frame["accepted"] == expected.accepted
        assert tuple(frame["probabilities"]) == expected.probabilities  # bit for bit, through JSON
        assert json.loads(json.dumps(frame["confidence"])) == expected.confidence
