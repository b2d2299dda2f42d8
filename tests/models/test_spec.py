"""Efforts travel with the head; the rest of the specs is tested where models are loaded."""

import pytest
from pydantic import ValidationError

from models.spec import EffortSpec, FrameSpec, HeadSpec, ModelSpec

EFFORT = EffortSpec(rest_uv=3.5, gate_uv=9.25, firm_uv=(None, 40.0))


def test_efforts_travel_as_json() -> None:
    head = HeadSpec(kind="linear", labels=("rest", "fist"), encoder="e", effort=EFFORT)
    assert HeadSpec.model_validate_json(head.model_dump_json()) == head


def test_a_head_without_efforts_is_one_that_was_never_measured() -> None:
    assert HeadSpec.model_validate_json('{"kind": "linear", "labels": ["a", "b"], "encoder": "e"}').effort is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"gate_uv": 3.5}, "needs a measured rest below it"),
        ({"rest_uv": 0, "gate_uv": 5}, "needs a measured rest below it"),
        ({"rest_uv": -1, "gate_uv": None}, "greater than or equal"),
        ({"rest_uv": float("nan"), "gate_uv": None}, "finite"),
        ({"firm_uv": (3.5,)}, "not above rest"),
        ({"firm_uv": (float("inf"),)}, "finite"),
    ],
)
def test_meaningless_efforts_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        EffortSpec(**{**dict(EFFORT), **values})


def test_one_firm_effort_per_label() -> None:
    with pytest.raises(ValidationError, match="2 firm efforts for 3 gestures"):
        HeadSpec(kind="linear", labels=("a", "b", "c"), encoder="e", effort=EFFORT)


SPEC = ModelSpec(name="m", rate_hz=1000, channels=2, window=250, hop=25, features=64)
FRAMES = FrameSpec(stride=5, receptive=60, width=256)


def test_frames_travel_as_json() -> None:
    spec = SPEC.model_copy(update={"frames": FRAMES})
    assert ModelSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_model_of_before_shares_nothing() -> None:
    old = {key: value for key, value in SPEC.model_dump().items() if key != "frames"}
    assert ModelSpec(**old) == SPEC
    assert SPEC.frames is None


def test_frames_and_their_samples() -> None:
    assert [FRAMES.count(samples) for samples in (59, 60, 64, 65, 250)] == [0, 1, 1, 2, 39]
    assert [FRAMES.samples(count) for count in (1, 2, 39)] == [60, 65, 250]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"frames": FRAMES.model_copy(update={"receptive": 61})}, "no number of frames fills"),
        ({"frames": FRAMES.model_copy(update={"receptive": 255})}, "no number of frames fills"),
        ({"frames": FRAMES.model_copy(update={"width": 2**20})}, "the frames of a window are more than"),
        ({"channels": 2**20}, "are more than 4194304 numbers"),
        ({"window": 2**60}, "are more than 4194304 numbers"),
        ({"hop": 251}, "longer than the window"),
        ({"rate_hz": 900}, "above half the rate"),
    ],
)
def test_specs_that_no_model_can_keep_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ModelSpec(**{**dict(SPEC), **values})
