"""A real trial, replayed through the running service, against the same trial offline."""

from collections.abc import Callable
from math import inf
from pathlib import Path
from threading import Semaphore

import numpy as np
import pytest
from serving import UNHURRIED, serving, subscribed, wait_for

from drivers.replay import Playback, ReplaySource
from drivers.source import Chunk
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from service.live import Live

TRIAL = 20_000  # samples of one trial
DECISION = DecisionSpec(smoothing=3, reject_below=0.5)


class LedReplay(ReplaySource):
    """A replay that gives a chunk whenever it is told to: nothing is dropped, however slow the machine."""

    def __init__(self, path: Path, chunk_ms: float) -> None:
        super().__init__(path, Playback(speed=inf, chunk_ms=chunk_ms))
        self.go = Semaphore(0)

    def read(self, timeout_s: float) -> Chunk | None:
        return super().read(timeout_s) if self.go.acquire(timeout=timeout_s) else None


def recognizer() -> WindowRecognizer:
    return WindowRecognizer(load_model("csae-khushaba-6"), DECISION)


@pytest.mark.parametrize("chunk_ms", [3, 5, 37])
def test_a_replayed_trial_gives_the_predictions_of_the_offline_path(
    chunk_ms: float, shared_data: Callable[[str], Path]
) -> None:
    file = shared_data("khushaba2012-2ch/S01.npz")
    with ReplaySource(file, Playback(speed=inf, chunk_ms=5000)) as whole:
        trial = []
        while sum(map(len, trial)) < TRIAL:
            trial.append(whole.read(0).samples)
    offline = list(recognizer().feed(np.concatenate(trial)[:TRIAL], 0))
    source = LedReplay(file, chunk_ms)
    frames, sent = [], 0
    with (
        serving(live := Live("default", lambda: source, recognizer(), UNHURRIED)) as address,
        subscribed(address) as client,
    ):
        while len(frames) < len(offline):
            source.go.release()
            sent = taken(live, sent)
            while len(frames) < len(offline) and offline[len(frames)].index < sent:
                frames.append(client.next("prediction"))
        assert live.counters.dropped == 0
    for number, (frame, expected) in enumerate(zip(frames, offline, strict=True)):
        assert frame["seq"] == number
        assert frame["index"] == expected.index
        assert frame["gesture"] == expected.gesture
        assert frame["confidence"] == expected.confidence
        assert frame["accepted"] == expected.accepted
        assert tuple(frame["probabilities"]) == expected.probabilities  # bit for bit, through JSON


def taken(live: Live, before: int) -> int:
    """Samples that the service has taken, once they are more than before."""
    wait_for(lambda: live.counters.samples > before)
    return live.counters.samples
