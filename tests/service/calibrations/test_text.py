"""A user's own layer of text, prompted live: the same service, steps and buttons as for gestures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from band import RATE_HZ, TYPING, Band, Typist, band_stream
from clinic import Clinic, Watcher, stored
from known_profiles import moved_in
from serving import serving, wait_for, wait_for_samples

from calibration.profile import ProfileHead, decode_profile, encode_profile
from calibration.report import KEY_OF_SEQUENCES
from calibration.store.store import Store
from models.last_layer import BIAS, WEIGHT
from models.pipeline.sequence_recognizer import SequenceRecognizer
from service.live import Live


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that types a, b and c."""
    return tiny_sequence_model.write("small", tmp_path_factory.mktemp("model"))


@pytest.fixture
def live(model: Path, band: Band) -> Live:
    return band_stream(model, band)


@pytest.fixture
def clinic(live: Live, tmp_path: Path) -> Iterator[Clinic]:
    with serving(live, data_dir=tmp_path) as address:
        yield Clinic(address)


def worn(live: Live, typist: Typist) -> np.ndarray | None:
    """The weights in use, once a chunk has come."""
    typist.give("", 0.05)
    recognizer = live.answers.recognizer
    assert isinstance(recognizer, SequenceRecognizer)
    return recognizer.model.own.get(WEIGHT)


def begin(clinic: Clinic, **order: object) -> str:
    return clinic.begin(**(TYPING | order))


def held(watcher: Watcher) -> list[str]:
    return [frame["text"] for frame in watcher.seen if frame["type"] == "prompt" and frame["phase"] == "hold"]


def test_prompted_reported_tried_accepted_and_worn(live: Live, clinic: Clinic, typist: Typist) -> None:
    calibration = begin(clinic)
    with clinic.watching(calibration) as watcher:
        report = watcher.follow(typist)["report"]
        assert (report["kind"], report["pieces"], report["keys"]) == ("text", 2, 8)
        assert set(held(watcher)) == {"Type: abc", "Type: cabac"}
        assert watcher.kept() == [("abc", 1), ("cabac", 1)]
        assert worn(live, typist) is None
        assert clinic.post(f"/calibrations/{calibration}/try", on=True)["trying"]
        wait_for(lambda: worn(live, typist) is not None)
        assert not clinic.post(f"/calibrations/{calibration}/try", on=False)["trying"]
        wait_for(lambda: worn(live, typist) is None)
        told = clinic.post(f"/calibrations/{calibration}/accept")
        assert (told["state"], told["plan"]["kind"], told["report"]["report"]) == ("accepted", "text", report)
        wait_for(lambda: worn(live, typist) is not None)
    [head] = clinic.ask("GET", "/users/p-17/heads").json()
    assert (head["version"], head["macro_f1"], head["wrong"]) == (1, None, report["after"]["wrong"]["value"])
    assert clinic.ask("GET", "/users/p-17/heads/1/report").json() == report
    again = begin(clinic, gestures=["bca"])  # what was typed before rehearses, and its layer is compared
    with clinic.watching(again) as watcher:
        second = watcher.follow(typist)["report"]
    assert (second["pieces"], second["keys"], second["after"]) == (3, 11, None)
    assert second["previous"] is not None


def test_the_raw_signal_is_kept_while_the_user_consents(
    live: Live, clinic: Clinic, typist: Typist, tmp_path: Path
) -> None:
    clinic.post("/users", user="p-17", consent_raw=True)
    calibration = begin(clinic)
    with clinic.watching(calibration) as watcher:
        watcher.follow(typist)
    with Store.open(tmp_path) as store:
        [sentence, _] = store.trials.of(calibration)
        raw = store.trials.read(sentence).raw
        assert raw is not None
        assert raw.shape == (sentence.quality["length"], 16)
        heard = np.concatenate(typist.given)
        assert any(np.array_equal(heard[at : at + len(raw)], raw) for at in np.flatnonzero(heard[:, 0] == raw[0, 0]))
    assert clinic.ask("PATCH", "/users/p-17", consent_raw=False).is_success
    with Store.open(tmp_path) as store:
        data = [store.trials.read(trial) for trial in store.trials.of(calibration)]
        assert [(one.raw, len(one.features) > 0) for one in data] == [(None, True)] * 2


def test_a_doubtful_sentence_is_told_kept_and_asked_again_if_wanted(clinic: Clinic, typist: Typist) -> None:
    calibration = begin(clinic, gestures=["cabac"])
    with clinic.watching(calibration) as watcher:
        watcher.follow_to(typist, "hold")
        typist.give("ca", float(str(TYPING["hold_s"])))
        kept = watcher.until("trial_kept")
        assert [cause["code"] for cause in kept["causes"]] == ["too_little"]
        assert kept["reasons"] == ["only 0.2 s of activity for 5 keys: if it was not typed as shown, ask for it again"]
        clinic.post(f"/calibrations/{calibration}/redo")
        assert watcher.until("refused")["causes"][0]["code"] == "interrupted"
        typist.give("", 0.5)  # until told to relax is over
        kept = watcher.follow(typist, until="trial_kept")
        assert (kept["causes"], kept["reasons"]) == ([], [])
        assert watcher.follow(typist)["report"]["pieces"] == 1


def deaf(head: ProfileHead, wrong: float) -> ProfileHead:
    """A layer that hears nothing, whose report tells that rate of errors."""
    report = head.facts.scores[KEY_OF_SEQUENCES]
    scores = {KEY_OF_SEQUENCES: report | {"after": report["after"] | {"wrong": {"value": wrong}}}}
    weight, bias = np.zeros_like(head.tensors["weight"]), np.eye(4, dtype=np.float32)[3]
    facts = head.facts.model_copy(update={"scores": scores})
    return ProfileHead(facts, {"weight": weight, "bias": bias}, {WEIGHT: weight, BIAS: bias})


@pytest.mark.parametrize(("wrong", "doubts"), [(0.1, ["misheard"]), (0.9, [])])
def test_who_has_a_layer_of_use_is_told_where_it_hears_something_else(
    clinic: Clinic, typist: Typist, wrong: float, doubts: list[str]
) -> None:
    calibration = begin(clinic)
    with clinic.watching(calibration) as watcher:
        watcher.follow(typist)
        told = [frame["causes"] for frame in watcher.seen if frame["type"] == "trial_kept"]
    assert told == [[], []]  # everybody's layer doubts nobody
    clinic.post(f"/calibrations/{calibration}/accept")
    profile = decode_profile(clinic.ask("GET", "/users/p-17/profile").content)
    heads = tuple(deaf(head, wrong) for head in profile.heads)
    assert moved_in(clinic, encode_profile(replace(profile, heads=heads)), "p-18").status_code == 201
    with clinic.watching(begin(clinic, user="p-18")) as watcher:
        kept = watcher.follow(typist, until="trial_kept")
    assert [cause["code"] for cause in kept["causes"]] == doubts


def test_who_moves_takes_along_what_was_typed(clinic: Clinic, typist: Typist) -> None:
    calibration = begin(clinic)
    with clinic.watching(calibration) as watcher:
        watcher.follow(typist)
    clinic.post(f"/calibrations/{calibration}/accept")
    there = clinic.ask("GET", "/users/p-17/profile?trials=true").content
    assert moved_in(clinic, there, "p-18").status_code == 201
    here = clinic.ask("GET", "/users/p-18/profile?trials=true").content
    before, after = ([(t.facts, t.features.tobytes()) for t in decode_profile(file).trials] for file in (there, here))
    assert after == before
    [came] = clinic.ask("GET", "/users/p-18/calibrations").json()
    assert (came["plan"]["kind"], came["plan"]["gestures"]) == ("text", ["abc", "cabac"])
    again = begin(clinic, user="p-18", gestures=["bca"])
    with clinic.watching(again) as watcher:
        report = watcher.follow(typist)["report"]
    assert (report["pieces"], report["keys"]) == (3, 11)  # what was typed elsewhere rehearses
    assert report["previous"] is not None


def test_every_button(live: Live, clinic: Clinic, typist: Typist, tmp_path: Path) -> None:
    calibration = begin(clinic, hold_s=8)
    press = f"/calibrations/{calibration}/"
    with clinic.watching(calibration) as watcher:
        assert clinic.refused("POST", press + "done")[0] == 409  # nothing is asked yet
        watcher.follow_to(typist, "hold")
        typist.give("abc", 2)
        wait_for_samples(live, sum(map(len, typist.given)))
        now = clinic.post(press + "done")["prompt"]
        assert now["phase"] == "rest"
        watcher.until("trial_kept")
        typist.obey(now)
        watcher.follow_to(typist, "hold")
        typist.give("cab", 1.5)
        clinic.post(press + "pause")
        assert "paused" in watcher.until("refused")["reason"]
        watcher.until("paused")
        clinic.post(press + "resume")
        watcher.follow_to(typist, "hold")
        clinic.post(press + "redo")
        watcher.until("refused")
        watcher.follow_to(typist, "hold")
        clinic.post(press + "skip")
        watcher.follow(typist, until="fitting")
    assert stored(tmp_path, calibration) == [("abc", 1)]


def test_after_a_restart_nothing_is_typed_twice(model: Path, tmp_path: Path) -> None:
    first, second = Band(), Band()
    with serving(band_stream(model, first), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = begin(clinic)
        with clinic.watching(calibration) as watcher:
            watcher.follow(typist := Typist(first), until="trial_kept")
            watcher.follow_to(typist, "hold")
            typist.give("cab", 1)
    with serving(band_stream(model, second), data_dir=tmp_path) as address:
        clinic = Clinic(address)
        assert not clinic.ask("GET", f"/calibrations/{calibration}").json()["attached"]
        clinic.post(f"/calibrations/{calibration}/resume")
        with clinic.watching(calibration) as watcher:
            watcher.follow(Typist(second, seed=1), until="fitting")
            assert watcher.kept() == [("cabac", 1)]
    assert stored(tmp_path, calibration) == [("abc", 1), ("cabac", 1)]


def test_what_teaches_nothing_is_refused_with_the_reason(clinic: Clinic, typist: Typist) -> None:
    calibration = begin(clinic, gestures=["abc"])
    samples = round(float(str(TYPING["hold_s"])) * RATE_HZ)
    holed = np.full((samples, 16), 1, np.float32)
    holed[1000:1010] = np.nan
    dead = np.zeros((samples, 16), np.float32)
    teaching_nothing = [("no_contraction", ""), ("unfinished", "abcabca"), ("gaps", holed), ("dead", dead)]
    with clinic.watching(calibration) as watcher:
        for code, done in teaching_nothing:
            watcher.follow_to(typist, "hold")
            typist.feed(done) if isinstance(done, np.ndarray) else typist.give(done, samples / RATE_HZ)
            assert {cause["code"] for cause in watcher.until("refused")["causes"]} == {code}
            typist.give("", 0.5)
        watcher.follow(typist, until="trial_kept")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"gestures": ["abx"]}, "no key for 'x'"),
        ({"gestures": ["ab", "ab"]}, "name each once"),
        ({"add": True}, "add: model small knows all its keys"),
        ({"hold_s": 0.1, "gestures": None}, "hold_s is 0.1"),
    ],
)
def test_orders_that_cannot_be_carried_out(clinic: Clinic, order: dict[str, object], why: str) -> None:
    clinic.post("/users", user="p-17")
    status, told = clinic.refused("POST", "/calibrations", **(TYPING | order))
    assert (status, why in told) == (422, True), told


def test_without_sentences_and_times_there_are_some_of_ours(clinic: Clinic) -> None:
    clinic.post("/users", user="p-17")
    plan = httpx.post(f"http://{clinic.address}/v1/calibrations", json={"user": "p-17"}).json()["plan"]
    assert (plan["kind"], plan["repetitions"], plan["hold_s"]) == ("text", 1, 15.0)
    assert len(plan["gestures"]) > 3
    assert set("".join(plan["gestures"])) == {"a", "b", "c"}
