import math

import pytest

from calibration.errors import PlanInvalid
from calibration.plan import Plan, Trial


def test_first_every_gesture_once_then_again() -> None:
    plan = Plan(("rest", "fist"), repetitions=2)
    asked = [(trial.gesture, trial.repetition) for trial in plan.trials]
    assert asked == [("rest", 1), ("fist", 1), ("rest", 2), ("fist", 2)]


def test_each_position_adds_its_own_repetitions() -> None:
    plan = Plan(("fist", "open"), repetitions=1, positions=("reaching up",))
    assert plan.trials == (
        Trial("fist", 1),
        Trial("open", 1),
        Trial("fist", 1, "reaching up"),
        Trial("open", 1, "reaching up"),
    )


def test_the_last_trial_needs_no_rest_after_it() -> None:
    assert Plan(("fist",), repetitions=2, hold_s=5, rest_s=3, prepare_s=2).duration_s == 3 + 2 + 5 + 3 + 2 + 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gestures", ()),
        ("gestures", ("fist", "fist")),
        ("gestures", ("fist", " ")),
        ("gestures", ("fi\nst",)),
        ("gestures", ("f" * 65,)),
        ("gestures", tuple(map(str, range(33)))),
        ("positions", ("up", "up")),
        ("repetitions", 0),
        ("repetitions", 21),
        ("hold_s", 1.4),
        ("hold_s", math.nan),
        ("rest_s", -1),
        ("prepare_s", math.inf),
    ],
)
def test_what_nobody_can_do_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(PlanInvalid, match=rf"^{field} .*: (name|choose|give)"):
        Plan(**{"gestures": ("fist",), field: value})
