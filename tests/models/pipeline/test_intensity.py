import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.intensity import EffortStage, amplitude_uv
from models.spec import EffortSpec

SPEC = EffortSpec(rest_uv=4.0, gate_uv=16.0, firm_uv=(100.0, 20.0, None))
RNG = np.random.default_rng(0)


def flat(microvolts: float) -> np.ndarray:
    """A window of that amplitude."""
    return np.full((100, 2), microvolts, np.float32)


def activity(stage: EffortStage, amplitudes: list[float]) -> list[bool | None]:
    return [(stage.feel(flat(microvolts)), stage.active)[1] for microvolts in amplitudes]


def test_the_amplitude_is_the_mean_of_the_channels_root_mean_squares() -> None:
    time_s = np.arange(1000) / 1000
    window = np.stack([np.sin(2 * np.pi * 50 * time_s) * 10, np.sin(2 * np.pi * 80 * time_s) * 30], axis=1)
    assert amplitude_uv(window.astype(np.float32)) == pytest.approx((10 + 30) / 2 / np.sqrt(2), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (50, 8), (1000, 2), (500, 64)])
def test_single_precision_is_precise_enough(shape: tuple[int, int]) -> None:
    window = RNG.normal(0, 50, shape).astype(np.float32)
    expected = np.sqrt(np.square(window.astype(np.float64)).mean(axis=0)).mean()
    assert amplitude_uv(window) == pytest.approx(expected, rel=1e-5)


def test_without_measured_efforts_nothing_is_claimed() -> None:
    stage = EffortStage(None)
    assert not stage.feel(flat(50))
    assert (stage.active, stage.intensity(0)) == (None, None)


def test_each_gesture_has_its_own_scale() -> None:
    stage = EffortStage(SPEC)
    stage.feel(flat(18))
    assert [stage.intensity(gesture) for gesture in range(3)] == pytest.approx([14 / 96, 14 / 16, 0], rel=1e-5)


def test_above_a_firm_effort_is_one() -> None:
    stage = EffortStage(SPEC)
    stage.feel(flat(500))
    assert stage.intensity(0) == 1


def test_without_a_gate_nobody_is_called_relaxed() -> None:
    stage = EffortStage(EffortSpec(rest_uv=4.0, firm_uv=(100.0,)))
    assert activity(stage, [1, 50, 1]) == [None, None, None]
    assert stage.intensity(0) == 0


def test_the_gate_opens_at_its_threshold_and_closes_half_way_to_rest() -> None:
    assert activity(EffortStage(SPEC), [15.9, 16.1, 8.1, 7.9, 15.9, 16.1]) == [False, True, True, False, False, True]


def test_below_the_gate_there_is_no_intensity() -> None:
    stage = EffortStage(SPEC)
    stage.feel(flat(15))
    assert stage.intensity(0) == 0


def test_an_onset_is_told_once() -> None:
    stage = EffortStage(SPEC)
    assert [stage.feel(flat(microvolts)) for microvolts in (5, 20, 20, 10, 5, 20)] == [0, 1, 0, 0, 0, 1]


def test_reset_relaxes() -> None:
    stage = EffortStage(SPEC)
    stage.feel(flat(20))
    stage.reset()
    assert (stage.active, stage.intensity(0)) == (False, 0)
    assert activity(stage, [10]) == [False]


@given(
    st.lists(st.floats(0, 1e4), min_size=2, max_size=20),
    st.sampled_from([SPEC, SPEC.model_copy(update={"gate_uv": None})]),
)
def test_more_effort_is_never_less_intensity(amplitudes: list[float], spec: EffortSpec) -> None:
    stage = EffortStage(spec)
    found = []
    for microvolts in sorted(amplitudes):
        stage.feel(flat(microvolts))
        found.append(stage.intensity(0))
    assert found == sorted(found)
    assert all(0 <= intensity <= 1 for intensity in found)
