"""Sentences of ours: together they need the keys of a model, and each is short enough."""

from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.plan import Plan
from models.pipeline.symbols import BACKSPACE, ENTER, SHIFT, SYMBOLS, typed
from service.calibrations.sequence_plan import SIGNS_PER_S, lines_for


def test_all_keys_are_asked_but_backspace() -> None:
    lines = lines_for(SYMBOLS, 15.0, 0)
    assert {key for line in lines for key in typed(line)} == set(SYMBOLS) - {BACKSPACE}
    assert lines == lines_for(SYMBOLS, 15.0, 0)
    assert lines != lines_for(SYMBOLS, 15.0, 1)
    assert sum(line.count(" ") > 4 for line in lines) >= 6  # sentences first, then what they lack


@settings(max_examples=20, deadline=None)
@given(
    labels=st.sets(st.sampled_from(SYMBOLS).filter(lambda key: key not in (BACKSPACE, ENTER, SHIFT, " ")), min_size=1),
    hold_s=st.floats(1.5, 30),
    seed=st.integers(0, 99),
)
def test_they_can_be_typed_and_planned(labels: set[str], hold_s: float, seed: int) -> None:
    labels.add(SHIFT)
    lines = lines_for(tuple(sorted(labels)), hold_s, seed)
    assert Plan(lines, 1, hold_s, kind="text").gestures == lines
    assert {key for line in lines for key in typed(line)} <= labels
    assert max(map(len, lines)) <= max(1, SIGNS_PER_S * hold_s)
