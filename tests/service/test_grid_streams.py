"""Models of images in the service: on the source's own grid, refused on others, calibrated, replayed."""

import json
from dataclasses import replace

import httpx
import numpy as np
import pytest
from clinic import Clinic, User
from serving import UNHURRIED, Client, HandFedSource, serving, subscribed, wait_for
from tiny_grid import GRID, LABELS, SPEC, write_tiny_grid

from drivers.errors import SourceLost
from drivers.recordings.native import Recorder
from drivers.source import Chunk, SourceInfo
from models.errors import ModelMismatch
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live
from service.streams import DecisionOrder

INFO = SourceInfo("cuff", SPEC.rate_hz, tuple(map(str, range(16))), grid=GRID[::-1])
"""Its first eight channels are the lower half of the grid."""
PER_TENTH = 5
GESTURES = ["fist", "point"]


class Cuff(HandFedSource):
    """Sixteen channels on a grid."""

    info = INFO


class Spread:
    """An arm that gives two strengths, one for the first eight electrodes, one for the others."""

    def __init__(self, source: HandFedSource) -> None:
        self._source = source
        self._draw = np.random.default_rng(7)

    def feed(self, *items: np.ndarray) -> None:
        for item in items:
            strength = np.repeat(item.std(axis=0), 8)
            noise = self._draw.standard_normal((len(item), 16)) * strength
            self._source.feed(noise.astype(np.float32))


@pytest.fixture(scope="module")
def tiny_grid(tmp_path_factory):
    return write_tiny_grid(tmp_path_factory.mktemp("grid"))


@pytest.fixture
def source():
    return Cuff()


@pytest.fixture
def user(source):
    return User(Spread(source))


@pytest.fixture
def live(tiny_grid, source):
    return Live("default", lambda: source, load_recognizer(load_model(str(tiny_grid)), DecisionSpec()), UNHURRIED)


def begin(controller, user, gesture: str) -> list[str]:
    """What a controller hears of the first tenth after a gap: the first answer comes after 40 ms, one hop late."""
    user.give(gesture, 0.1)
    return [controller.next("prediction")["gesture"] for _ in range(PER_TENTH - 1)]


def gestures(controller, user, gesture: str, tenths: int) -> list[str]:
    heard = []
    for _ in range(tenths):
        user.give(gesture, 0.1)
        heard += [controller.next("prediction")["gesture"] for _ in range(PER_TENTH)]
    return heard


def test_the_images_are_those_of_the_sources_own_grid(live, user):
    with serving(live) as address, subscribed(address) as controller:
        controller.next("hello")
        assert begin(controller, user, "rest") == ["rest"] * 4
        assert gestures(controller, user, "left", 3)[-5:] == ["right"] * 5
        assert gestures(controller, user, "right", 3)[-5:] == ["left"] * 5
        assert live.describe().window == 40


def test_a_device_that_comes_back_wired_otherwise_is_understood(live, source, user):
    with serving(live) as address, subscribed(address) as controller:
        controller.next("hello")
        assert begin(controller, user, "left")[-1] == "right"
        source.info = replace(INFO, grid=GRID)
        source.feed(SourceLost("unplugged"))
        wait_for(lambda: source.opened == 2)
        assert begin(controller, user, "left")[-1] == "left"


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        (None, r"the source does not say where its channels stand: add its channel map .* \?grid=4x4"),
        ((tuple(range(8)), tuple(range(8, 16))), "that of the source has 2 x 8: choose a model for that grid"),
    ],
)
def test_a_source_without_its_grid_is_refused_before_the_first_sample(live, source, grid, reason):
    source.info = replace(INFO, grid=grid)
    with pytest.raises(ModelMismatch, match=reason):
        live.open()


def test_features_arrive_and_a_head_is_fitted_and_worn(live, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        with clinic.watching(calibration) as watcher:
            report = watcher.follow(user)["report"]
            assert report["recommendation"]["verdict"] in ("accept", "more_trials")
            assert clinic.post(f"/calibrations/{calibration}/accept")["kept"] == 4
        with subscribed(address) as controller:
            controller.next("hello")
            for gesture in GESTURES:
                assert gestures(controller, user, gesture, 4)[-4:] == [gesture] * 4
        assert (live.describe().head.user, live.describe().labels) == ("p-17", tuple(GESTURES))


class Wearer:
    """Someone whose first eight electrodes are strong; gives a tenth of a second at a time, and hears the answers."""

    def __init__(self, source: HandFedSource, controller: Client) -> None:
        self._source, self._controller = source, controller
        self._draw = np.random.default_rng(0)
        self._given = 0

    def hold(self, tenths: int, dead: int | None = None) -> tuple[str, dict | None]:
        """The last gesture heard, and the last status before it."""
        told = None
        for _ in range(tenths):
            samples = self._draw.normal(0, np.repeat([200, 5], 8), (100, 16)).astype(np.float32)
            if dead is not None:
                samples[:, dead] = 187_500
            self._source.feed(samples)
            self._given += len(samples)
            while (frame := self._controller.next()).get("index") != self._given - 1:
                told = frame if frame["type"] == "status" else told
        return frame["gesture"], told


def test_an_electrode_dies_and_returns_and_clients_are_told(live, source):
    with serving(live) as address, subscribed(address) as controller:
        assert controller.next("hello")["interpolated"] == []
        wearer = Wearer(source, controller)
        assert wearer.hold(3)[0] == "right"
        gesture, told = wearer.hold(5, dead=2)
        assert (gesture, told["state"], told["interpolated"]) == ("right", "live", [2])
        assert told["message"].startswith("no signal from 2: neighbours stand in")
        with subscribed(address) as other:
            assert other.next("hello")["interpolated"] == [2]
        assert [stream["interpolated"] for stream in httpx.get(f"http://{address}/v1/streams").json()] == [[2]]
        gesture, told = wearer.hold(8)
        assert (gesture, told["interpolated"], told["message"]) == ("right", [], "samples arrive")
        assert live.describe().interpolated == ()


def recording(folder, info):
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 5, (1000, 16)).astype(np.float32)
    samples[500:, :8] *= 40
    with Recorder(folder / "cuff.palmaris", info) as recorder:
        recorder.write(Chunk(0, samples, 0, 0.0))
    return folder / "cuff.palmaris"


def test_a_recording_is_replayed_on_its_own_grid(palmaris, tiny_grid, tmp_path):
    code, out, _ = palmaris("replay", recording(tmp_path, INFO), "--model", tiny_grid)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["index"] for line in lines] == list(range(39, 1000, 20))
    assert (lines[20]["gesture"], lines[-1]["gesture"]) == ("rest", "right")
    assert len(lines[0]["probabilities"]) == len(LABELS)
    assert palmaris("replay", tmp_path / "cuff.palmaris", "--model", tiny_grid, "--smoothing", 1)[1] == out


def test_images_that_vote_are_not_smoothed_once_more_unless_somebody_asks():
    window = SPEC.model_copy(update={"kind": "window", "images": None})
    assert [DecisionOrder().spec(spec).smoothing for spec in (SPEC, window)] == [1, 3]
    assert [DecisionOrder(smoothing=5).spec(spec).smoothing for spec in (SPEC, window)] == [5, 5]


def test_a_recording_without_a_grid_is_refused(palmaris, tiny_grid, tmp_path):
    code, _, err = palmaris("replay", recording(tmp_path, replace(INFO, grid=None)), "--model", tiny_grid)
    assert code == 4
    assert "does not say where its channels stand" in err
