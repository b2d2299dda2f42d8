"""A user moves as one file, and their gestures are edited, over HTTP and real sockets."""

import io
import zipfile
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest
from clinic import Clinic
from known_profiles import GESTURES, a_head, a_profile, moved_in
from serving import PATIENCE_S, UNHURRIED, HandFedSource, serving, subscribed

from calibration.profile import Profile, decode_profile, encode_profile
from calibration.store.store import Store
from models.runtime import load_model
from service.live import Live


@pytest.fixture
def encoder(tiny_model) -> str:
    return load_model(str(tiny_model)).encoder.fingerprint


def known(profile: Profile):
    """Everything in a profile but the name of its user."""
    heads = [(h.facts.model_dump(exclude={"parent"}), h.onnx) for h in profile.heads]
    trials = [(t.facts, t.features.tobytes(), t.last_samples.tobytes(), t.amplitudes.tobytes()) for t in profile.trials]
    return heads, sorted(trials, key=repr)


def predicted(controller, source: HandFedSource, signal: np.ndarray) -> list[tuple]:
    """What a controller hears of a signal; it reads as fast as the signal comes."""
    heard = []
    for start in range(0, len(signal), 50):
        source.feed(signal[start : start + 50])
        heard += [controller.next("prediction") for _ in range(2 if start > 200 else start // 200)]
    return [(frame["probabilities"], frame["intensity"], frame["gesture"]) for frame in heard]


def test_a_user_who_moves_gets_the_same_predictions_bit_by_bit(recognizer, signal, tmp_path, encoder):
    sources = {"before": HandFedSource(), "after": HandFedSource()}
    lives = [Live(name, lambda source=source: source, recognizer(), UNHURRIED) for name, source in sources.items()]
    heard = []
    with serving(*lives, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        assert moved_in(clinic, encode_profile(a_profile(encoder))).status_code == 201
        for name, source in sources.items():
            assert clinic.ask("PUT", f"/streams/{name}/user", user="p-17").is_success
            with subscribed(address, name) as controller:
                heard.append(predicted(controller, source, signal[:2000]))
            file = clinic.ask("GET", "/users/p-17/profile?trials=true")
            assert file.headers["content-type"] == "application/zip"
            assert file.headers["content-disposition"] == 'attachment; filename="p-17.profile.zip"'
            assert known(decode_profile(file.content)) == known(a_profile(encoder))
            assert clinic.ask("DELETE", "/users/p-17").is_success
            assert moved_in(clinic, file.content).status_code == 201
    assert heard[0] == heard[1]
    assert {gesture for _, _, gesture in heard[0]} <= set(GESTURES)
    assert any(intensity for _, intensity, _ in heard[0])


def test_versions_and_active_heads_move_and_trials_only_if_asked(live, tmp_path, encoder):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        clinic.post("/users", user="p-17")  # an empty user is taken
        moved_in(clinic, encode_profile(a_profile(encoder)))
        heads = clinic.ask("GET", "/users/p-17/heads").json()
        assert [(head["version"], head["active"]) for head in heads] == [(1, False), (2, True), (4, True)]
        assert decode_profile(clinic.ask("GET", "/users/p-17/profile").content).trials == ()
        assert sorted(c["kept"] for c in clinic.ask("GET", "/users/p-17/calibrations").json()) == [1, 3]
        assert clinic.refused("GET", "/users/nobody/profile")[0] == 404


def test_what_is_no_whole_profile_is_refused_and_nothing_of_it_is_stored(live, tmp_path, encoder):
    good = encode_profile(a_profile(encoder))
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("heads/0001.pkl", b"cos\nsystem\n(S'true'\ntR.")
    wide = encode_profile(Profile("p", (a_head(1, encoder, active=True, features=3),)))
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        for content in (
            b"",
            b"PK",
            good[:-1],
            good[: len(good) // 2],
            good.replace(b"tiny", b"t\0ny"),
            evil.getvalue(),
            wide,
        ):
            refused = moved_in(clinic, content)
            assert refused.status_code == 422
            assert "again" in refused.json()["detail"]
        assert clinic.ask("GET", "/users").json() == []
        assert moved_in(clinic, good, "a b").status_code == 422
        assert moved_in(clinic, good).status_code == 201
        again = moved_in(clinic, good)
        assert (again.status_code, "delete the user" in again.json()["detail"]) == (409, True)


def test_a_profile_that_is_too_large_is_refused_while_it_comes(live, tmp_path, monkeypatch):
    monkeypatch.setattr("service.routes.profiles.MOST_BYTES", 1 << 20)
    with serving(live, data_dir=tmp_path) as address:
        refused = moved_in(Clinic(address), bytes((1 << 20) + 1))
    assert refused.status_code == 422
    assert "export it without its trials" in refused.json()["detail"]


def test_gestures_are_renamed_and_removed_without_recording(live, source, tmp_path, encoder):
    source.feed(np.zeros((500, 2), np.float32))
    with serving(live, data_dir=tmp_path) as address, subscribed(address) as controller:
        clinic = Clinic(address)
        moved_in(clinic, encode_profile(a_profile(encoder)))
        clinic.ask("PUT", "/streams/default/user", user="p-17")
        head = clinic.ask("PATCH", "/users/p-17/gestures", rename={"fist": "grip"}, remove=["open"]).json()
        assert (head["version"], head["labels"], head["active"]) == (5, ["grip", "point"], True)
        source.feed(np.zeros((500, 2), np.float32))
        while (changed := controller.next("head"))["head"]["version"] != 5:
            pass
        assert changed["labels"] == ["grip", "point"]
    with Store.open(tmp_path) as store:
        kept = store.trials.kept("p-17", encoder)
        assert sorted(trial.gesture for trial in kept) == ["grip", "grip", "open", "point"]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"rename": {"fist": "point"}}, "two gestures"),
        ({"rename": {"fist": "a", "point": "a"}}, "two gestures"),
        ({"rename": {"pinch": "a"}}, "choose from fist, point, open"),
        ({"remove": ["pinch"]}, "choose from fist, point, open"),
        ({"remove": ["fist", "open"]}, "add another one first"),
        ({"remove": ["fist", "fist"]}, "name each once"),
        ({"rename": {"fist": "grip"}, "remove": ["fist"]}, "name each once"),
        ({"rename": {"fist": "rest"}}, "keeps its name"),
        ({"rename": {"fist": "a\0"}}, "rename.fist"),
        ({"rename": {"fist": "a" * 65}}, "64 characters"),
        ({"stream": "default"}, "name a gesture"),
    ],
)
def test_an_edit_that_cannot_be_made_changes_nothing(live, tmp_path, encoder, edit, reason):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        moved_in(clinic, encode_profile(a_profile(encoder)))
        status, detail = clinic.refused("PATCH", "/users/p-17/gestures", **edit)
        assert status == 422
        assert reason in detail
        assert len(clinic.ask("GET", "/users/p-17/heads").json()) == 3
        assert clinic.refused("PATCH", "/users/p-17/gestures", stream="left", remove=["fist"])[0] == 404


def test_a_gesture_that_was_removed_keeps_its_name_to_itself(live: Live, tmp_path, encoder):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        moved_in(clinic, encode_profile(a_profile(encoder)))
        assert clinic.ask("PATCH", "/users/p-17/gestures", remove=["open"]).is_success
        assert "stored already" in clinic.refused("PATCH", "/users/p-17/gestures", rename={"fist": "open"})[1]


def test_profiles_are_stored_one_at_a_time(live: Live, tmp_path: Path, encoder: str) -> None:
    content = encode_profile(a_profile(encoder))
    with serving(live, data_dir=tmp_path) as address:
        clinic, slow = Clinic(address), HTTPConnection(address, timeout=PATIENCE_S)
        slow.putrequest("POST", "/v1/users/p-17/profile")
        slow.putheader("Content-Length", str(len(content)))
        slow.putheader("Expect", "100-continue")
        slow.endheaders()
        assert slow.sock.recv(100).startswith(b"HTTP/1.1 100")  # the service begins to read
        answer = moved_in(clinic, content, "p-other")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "try again" in answer.json()["detail"]
        slow.send(content)
        assert slow.getresponse().status == 201
        slow.close()
        assert moved_in(clinic, content, "p-other").status_code == 201
