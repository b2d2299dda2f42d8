"""A network of images and its user: statistics of their own, from calibration to renormalise, back, after a restart."""

import math
import threading
from collections.abc import Sequence
from itertools import islice

import httpx
import numpy as np
import pytest
from clinic import FIT_S, STRENGTH, Clinic, User
from serving import UNHURRIED, HandFedSource, serving, subscribed, wait_for
from tiny_grid import GRID, SPEC, write_tiny_network

from calibration.profile import decode_profile
from calibration.store import Store
from drivers.simulation.arm import WHERE_IT_BELONGS, Donning
from drivers.simulation.blocks import BLOCK_S
from drivers.simulation.grid_user import HD_GRID, GridUser
from drivers.source import SourceInfo
from models.head_graph import head_tensors, own_tensors
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from models.training.untrained import untrained_grid
from service.live import Live

GESTURES = ["rest", "fist", "point"]
USER = "p-17"


class Cuff(HandFedSource):
    """Sixteen channels on a grid."""

    info = SourceInfo("cuff", SPEC.rate_hz, tuple(map(str, range(16))), grid=GRID)


class Spread:
    """An arm that gives two strengths, one for the first eight electrodes, one for the others."""

    def __init__(self, source: HandFedSource) -> None:
        self._source = source
        self._draw = np.random.default_rng(7)

    def feed(self, *items: np.ndarray) -> None:
        for item in items:
            noise = self._draw.standard_normal((len(item), 16)) * np.repeat(item.std(axis=0), 8)
            self._source.feed(noise.astype(np.float32))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return write_tiny_network(tmp_path_factory.mktemp("network"))


def arm(network) -> tuple[Live, User]:
    """A stream, and whose muscles it hears."""
    source = Cuff()
    recognizer = load_recognizer(load_model(str(network)), DecisionSpec())
    return Live("default", lambda: source, recognizer, UNHURRIED), User(Spread(source))


def heard(address: str, user: User) -> list[str]:
    """What a controller hears at the end of three tenths of each gesture; it reads as fast as it is given."""
    answers = []
    with subscribed(address) as controller:
        controller.next("hello")
        for gesture in GESTURES:
            for _ in range(3):
                user.give(gesture, 0.1)
                said = [controller.next("prediction")["gesture"] for _ in range(5)]
            answers += said[-3:]
    return answers


EACH_KNOWN = [gesture for gesture in GESTURES for _ in range(3)]


def calibrate(clinic: Clinic, user: User, **order) -> dict:
    """A calibration from its beginning to accept; what was reported."""
    calibration = clinic.begin(gestures=GESTURES, **order)
    with clinic.watching(calibration) as watcher:
        report = watcher.follow(user)["report"]
        clinic.post(f"/calibrations/{calibration}/accept")
    return report


def renormalise(clinic: Clinic, live: Live, user: User, gestures: Sequence[str] = GESTURES) -> dict:
    answer = []
    asked = {"url": f"http://{clinic.address}/v1/streams/default/renormalise", "json": {"seconds": 3}, "timeout": FIT_S}
    asking = threading.Thread(target=lambda: answer.append(httpx.post(**asked).json()))
    asking.start()
    wait_for(lambda: len(live._listeners) == 1)
    for gesture in gestures:
        user.give(gesture, 3 / len(gestures))
    user.give("rest", 0.1)
    asking.join()
    return answer[0]


def weaken(monkeypatch) -> None:
    """Dry skin: every electrode hears a fifth."""
    for gesture in GESTURES:
        monkeypatch.setitem(STRENGTH, gesture, tuple(strength / 5 for strength in STRENGTH[gesture]))


def stored(folder) -> list[tuple[dict, dict]]:
    """Tensors of each head of the user, and those of the frozen part."""
    with Store.open(folder) as store:
        files = [store.heads.read(head) for head in store.heads.of(USER)]
    return [(head_tensors(file)[1], own_tensors(file)) for file in files]


def test_from_a_calibration_over_a_new_day_and_back(network, tmp_path, monkeypatch):
    live, user = arm(network)
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        user.give("rest", 0.1)
        report = calibrate(clinic, user)
        assert report["gaussians"]["macro_f1"]["value"] > 0.9
        assert heard(address, user)[1:] == EACH_KNOWN[1:]
        weaken(monkeypatch)
        assert heard(address, user)[3:] != EACH_KNOWN[3:]
        assert renormalise(clinic, live, user) == {"user": USER, "version": 2}
        assert heard(address, user)[1:] == EACH_KNOWN[1:]
        clinic.post(f"/users/{USER}/heads/1/activate")
        assert heard(address, user)[3:] != EACH_KNOWN[3:]
        clinic.post(f"/users/{USER}/heads/2/activate")
        assert heard(address, user)[1:] == EACH_KNOWN[1:]
    (before, first), (after, second) = stored(tmp_path)
    assert all((before[name] == after[name]).all() for name in before)  # the head itself stays
    assert {name.rsplit(".", 1)[1] for name in first} == {"running_mean", "running_var"}
    assert first.keys() == second.keys()
    assert (first["norm.running_var"] > 5 * second["norm.running_var"]).all()
    live, user = arm(network)  # after a restart
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        user.give("rest", 0.1)
        clinic.ask("PUT", "/streams/default/user", user=USER)
        assert heard(address, user)[1:] == EACH_KNOWN[1:]


def test_another_day_another_machine_and_other_names(network, tmp_path, monkeypatch):
    live, user = arm(network)
    with serving(live, data_dir=tmp_path / "a") as address:
        clinic = Clinic(address)
        user.give("rest", 0.1)
        calibrate(clinic, user)
        weaken(monkeypatch)
        report = calibrate(clinic, user, repetitions=1)  # earlier trials rehearse
        assert report["previous"]["macro_f1"]["value"] < 0.7
        assert heard(address, user)[1:] == EACH_KNOWN[1:]
        renamed = clinic.ask("PATCH", f"/users/{USER}/gestures", rename={"fist": "grip"}).json()
        assert renamed["version"] == 3
        profile = clinic.ask("GET", f"/users/{USER}/profile?trials=true").content
    (_, day), (_, edited) = stored(tmp_path / "a")[1:]
    assert all((day[name] == edited[name]).all() for name in day)
    known = decode_profile(profile)
    assert known.trials[0].images.shape == (len(known.trials[0].features), 4, 4)
    live, user = arm(network)
    with serving(live, data_dir=tmp_path / "b") as address:
        clinic = Clinic(address)
        user.give("rest", 0.1)
        clinic.ask("POST", "/users", user=USER)
        assert httpx.post(f"http://{address}/v1/users/{USER}/profile", content=profile).status_code == 201
        clinic.ask("PUT", "/streams/default/user", user=USER)
        answers = [answer.replace("grip", "fist") for answer in heard(address, user)]
        assert answers[1:] == EACH_KNOWN[1:]
    imported = stored(tmp_path / "b")[2][1]
    assert all((day[name] == imported[name]).all() for name in day)


class Sleeve(HandFedSource):
    """The grid of ``sim://hd-grid``."""

    info = SourceInfo("sleeve", 1000.0, tuple(map(str, range(128))), grid=HD_GRID.grid)


class SimulatedPerson(User):
    """Does what is asked, under that grid."""

    def __init__(self, source: HandFedSource, donning: Donning = WHERE_IT_BELONGS) -> None:
        super().__init__(source)
        self._person = GridUser(HD_GRID, 1000, user=9, donning=donning)
        self._blocks = self._person.blocks()

    def give(self, gesture: str, seconds: float) -> None:
        """Muscles of the person, 20 ms at a time."""
        self._person.told = gesture
        blocks = math.ceil(seconds / BLOCK_S)
        for block in islice(self._blocks, blocks):
            self._source.feed(block.samples)
        if self._given_s is not None:
            self._given_s += blocks * BLOCK_S


def sleeve(file: str, donning: Donning = WHERE_IT_BELONGS) -> tuple[Live, SimulatedPerson]:
    source = Sleeve()
    live = Live("default", lambda: source, load_recognizer(load_model(file), DecisionSpec()), UNHURRIED)
    return live, SimulatedPerson(source, donning)


def test_a_simulated_person_under_a_grid_that_is_put_on_again(tmp_path):
    """The network has learned nothing, its user's head has; the service was restarted over night."""
    file = str(untrained_grid("embedded", (8, 16), 1000, tmp_path))
    live, person = sleeve(file)
    with serving(live, data_dir=tmp_path / "data") as address:
        clinic = Clinic(address)
        person.give("rest", 0.1)
        calibration = clinic.begin(gestures=["rest", "hand_close"], hold_s=3)
        with clinic.watching(calibration) as watcher:
            assert watcher.follow(person)["report"]["gaussians"]["macro_f1"]["value"] > 0.9
        clinic.post(f"/calibrations/{calibration}/accept")
    live, person = sleeve(file, Donning(day=1, shift_columns=1))
    with serving(live, data_dir=tmp_path / "data") as address:
        clinic = Clinic(address)
        person.give("rest", 0.1)
        clinic.ask("PUT", "/streams/default/user", user=USER)
        assert renormalise(clinic, live, person, ("rest", "hand_close")) == {"user": USER, "version": 2}
        assert live.answers.worn.version == 2
        clinic.post(f"/users/{USER}/heads/1/activate")
        assert live.answers.worn.version == 1
    (before, first), (after, second) = stored(tmp_path / "data")
    assert all((before[name] == after[name]).all() for name in before)
    assert first.keys() == second.keys()
    assert all(np.isfinite(values).all() and not np.array_equal(values, first[name]) for name, values in second.items())
