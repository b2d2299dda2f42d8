"""The source is killed, corrupted, stalled."""

import os
import signal as signals
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from chaos.band import BURST, OPTIONS, WIRE, bursts, counts, is_damaged
from serving import UNHURRIED, serving, subscribed

from drivers.boards.frame_parser import FrameParser
from drivers.registry import open_source
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live

WINDOW = 250
BAND = Path(__file__).with_name("band.py")
HOUSE = os.environ | {"PYTHONPATH": str(BAND.parents[2]), "OMP_NUM_THREADS": "1"}


@contextmanager
def band(port: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A band at that port, killed in the end."""
    command = [sys.executable, str(BAND), str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=HOUSE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "plugged in\n"
            yield process
        finally:
            process.kill()


def stream(port: Path, recognizer: WindowRecognizer) -> Live:
    """The stream of a band at that port."""
    return Live("default", partial(open_source, f"serial://{port}?{OPTIONS}"), recognizer, UNHURRIED, "rest")


def offline(lost: np.ndarray, recognizer: WindowRecognizer) -> list[tuple[int, str, tuple[float, ...]]]:
    """What must be answered one after the other, if the samples at those places never came."""
    numbers = np.arange(len(lost))
    samples = (counts(numbers) * WIRE.scale).astype(np.float32)
    runs = np.split(numbers[~lost], np.flatnonzero(np.diff(numbers[~lost]) > 1) + 1)
    found = [answer for run in runs for answer in recognizer.feed(samples[run], int(run[0]))]
    return [(answer.index, answer.gesture, answer.probabilities) for answer in found]


def lost_on_a_bad_cable(count: int) -> np.ndarray:
    """Which samples do not come through: those with wrong bits, and neighbours that nothing vouches for."""
    sent = b"".join(islice(bursts(damaged=True), count // BURST + 2))
    lost = np.ones(count + 2 * BURST, np.bool_)
    lost[FrameParser(WIRE).feed(sent).counters] = False
    return lost[:count]


def test_a_killed_source_lets_go_and_a_new_one_begins_with_a_whole_window(
    tmp_path: Path, recognizer: Callable[[], WindowRecognizer]
) -> None:
    port = tmp_path / "ttyUSB0"
    with band(port) as killed, serving(stream(port, recognizer())) as address, subscribed(address) as client:
        last = client.next("prediction")
        killed.kill()
        told = client.until("lost")
        with band(port):
            silence = client.until("live")
            first = client.next("prediction")
    last = next(frame for frame in [last, *told][::-1] if frame["type"] == "prediction")
    assert told[-1]["safe_gesture"] == "rest"
    assert [frame["type"] for frame in silence] == ["status"] * len(silence)
    assert first["index"] >= last["index"] + WINDOW
    assert first["seq"] > last["seq"]


def test_a_corrupted_source_costs_windows_and_never_a_wrong_answer(
    tmp_path: Path, recognizer: Callable[[], WindowRecognizer]
) -> None:
    port, answers, live = tmp_path / "ttyUSB0", list[dict[str, Any]](), None
    with band(port, "damaged"), serving(live := stream(port, recognizer())) as address, subscribed(address) as client:
        while not answers or answers[-1]["index"] < 8000:
            answers.append(client.next("prediction"))
        counters = live.counters
    lost = lost_on_a_bad_cable(answers[-1]["index"] + 1)
    expected = offline(lost, recognizer())
    for answer in answers:  # its number says that none was made too many or too few; a slow subscriber misses some
        assert (answer["index"], answer["gesture"], tuple(answer["probabilities"])) == expected[answer["seq"]]
    assert not any(lost[answer["index"] - WINDOW + 1 : answer["index"] + 1].any() for answer in answers)
    assert lost[is_damaged(np.arange(len(lost)))].all()
    assert counters.lost >= lost.sum() > 20
    assert counters.gaps >= 20


def test_a_stalled_source_is_told_and_goes_on(tmp_path: Path, recognizer: Callable[[], WindowRecognizer]) -> None:
    port = tmp_path / "ttyUSB0"
    with band(port) as stalled, serving(stream(port, recognizer())) as address, subscribed(address) as client:
        client.next("prediction")
        stalled.send_signal(signals.SIGSTOP)
        told = client.until("stalled")[-1]
        stalled.send_signal(signals.SIGCONT)
        silence = client.until("live")
        client.next("prediction")
    assert told["safe_gesture"] == "rest"
    assert {frame["type"] for frame in silence} == {"status"}
