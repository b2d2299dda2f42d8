"""``palmaris calibrate`` as a clinician meets it: in a terminal, into a pipe, and from a recording."""

import os
import pty
import re
import signal as signals
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_sequence_model
from band import Band, Typist, band_stream
from clinic import STRENGTH, Clinic, User
from ports import free_port
from serving import UNHURRIED, HandFedSource, serving, wait_for, wait_for_samples

from calibration.store import Store
from calibration.store.records import Head
from models.pipeline.recognizer import WindowRecognizer
from service.calibrations.messages import TrialInfo, TrialKept
from service.commands.calibrate_view import event_text
from service.live import Live

PLAN = ("--gestures", "fist,point", "--hold", 1.5, "--rest", 0.5, "--prepare", 0.5)
LONGEST_S = 60

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def stream(source: HandFedSource, recognizer: Callable[[], WindowRecognizer]) -> Callable[[], Live]:
    return lambda: Live("default", lambda: source, recognizer(), UNHURRIED)


@contextmanager
def command(address: str, *words: object, **streams: Any) -> Iterator["subprocess.Popen[str]"]:
    """`palmaris calibrate` in a process of its own."""
    line = [sys.executable, "-m", "service", "calibrate", "--user", "p-17", "--server", f"http://{address}"]
    streams = streams or {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*line, *map(str, words)], text=True, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], bool]) -> None:
    """As ``wait_for``, but as long as a busy machine takes to start a program."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.01)


def calibrations(clinic: Clinic) -> list[dict[str, Any]]:
    answer = clinic.ask("GET", "/users/p-17/calibrations")
    return answer.json() if answer.is_success else []


def begun(clinic: Clinic) -> str:
    """The calibration that the command has begun."""
    until(lambda: bool(calibrations(clinic)))
    return calibrations(clinic)[-1]["calibration"]


def fitted(data_dir: Path) -> tuple[Head, bytes]:
    """The last head of the user, and its file."""
    with Store.open(data_dir) as store:
        head = store.heads.of("p-17")[-1]
        return head, store.heads.read(head)


def test_a_recording_gives_the_identical_head(
    palmaris: Run, stream: Callable[[], Live], source: HandFedSource, tiny_model: Path, tmp_path: Path
) -> None:
    user, there, here = User(source), tmp_path / "there", tmp_path / "here"
    with serving(stream(), data_dir=there) as address:
        clinic = Clinic(address)
        clinic.post("/streams/default/recording")
        user.give("rest", 0.7)  # the calibration begins in the middle of the stream
        wait_for(lambda: clinic.ask("GET", "/streams/default").json()["counters"]["samples"] == 700)
        calibration = clinic.begin(seed=3)
        with clinic.watching(calibration) as watcher:
            watcher.follow(user)
        clinic.post(f"/calibrations/{calibration}/accept")
        assert clinic.ask("DELETE", "/streams/default/recording").is_success
    (recording,) = (there / "recordings").iterdir()
    words = ("--user", "p-17", "--model", tiny_model, "--data-dir", here, "--accept")
    code, out, err = palmaris("calibrate", "--from", recording, *words)
    assert (code, err) == (0, "")
    assert "4 trials of 4" in out
    assert "version 1 is the head of p-17 now" in out
    (live, live_onnx), (offline, offline_onnx) = fitted(there), fitted(here)
    assert offline_onnx == live_onnx
    assert (offline.labels, offline.kind, offline.version, offline.seed) == (live.labels, live.kind, 1, 3)
    assert offline.scores == live.scores


def test_labels_do_where_nobody_was_prompted(palmaris: Run, tiny_model: Path, tmp_path: Path) -> None:
    draw, recording = np.random.default_rng(0), tmp_path / "session.npz"
    held = ["rest", "fist", "rest", "point", "rest", "fist", "rest", "point"]
    loud = np.repeat([STRENGTH[gesture] for gesture in held], 2000, axis=0)
    samples = (draw.standard_normal(loud.shape) * loud).astype(np.float32)
    np.savez(recording, samples=samples, rate_hz=1000.0, labels=np.repeat(held, 2000))
    words = ("--from", recording, "--user", "p-17", "--model", tiny_model, "--data-dir", tmp_path / "data")
    code, out, err = palmaris("calibrate", *words, "--gestures", "point,fist")
    assert (code, err) == (0, "")
    assert "4 trials of 4" in out
    head, _ = fitted(tmp_path / "data")
    assert (head.labels, head.version) == (("point", "fist"), None)
    code, out, err = palmaris("calibrate", *words, "--gestures", "point,open")
    assert (code, out) == (6, "")
    assert err == "palmaris: the recording names rest, fist, point: choose --gestures of these, if any\n"


def test_into_a_pipe_it_is_one_line_per_event(
    stream: Callable[[], Live], source: HandFedSource, tmp_path: Path
) -> None:
    with serving(stream(), data_dir=tmp_path) as address, command(address, *PLAN, "--yes") as process:
        clinic = Clinic(address)
        with clinic.watching(begun(clinic)) as watcher:
            watcher.follow(User(source), until="accepted")
        out, err = process.communicate(timeout=LONGEST_S)
    lines = out.splitlines()
    assert (process.returncode, err) == (0, "")
    assert "calibration of p-17 on stream default, fist, point: 4 trials of 1.5 s; about 12 s" in lines[0]
    assert lines.count("1 of 4: Now: fist. Hold until told to relax.") == 1
    assert [line for line in lines if line.startswith("kept:")] == [
        f"kept: {gesture} (trial {trial})" for trial in (1, 2) for gesture in ("fist", "point")
    ]
    assert re.search(r"fist +\W +2 \W +\d+% \(\d+-\d+\)", out)
    assert lines[-1] == "version 1 is the head of p-17 now, and the stream uses it"


class Terminal:
    """A pseudo-terminal of 100 x 30 characters and who sits at it."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self._shown = ""
        os.set_blocking(self._ours, False)
        subprocess.run(["stty", "rows", "30", "cols", "100"], stdin=self.theirs, check=True)

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def shows(self, text: str) -> None:
        """Wait until it does, and forget what it showed up to then."""
        until(lambda: text in self._read())
        self._shown = self._shown.partition(text)[2]

    def _read(self) -> str:
        with suppress(BlockingIOError):
            self._shown += re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", os.read(self._ours, 1 << 16).decode(errors="ignore"))
        return self._shown

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_keys_and_large_prompts_in_a_terminal(
    stream: Callable[[], Live], source: HandFedSource, tmp_path: Path, terminal: Terminal
) -> None:
    screen = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    user = User(source)
    with serving(stream(), data_dir=tmp_path) as address, command(address, *PLAN, **screen) as process:
        clinic = Clinic(address)
        with clinic.watching(begun(clinic)) as watcher:
            terminal.shows("K E E P   S T I L L")
            terminal.press("p")
            watcher.until("paused")
            terminal.shows("P A U S E D")
            terminal.press("p")
            terminal.shows("K E E P   S T I L L")
            user.give("rest", 3)
            terminal.shows("G E T   R E A D Y")
            user.give("rest", 0.5)
            terminal.shows("F I S T")
            terminal.shows("trial 1 of 4")
            terminal.press("s")
            terminal.shows("skipped: fist (trial 1)")
            terminal.press("q")
            terminal.shows("Give this calibration up?")
            terminal.press("n")
            watcher.until("skipped")
            watcher.follow(user)
            terminal.shows("recall on trials left out")
            terminal.shows("a accept   m one more trial of fist")
            terminal.press("\x1b[Am")  # an arrow is no "a", and swallows nothing
            terminal.shows("G E T   R E A D Y")
            watcher.follow(user)
            terminal.shows("a accept")
            terminal.press("a")
            terminal.shows("version 1 is the head of p-17 now")
        assert process.wait(LONGEST_S) == 0


def test_a_sentence_is_typed_on_the_keyboard_that_steers(tmp_path: Path, terminal: Terminal) -> None:
    screen = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    band = Band()
    typist, live = Typist(band), band_stream(tiny_sequence_model.write("small", tmp_path / "model"), band)
    sentences = ("--gestures", "a,cab", *PLAN[2:])
    with serving(live, data_dir=tmp_path / "data") as address, command(address, *sentences, **screen) as process:
        clinic = Clinic(address)
        with clinic.watching(begun(clinic)) as watcher:
            watcher.until("calibration")
            typist.give("", 3)
            terminal.shows("G E T   R E A D Y")
            terminal.press("q")
            typist.give("", 0.5)
            terminal.shows("Type: a")
            terminal.press("prsqd")
            typist.give("a", 1)
            wait_for_samples(live, sum(map(len, typist.given)))
            terminal.press("\n")
            terminal.shows("kept: a (trial 1)")
            terminal.press("\t")
            terminal.shows("P A U S E D")
            terminal.press("s")
            terminal.shows("skipped: cab (trial 1)")
            assert [frame["type"] for frame in watcher.seen if frame["type"] in ("refused", "aborted")] == []
            terminal.press("q")
            terminal.shows("Give this calibration up?")
            terminal.press("y")
            terminal.shows("the calibration was given up")
        assert process.wait(LONGEST_S) == 0


def test_a_doubtful_sentence_says_how_it_is_asked_for_again() -> None:
    trial = TrialInfo(gesture="Hi.", repetition=1, position=None)
    told = event_text(TrialKept(trial=trial, windows=9, reasons=("only 0.2 s of activity for 4 keys",), causes=()))
    assert told == "kept: Hi. (trial 1); doubtful: only 0.2 s of activity for 4 keys (Tab, then r)"


def test_a_sentence_with_a_comma_is_one_sentence(tmp_path: Path) -> None:
    live = band_stream(tiny_sequence_model.write("typing", tmp_path / "model"), Band())
    asked = ("--gestures", "abc,cab", "--sentence", "Dear Anna, well,", "--sentence", "a b", *PLAN[2:])
    with serving(live, data_dir=tmp_path / "data") as address, command(address, *asked) as process:
        clinic = Clinic(address)
        begun(clinic)
        [calibration] = calibrations(clinic)
        assert calibration["plan"]["gestures"] == ["abc", "cab", "Dear Anna, well,", "a b"]
        process.send_signal(signals.SIGINT)
        process.communicate(timeout=LONGEST_S)


def test_ctrl_c_pauses_and_the_next_call_goes_on(
    stream: Callable[[], Live], source: HandFedSource, tmp_path: Path
) -> None:
    user = User(source)
    with serving(stream(), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        with command(address, *PLAN) as process:
            calibration = begun(clinic)
            with clinic.watching(calibration) as watcher:
                watcher.follow(user, until="trial_kept")
                process.send_signal(signals.SIGINT)
                assert watcher.until("paused")["reason"] == "asked for"
            out, err = process.communicate(timeout=LONGEST_S)
        assert (process.returncode, err) == (130, "")
        assert "palmaris calibrate --user p-17" in out.splitlines()[-1]
        with command(address, "--yes") as process, clinic.watching(calibration) as watcher:
            watcher.follow(user, until="accepted")
            out, _ = process.communicate(timeout=LONGEST_S)
        assert out.splitlines()[0] == "p-17 has a calibration that is not finished: 1 of 4 trials are done"
        assert "kept: fist (trial 1)" not in out
        assert [info["state"] for info in calibrations(clinic)] == ["accepted"]


def test_a_service_that_is_restarted_goes_on_where_it_was(
    recognizer: Callable[[], WindowRecognizer], tmp_path: Path
) -> None:
    port = free_port()
    before, after = HandFedSource(), HandFedSource()
    with command(f"127.0.0.1:{port}", *PLAN, "--yes") as process:
        with serving(Live("default", lambda: before, recognizer(), UNHURRIED), data_dir=tmp_path, port=port) as address:
            clinic = Clinic(address)
            with clinic.watching(begun(clinic)) as watcher:
                watcher.follow(User(before), until="trial_kept")
        with serving(Live("default", lambda: after, recognizer(), UNHURRIED), data_dir=tmp_path, port=port):
            until(lambda: calibrations(clinic)[-1]["attached"])
            with clinic.watching(calibrations(clinic)[-1]["calibration"]) as watcher:
                user = User(after)
                user.give("rest", 3)  # the signal is checked first
                while watcher.next().get("phase") != "prepare":
                    pass
                user.give("rest", 0.5)
                watcher.follow(user, until="accepted")
            out, err = process.communicate(timeout=LONGEST_S)
    assert (process.returncode, err) == (0, "")
    assert "the service does not answer: waiting for it" in out
    assert out.count("kept: fist (trial 1)") == 1
    assert out.count("kept:") == 4


def test_refusals_are_the_services_own_words(
    palmaris: Run, stream: Callable[[], Live], tmp_path: Path, subtests: pytest.Subtests
) -> None:
    with serving(stream(), data_dir=tmp_path) as address:
        server = ("--server", f"http://{address}")
        cases = {
            "hold": (("--user", "p-17", "--hold", 0.1, *server), 6, "hold_s is 0.1: choose from 1.5 to 30"),
            "stream": (("--user", "p-17", "--stream", "left", *server), 6, "no stream 'left'; running: default"),
            "user": (("--user", "../x", *server), 6, "letters"),
            "add": (("--user", "p-17", "--add", *server), 6, "no head to add to"),
            "nobody": (("--user", "p-17", "--server", "http://127.0.0.1:9"), 5, "palmaris serve"),
            "address": (("--user", "p-17", "--server", "127.0.0.1:9"), 2, "http://HOST:PORT"),
        }
        for name, (words, expected, message) in cases.items():
            with subtests.test(name):
                code, out, err = palmaris("calibrate", *words)
                assert (code, out, len(err.splitlines())) == (expected, "", 1), err
                assert message in err
