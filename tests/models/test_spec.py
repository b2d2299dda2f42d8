"""Efforts travel with the head; the rest of the specs is tested where models are loaded."""

import pytest
from pydantic import ValidationError

from models.spec import EffortSpec, HeadSpec

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
