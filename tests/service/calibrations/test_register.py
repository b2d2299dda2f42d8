"""Calibrations through the API, over real sockets, with users who do as prompted."""

import hashlib
import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from clinic import ORDER, Clinic, User, stored, stream
from serving import END, UNHURRIED, Client, HandFedSource, serving, subscribed

from calibration.store.store import Store
from drivers.errors import DriverError
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

GESTURES = ["fist", "point"]
PREDICTIONS_PER_TENTH = 4
WINDOW = 250


def answers(controller, user: User, gesture: str, tenths: int) -> list[str]:
    """What a controller hears while the user holds a gesture; it reads as fast as the user gives."""
    heard = []
    for _ in range(tenths):
        user.give(gesture, 0.1)
        heard += [controller.next("prediction")["gesture"] for _ in range(PREDICTIONS_PER_TENTH)]
    return heard


def test_two_minutes_from_the_first_prompt_to_the_users_own_head(tiny, source, user, tmp_path):
    with serving(stream(tiny, source), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            report = watcher.follow(user)
            assert report["report"]["recommendation"]["verdict"] in ("accept", "more_trials")
            with subscribed(address) as controller:  # not before: who does not read for so long is cut off
                told = clinic.post(f"/calibrations/{calibration}/accept")
                assert (told["state"], told["kept"], told["ahead"]) == ("accepted", 4, 0)
                assert watcher.until("accepted")["version"] == 1
                assert watcher.leave() == (1000, "it is over")
                user.give("fist", 0.1)
                changed = controller.next("head")
                assert changed["head"] == {"user": "p-17", "version": 1}
                assert changed["labels"] == GESTURES
                for gesture in GESTURES:
                    assert answers(controller, user, gesture, 6)[-4:] == [gesture] * 4
        assert clinic.refused("POST", f"/calibrations/{calibration}/accept")[0] == 409
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["state"] == "accepted"


class Obedient(HandFedSource):
    """A source behind which somebody is told what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str | None] = [None]

    def perform(self, gesture: str | None) -> None:
        if gesture != self.told[-1]:
            self.told.append(gesture)


def test_a_simulated_user_is_told_what_the_prompts_ask_for(tiny, tmp_path):
    source = Obedient()
    user = User(source)
    with serving(stream(tiny, source), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin(repetitions=1)
        with clinic.watching(calibration) as watcher:
            watcher.follow(user, until="fitting")
            clinic.post(f"/calibrations/{calibration}/abort")
    assert source.told == [None, "rest", "fist", "rest", "point", "rest", None]


class Heard(HandFedSource):
    """A source whose every prediction is read before the next piece: a slow reader would only get the newest."""

    def __init__(self) -> None:
        super().__init__()
        self.controller: Client | None = None
        self.seen: list[int] = []
        self._given = 0

    def feed(self, *items: np.ndarray | Exception) -> None:
        """Samples, and hear what is made of them."""
        assert self.controller is not None
        for item in items:
            super().feed(item)
            self._given += len(item) if isinstance(item, np.ndarray) else 0
            last = -1
            while self._given >= WINDOW and last < self._given - 1:
                frame = self.controller.next("prediction")
                last = frame["index"]
                self.seen.append(frame["seq"])


def test_no_prediction_is_missing_from_the_first_prompt_to_the_new_head(tiny, tmp_path):
    source = Heard()
    user = User(source)
    with serving(stream(tiny, source), data_dir=tmp_path) as address, subscribed(address) as source.controller:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            watcher.follow(user)
            clinic.post(f"/calibrations/{calibration}/accept")
        user.give("fist", 0.5)
    assert source.seen == list(range(len(source.seen)))
    assert len(source.seen) > 400  # 12 s at 40 a second


def test_the_frozen_part_stays_as_it_is(tiny, source, user, tmp_path):
    model = load_model(str(tiny))
    window = np.random.default_rng(0).standard_normal((250, 2)).astype(np.float32)
    encoder, population, features = tiny.read_bytes(), model.head.content, model.encoder(window)
    live = Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNHURRIED)
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            watcher.follow(user)
            clinic.post(f"/calibrations/{calibration}/accept")
    with Store.open(tmp_path) as store:
        (head,) = store.heads.of("p-17")
        content = store.heads.read(head)
    assert (tiny.read_bytes(), tiny.with_name("tiny.head.onnx").read_bytes()) == (encoder, population)
    assert head.encoder_sha256 == live.answers.encoder == hashlib.sha256(encoder).hexdigest()
    assert np.array_equal(model.encoder(window), features)
    graph = onnx.load_from_string(content).graph
    frozen = {node.op_type for node in onnx.load(tiny).graph.node}
    assert not frozen & {node.op_type for node in graph.node}
    assert graph.input[0].type.tensor_type.shape.dim[-1].dim_value == features.size, "it begins with the features"


def test_every_button(clinic, user, tmp_path):
    calibration = clinic.begin()
    press = f"/calibrations/{calibration}/"
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        user.give("fist", 0.5)
        assert clinic.post(press + "pause")["state"] == "paused"
        assert "paused" in watcher.until("refused")["reason"]
        user.give("fist", 3)  # nothing is asked meanwhile
        told = clinic.post(press + "resume")
        assert (told["state"], told["prompt"]["phase"], told["kept"]) == ("running", "prepare", 0)
        watcher.until("paused")

        watcher.follow(user, until="trial_kept")
        told = clinic.post(press + "redo")
        assert (told["kept"], told["ahead"]) == (0, 4)
        watcher.follow(user, until="trial_kept")
        watcher.follow_to(user, "hold")
        told = clinic.post(press + "skip")
        assert (told["kept"], told["skipped"], told["ahead"]) == (1, 1, 2)
        assert watcher.until("skipped")["trial"]["gesture"] == "point"
        assert clinic.refused("POST", press + "accept")[0] == 409
        assert clinic.refused("POST", press + "fit")[0] == 409
        watcher.follow(user)
        assert clinic.refused("POST", press + "skip")[0] == 409

        told = clinic.post(press + "extend", gestures=["point"])
        assert (told["state"], told["ahead"], told["report"]) == ("running", 1, None)
        assert clinic.refused("POST", press + "accept")[0] == 409
        assert clinic.refused("POST", press + "extend", gestures=["wave"])[0] == 422
        watcher.follow(user)
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["report"] is not None
        assert clinic.post(press + "abort")["state"] == "aborted"
        watcher.until("aborted")
        assert watcher.leave() == (1000, "it is over")
    assert clinic.refused("POST", press + "resume")[0] == 409
    assert stored(tmp_path, calibration) == [("fist", 1), ("fist", 2), ("point", 2), ("point", 3)]


def test_what_was_held_again_and_then_skipped_is_not_learned_from(clinic, user, tmp_path):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow(user, until="trial_kept")
        clinic.post(f"/calibrations/{calibration}/redo")
        clinic.post(f"/calibrations/{calibration}/skip")
        head = watcher.follow(user)["head"]
    with Store.open(tmp_path) as store:
        assert len(store.heads.get(head).trials) == 3


def test_a_redo_after_the_report_withdraws_it(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow(user)
        told = clinic.post(f"/calibrations/{calibration}/redo")
        assert (told["state"], told["report"]) == ("running", None)
        assert clinic.refused("POST", f"/calibrations/{calibration}/accept")[0] == 409
        watcher.follow(user)
        assert clinic.post(f"/calibrations/{calibration}/accept")["kept"] == 4


def test_an_extension_during_the_fit_makes_one_report_of_all_trials(clinic, user, tmp_path):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow(user, until="fitting")
        clinic.post(f"/calibrations/{calibration}/extend", gestures=["fist"])
        head = watcher.follow(user)["head"]
        clinic.post(f"/calibrations/{calibration}/accept")
        assert watcher.leave() == (1000, "it is over")
    assert [frame["type"] for frame in watcher.seen].count("report") == 1
    with Store.open(tmp_path) as store:
        assert len(store.heads.get(head).trials) == 5


def test_a_trial_without_a_contraction_is_asked_again_and_after_three_times_may_be_skipped(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        offers = []
        for _ in range(3):
            prompt = watcher.follow_to(user, "hold")
            user.give("rest", prompt["remaining_s"])
            refused = watcher.until("refused")
            assert (refused["trial"]["gesture"], refused["trial"]["repetition"]) == ("fist", 1)
            assert "no contraction found" in refused["reason"]
            offers.append(refused["offer_skip"])
            user.give("rest", ORDER["rest_s"])
        assert offers == [False, False, True]
        clinic.post(f"/calibrations/{calibration}/skip")
        watcher.follow(user, until="trial_kept")
        assert watcher.kept() == [("point", 1)]


def test_a_dead_channel_is_refused_in_the_check_and_in_a_trial(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        prompt = watcher.next()["prompt"]
        user.give("unplugged", user.owes(prompt))
        refused = watcher.until("refused")
        assert refused["trial"] is None
        assert "channel 1 shows no signal" in refused["reason"]
        prompt = watcher.follow_to(user, "hold")
        user.give("unplugged", prompt["remaining_s"])
        refused = watcher.until("refused")
        assert refused["trial"]["gesture"] == "fist"
        assert "channel 1 shows no signal" in refused["reason"]
        assert "bad" in [frame["level"] for frame in watcher.seen if frame["type"] == "quality"]


def test_a_stream_that_falls_silent_in_a_trial_pauses_it(clinic, user, monkeypatch):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        monkeypatch.setattr("service.calibrations.calibrator.SILENCE_S", 0.5)
        user.give("fist", 0.5)
        assert watcher.until("refused")["trial"] == {"gesture": "fist", "repetition": 1, "position": None}
        assert "no samples arrive" in watcher.until("paused")["reason"]
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["state"] == "paused"
        monkeypatch.undo()
        clinic.post(f"/calibrations/{calibration}/resume")
        watcher.follow(user, until="trial_kept")
        assert watcher.kept() == [("fist", 1)]


def test_a_device_that_goes_away_pauses_and_is_checked_when_it_is_back(clinic, source, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        user.give("fist", 0.5)
        source.feed(DriverError("the cable is out: plug it in"))
        assert "the cable is out" in watcher.until("paused")["reason"]
        user.give("rest", 0.1)  # it is back
        while clinic.ask("GET", "/streams/default").json()["state"] != "live":
            user.give("rest", 0.1)
        assert clinic.post(f"/calibrations/{calibration}/resume")["prompt"]["phase"] == "check"
        watcher.follow(user, until="trial_kept")
        assert watcher.kept() == [("fist", 1)]


def test_over_a_stream_that_has_ended_nothing_is_asked(clinic, source, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(user, "hold")
        source.feed(END)
        assert "recording is over" in watcher.until("paused")["reason"]
        status, reason = clinic.refused("POST", f"/calibrations/{calibration}/resume")
        assert (status, "default is ended" in reason) == (409, True)
        clinic.post(f"/calibrations/{calibration}/abort")
        other = clinic.begin(user="p-18")
        assert clinic.ask("GET", f"/calibrations/{other}").json()["state"] == "paused"


def test_two_clinicians_calibrate_two_users_on_two_streams(tiny, tmp_path):
    sources = HandFedSource(), HandFedSource()
    lives = [stream(tiny, source, name) for source, name in zip(sources, ("left", "right"), strict=True)]
    with serving(*lives, data_dir=tmp_path) as address, ThreadPoolExecutor(2) as pool:
        clinic = Clinic(address)

        def calibrate(number: int) -> int:
            name = clinic.begin(user=f"p-{number}", stream=lives[number].name)
            with clinic.watching(name) as watcher:
                watcher.follow(User(sources[number], seed=number))
                clinic.post(f"/calibrations/{name}/accept")
                return watcher.until("accepted")["version"]

        assert list(pool.map(calibrate, range(2))) == [1, 1]
        worn = [clinic.ask("GET", f"/users/p-{number}/heads").json()[0]["active"] for number in range(2)]
        assert worn == [True, True]


def test_one_calibration_for_each_user_and_each_stream(tiny, tmp_path):
    lives = [stream(tiny, HandFedSource(), name) for name in ("left", "right")]
    with serving(*lives, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        running = clinic.begin(stream="left")
        clinic.post("/users", user="p-18")
        for order in ({"stream": "right"}, {"user": "p-18", "stream": "left"}):
            status, reason = clinic.refused("POST", "/calibrations", **(ORDER | order))
            assert (status, running in reason) == (409, True)
        assert clinic.refused("DELETE", "/users/p-17")[0] == 409
        clinic.post(f"/calibrations/{running}/abort")
        clinic.begin(stream="right")


def test_a_fitting_process_that_is_killed_costs_nothing_but_time(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        watcher.follow(user, until="fitting")
        for process in multiprocessing.active_children():
            os.kill(process.pid or 0, signal.SIGKILL)
        assert "ask for the fit again" in watcher.until("trouble")["message"]
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["state"] == "paused"
        clinic.post(f"/calibrations/{calibration}/fit")
        watcher.follow(user)
        assert clinic.post(f"/calibrations/{calibration}/accept")["kept"] == 4


@pytest.mark.parametrize("last", ["trial_kept", "fitting", "report"])
def test_after_a_restart_it_goes_on_where_it_was(tiny, tmp_path, last):
    first, second = HandFedSource(), HandFedSource()
    with serving(stream(tiny, first), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            watcher.follow(User(first), until=last)
            before = watcher.kept()
    with serving(stream(tiny, second), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        told = clinic.ask("GET", f"/calibrations/{calibration}").json()
        assert (told["attached"], told["kept"]) == (False, len(before))
        status, reason = clinic.refused("POST", f"/calibrations/{calibration}/extend", gestures=["fist"])
        assert (status, "resume it first" in reason) == (409, True)
        assert clinic.post(f"/calibrations/{calibration}/resume")["attached"] is True
        if last == "report":
            clinic.post(f"/calibrations/{calibration}/extend", gestures=["fist"])
        with clinic.watching(calibration) as watcher:
            watcher.follow(User(second))
            told = clinic.post(f"/calibrations/{calibration}/accept")
    assert told["kept"] == (5 if last == "report" else 4)
    assert stored(tmp_path, calibration)[: len(before)] == before


def test_who_joins_late_hears_how_it_stands_and_who_comes_after_the_end_is_told(clinic, user):
    calibration = clinic.begin()
    with clinic.watching(calibration) as watcher:
        head = watcher.follow(user)["head"]
        with clinic.watching(calibration) as late:
            now = late.next()
            assert (now["state"], now["report"]["head"], now["prompt"]["phase"]) == ("ready", head, "finished")
            clinic.post(f"/calibrations/{calibration}/accept")
            assert late.leave() == watcher.leave() == (1000, "it is over")
