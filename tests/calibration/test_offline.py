"""What a calibration leaves in a recording, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import PlanInvalid
from calibration.offline import MARK, Began, Held, Rested, labelled_marks, last_calibration, text_of
from calibration.onset import Span
from calibration.plan import Plan, Trial

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable() and name.strip())
SPANS = st.builds(lambda start, size: Span(start, start + size), st.integers(0, 10**12), st.integers(1, 10**6))
TRIALS = st.builds(Trial, NAMES, st.integers(1, 20), st.none() | NAMES)
MARKS = st.one_of(st.builds(Rested, SPANS), st.builds(Held, SPANS, TRIALS))
BEGAN = Began(0, "c1", 0, Plan(("fist", "point")))


def words_of(*marks: Began | Rested | Held, shift: int = 0) -> list[tuple[int, str]]:
    return [((mark.at if isinstance(mark, Began) else mark.span.start) + shift, text_of(mark)) for mark in marks]


@given(st.lists(MARKS), st.integers(0, 10**6))
def test_marks_come_back_whatever_the_names_are(marks: list[Rested | Held], at: int) -> None:
    began = Began(at, "c1", 7, Plan(("pinch 2", "fist")))
    assert last_calibration(words_of(began, *marks)) == [began, *marks]


def test_a_recording_that_counts_from_elsewhere_is_understood() -> None:
    held = Held(Span(900, 2400), Trial("fist", 1))
    found = last_calibration(words_of(Began(400, "c1", 0, BEGAN.plan), held, shift=-400))
    assert found == [BEGAN, Held(Span(500, 2000), held.trial)]


def test_the_last_of_two_calibrations_counts_and_other_words_do_not() -> None:
    first, second = (Held(Span(at, at + 500), Trial("fist", 1)) for at in (100, 5000))
    again = Began(4000, "c2", 0, BEGAN.plan)
    words = [*words_of(BEGAN, first), (700, "coughed"), (900, f"{MARK}end"), *words_of(again, second)]
    assert last_calibration(words) == [again, second]
    assert last_calibration([(0, "fist")]) == []


@pytest.mark.parametrize("text", [f"{MARK}hold fist 1", f"{MARK}begin {{}}", text_of(Rested(Span(0, 9)))])
def test_what_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(PlanInvalid, match="update it|from its start on"):
        last_calibration([(0, text)])


def test_labels_are_holds_up_to_the_next_word() -> None:
    words = [(0, "rest"), (100, "fist"), (200, "rest"), (300, "open"), (350, "fist"), (400, "")]
    began, *marks = labelled_marks(words, 1000, None)
    assert isinstance(began, Began)
    assert began.plan.gestures == ("fist", "open")
    assert marks == [
        Rested(Span(0, 100)),
        Held(Span(100, 200), Trial("fist", 1)),
        Rested(Span(200, 300)),
        Held(Span(300, 350), Trial("open", 1)),
        Held(Span(350, 400), Trial("fist", 2)),
    ]
    (_, *rests) = labelled_marks(words, 1000, ["open", "rest"])
    assert [mark.trial.gesture for mark in rests if isinstance(mark, Held)] == ["rest", "rest", "open"]


@pytest.mark.parametrize(("words", "asked"), [([], None), ([(0, "rest")], None), ([(0, "fist")], ["fist", "open"])])
def test_a_gesture_that_nobody_held_is_refused(words: list[tuple[int, str]], asked: list[str] | None) -> None:
    with pytest.raises(PlanInvalid, match="the recording names"):
        labelled_marks(words, 1000, asked)
