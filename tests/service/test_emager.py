"""A cuff on a serial port, from its bytes to gestures at a client: EMaGer, 4 x 16 electrodes, every sample an image."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from emulators import EmulatedBoard, emager_model
from serving import UNHURRIED, Client, serving, subscribed

from drivers.boards import emager
from drivers.registry import open_source
from models.datasets.trials import Trial
from models.errors import ModelMismatch
from models.export import export_model
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import Model, load_model
from models.training.train_grid import GridTraining, train_grid
from service.live import Live

torch.set_num_threads(1)
UNIT_UV = 0.5
GESTURES = ("rest", "fist", "point")
IN_A_ROW = 5


class Arm:
    """Noise under the cuff: strong in its first two rows for a fist, in its first columns for pointing."""

    def __init__(self) -> None:
        self.gesture = "rest"
        self._noise = np.random.default_rng(5).standard_normal((4096, 4, 16))

    def counts(self, first: int, count: int) -> np.ndarray:
        """(time, channel) even counts of a unit each, in the order of the grid."""
        size = np.full((4, 16), 20.0)
        if self.gesture == "fist":
            size[:2] = 800
        if self.gesture == "point":
            size[:, :8] = 800
        samples = self._noise[np.arange(first, first + count) % 4096] * size
        return 2 * np.rint(samples / 2).astype(np.int64).reshape(count, 64)

    def encode(self, first: int, count: int, zero: int) -> bytes:
        """See ``BoardModel``."""
        return emager.encode(self.counts(first, count))


def trials() -> Iterator[Trial]:
    """A second of each gesture, as the cuff would give it."""
    for gesture in GESTURES:
        arm = Arm()
        arm.gesture = gesture
        samples = (UNIT_UV * arm.counts(0, 1000)).astype(np.float32)
        yield Trial(samples, 1000.0, gesture, "1", "1", 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    config = GridTraining("cuff", GESTURES, emager.GRID, "embedded", epochs=20, batch=30, rate=1e-2, simulated=True)
    learned = train_grid(list(trials()), config, tmp_path_factory.mktemp("run"))
    return load_model(str(export_model(learned, tmp_path_factory.mktemp("model"))[0]))


@pytest.fixture
def arm() -> Arm:
    return Arm()


@pytest.fixture
def cuff(arm: Arm, tmp_path: Path) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(replace(emager_model(), encode=arm.encode), tmp_path) as board:
        yield board


def stream(cuff: EmulatedBoard, model: Model, options: str) -> Live:
    source = partial(open_source, f"serial://{cuff.port}?board=emager{options}")
    return Live("default", source, load_recognizer(model, DecisionSpec()), UNHURRIED)


def settles(client: Client, gesture: str) -> bool:
    """Whether within 5 s so many answers in a row are this one."""
    row = 0
    for _ in range(250):
        row = row + 1 if client.next("prediction")["gesture"] == gesture else 0
        if row == IN_A_ROW:
            return True
    return False


def test_what_the_hand_does_reaches_a_client(cuff: EmulatedBoard, arm: Arm, model: Model) -> None:
    live = stream(cuff, model, f"&unit_uv={UNIT_UV}")
    with serving(live) as address, subscribed(address) as client:
        assert client.next("hello")["labels"] == list(GESTURES)
        for gesture in ("rest", "point", "fist", "rest", "fist"):
            arm.gesture = gesture
            assert settles(client, gesture)
    assert live.info.grid == emager.GRID


def test_a_cuff_without_its_scale_is_refused(cuff: EmulatedBoard, model: Model) -> None:
    with pytest.raises(ModelMismatch, match=r"add the microvolts of one unit to it, \?unit_uv="):
        stream(cuff, model, "").open()
