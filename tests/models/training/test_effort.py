"""The scale of a user's efforts, on numbers, on a simulated forearm, and the rest/active gate on real recordings."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from drivers.simulation.behaviour import GESTURES, habits
from drivers.simulation.blocks import BLOCK_S, RATE_HZ
from drivers.simulation.electronics import Electronics
from drivers.simulation.forearm import ELECTRODES, MUSCLES, Forearm
from drivers.simulation.neurons import MotorNeurons
from drivers.simulation.user import Skin
from models.errors import DatasetError
from models.pipeline.filters import StreamFilter, design
from models.pipeline.intensity import EffortStage
from models.pipeline.ring import Windower
from models.spec import EffortSpec, FilterSpec
from models.training.effort import Relaxed, amplitudes_of, effort_from

FIST, POINT, REST = (np.random.default_rng(0).normal(middle, middle / 10, 200) for middle in (100.0, 40.0, 4.0))
TWO = np.concatenate([FIST, POINT])
Y = np.repeat([0, 1], 200)


def windows(samples: np.ndarray, rate_hz: float, filters: FilterSpec) -> Iterator[tuple[int, np.ndarray]]:
    """(end, window) of a continuous recording, 250 ms every 100 ms, as the live path cuts them."""
    windower = Windower(round(0.25 * rate_hz), round(0.1 * rate_hz), samples.shape[1])
    for end, window in windower.feed(StreamFilter(design(filters, rate_hz))(samples)):
        yield end, window.copy()


def test_without_rest_the_floor_is_zero_and_there_is_no_gate() -> None:
    spec = effort_from(("fist", "point"), TWO, Y)
    assert (spec.rest_uv, spec.gate_uv) == (0, None)
    assert spec.firm_uv == pytest.approx((113, 45), rel=0.05)


def test_rest_and_light_efforts_place_the_gate() -> None:
    light = np.concatenate([FIST, POINT]) / 3
    spec = effort_from(("fist", "point"), TWO, Y, Relaxed.of(REST), light)
    assert spec.rest_uv == pytest.approx(4, rel=0.05)
    assert REST.max() < spec.gate_uv < light.min()
    without = effort_from(("fist", "point"), TWO, Y, Relaxed.of(REST))
    assert spec.gate_uv < without.gate_uv  # the efforts themselves are higher


def test_rest_as_a_gesture_is_the_floor_and_needs_no_gate() -> None:
    spec = effort_from(("rest", "fist"), np.concatenate([REST, FIST]), Y)
    assert spec.rest_uv == pytest.approx(4, rel=0.05)
    assert spec.gate_uv is None
    assert spec.firm_uv == (None, pytest.approx(113, rel=0.05))


def test_a_gesture_that_does_not_stand_out_from_rest_has_no_effort() -> None:
    spec = effort_from(("fist", "point"), np.concatenate([FIST, REST / 2]), Y, Relaxed.of(REST), FIST / 3)
    assert spec.firm_uv == (pytest.approx(113, rel=0.05), None)


@pytest.mark.parametrize("rest", [2 * FIST, np.zeros(10)])
def test_efforts_that_do_not_stand_out_are_refused(rest: np.ndarray) -> None:
    with pytest.raises(DatasetError, match=r"do not stand out from rest .* check the electrodes"):
        effort_from(("fist", "point"), TWO, Y, Relaxed.of(rest))


def test_a_gesture_without_windows_is_named() -> None:
    with pytest.raises(DatasetError, match="no window of pinch"):
        effort_from(("fist", "point", "pinch"), TWO, Y)


def forearm(user: int, gesture: str, levels: Iterable[float], seconds: float) -> Iterator[list[np.ndarray]]:
    """Windows of a simulated person who holds a gesture at each level of effort."""
    body, rng = np.random.default_rng([1, user]), np.random.default_rng(2)
    skin, habit = Skin(Forearm.of(body).potentials(body)), habits(body)[gesture]
    neurons, electronics = MotorNeurons(len(MUSCLES), rng), Electronics(len(ELECTRODES), rng)
    for level in levels:
        blocks = [
            skin.block(*neurons.fire(level * habit)) + electronics.block() for _ in range(round(seconds / BLOCK_S))
        ]
        yield [window for end, window in windows(np.concatenate(blocks), RATE_HZ, FilterSpec()) if end > RATE_HZ / 2]


@pytest.mark.parametrize("user", range(3))
def test_intensity_follows_the_effort_of_a_simulated_user(user: int) -> None:
    gesture = list(GESTURES)[user]
    rest, light, firm = map(amplitudes_of, forearm(user, gesture, (0, 0.3, 1), 2))
    spec = effort_from((gesture,), firm, np.zeros(len(firm), np.int64), Relaxed.of(rest), light)
    levels = np.linspace(0.3, 1, 8)
    found = [mean_intensity(spec, held) for held in forearm(user, gesture, levels, 1.5)]
    assert spearmanr(levels, found).statistic > 0.95
    assert 0 < found[0] < 0.5 < 0.8 < found[-1] <= 1
    (relaxed,) = forearm(user, gesture, (0,), 1.5)
    assert mean_intensity(spec, relaxed) == 0


def mean_intensity(spec: EffortSpec, stream: list[np.ndarray]) -> float:
    stage = EffortStage(spec)
    return float(np.mean([(stage.feel(window), stage.intensity(0))[1] for window in stream]))


Stream = tuple[list[np.ndarray], np.ndarray]
"""Windows, and what the user does in each: 0 rest, 1, 2 ... a gesture, -1 on the way from one to the other."""


def fitted(stream: Stream) -> EffortSpec:
    amplitudes, doing = amplitudes_of(stream[0]), stream[1]
    held = doing > 0
    labels, rest = [f"g{k}" for k in range(doing.max())], Relaxed.of(amplitudes[doing == 0])
    return effort_from(labels, amplitudes[held], doing[held] - 1, rest)


def gate_errors(spec: EffortSpec, streams: list[Stream]) -> tuple[float, float]:
    """The share of rest that is called active, and of gestures that are called rest."""
    stage, found = EffortStage(spec), []
    for windows, _ in streams:
        stage.reset()
        found += [(stage.feel(window), bool(stage.active))[1] for window in windows]
    doing = np.concatenate([doing for _, doing in streams])
    active = np.array(found)
    assert min(np.sum(doing == 0), np.sum(doing > 0)) > 100
    return float(np.mean(active[doing == 0])), float(np.mean(~active[doing > 0]))


def flexemg_trial(samples: np.ndarray, order: np.ndarray) -> Stream:
    """5 s rest, four gestures of 5 s, 3 s rest; each change is given a second."""
    cut = [(end, window) for end, window in windows(samples, 1000, FilterSpec()) if end > 1500]
    doing = [0, *order.tolist(), 0]
    truth = [doing[end // 5000] if end < 5000 or end % 5000 > 1000 else -1 for end, _ in cut]
    return [window for _, window in cut], np.array(truth)


@pytest.mark.parametrize("name", ["S1_1Train", "S2_1Train"])
def test_the_gate_of_one_real_trial_holds_in_the_others(name: str, shared_data: Callable[[str], Path]) -> None:
    with np.load(shared_data(f"flexemg-64ch/{name}.npz")) as data:
        counts = np.cumsum(data["dx"][:4, :64], axis=-1, dtype=np.uint16).swapaxes(1, 2)
        first, *others = map(flexemg_trial, counts * np.float32(data["uV_per_lsb"]), data["seq"])
    false, missed = gate_errors(fitted(first), others)
    assert false < 0.02
    assert missed < 0.02


def myo_session(recordings: list[np.ndarray]) -> Stream:
    """One gesture per recording at 200 Hz, every other 5 s, rest between; each change is given 1.25 s."""
    stream, doing = [], []
    for recording in recordings:
        labels = recording[:, 8]
        for end, window in windows(recording[:, :8].astype(np.float32), 200, FilterSpec(high_hz=95)):
            stream.append(window)
            before = labels[max(0, end - 250) : end]
            doing.append(before[-1] if end > 250 and np.all(before == before[-1]) else -1)
    return stream, np.array(doing, np.int64)


def test_the_gate_of_one_session_holds_in_the_next(shared_data: Callable[[str], Path]) -> None:
    errors = []
    for file in sorted(shared_data("myo-readings-8ch").glob("*.npz")):  # also people who do not quite relax
        with np.load(file) as data:
            learn, test = ([data[f"s{session}_g{gesture}"] for gesture in range(1, 8)] for session in (1, 2))
        errors.append(gate_errors(fitted(myo_session(learn)), [myo_session(test)]))
    false, missed = np.mean(errors, axis=0)
    assert false < 0.2
    assert missed < 0.15
