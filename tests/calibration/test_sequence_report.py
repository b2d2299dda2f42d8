import json
import math

import pytest

from calibration.report import Estimate, report_in
from calibration.sequence_report import Errors, SequenceReport, advise, stored
from models.training.sequence_metrics import EventScores, TextErrors


def wrong(value: float) -> Errors:
    return Errors(wrong=Estimate(value=value), parts={})


def test_errors_of_text_are_added_up_and_their_interval_is_over_pieces():
    errors = Errors.of_text([TextErrors(1, 0, 1, 10), TextErrors(0, 2, 0, 30)])
    assert errors.wrong.value == pytest.approx(0.1)
    assert errors.wrong.low == pytest.approx(2 / 30)
    assert errors.wrong.high == pytest.approx(0.2)
    assert errors.parts == {"insertions": 1 / 40, "deletions": 2 / 40, "substitutions": 1 / 40}


def test_one_piece_has_no_interval():
    assert Errors.of_text([TextErrors(1, 0, 1, 10)]).wrong == Estimate(value=0.2)


def test_an_event_is_wrong_if_it_was_missed_or_taken_for_another():
    errors = Errors.of_events(EventScores(0.5, 0.2, 3.0, math.nan, math.nan, 10, 8))
    assert errors.wrong.value == pytest.approx(0.2 + 0.8 * 0.5)
    assert (errors.parts["false_per_minute"], errors.parts["delay_p50_ms"]) == (3.0, None)


@pytest.mark.parametrize(
    ("previous", "after", "verdict"),
    [
        (None, wrong(0.2), "accept"),
        (wrong(0.1), wrong(0.2), "keep_previous"),
        (None, wrong(0.3), "keep_previous"),
        (None, None, "more_trials"),
    ],
)
def test_a_layer_is_recommended_if_it_is_better_than_what_was_in_use(previous, after, verdict):
    assert advise(wrong(0.3), previous, after).verdict == verdict


def test_a_layer_that_is_mostly_wrong_asks_for_more_even_if_it_was_worse_before():
    advice = advise(wrong(2.0), None, wrong(0.6))
    assert advice.verdict == "more_trials"
    assert "60% wrong on what it had not learned from, 200% with everybody's layer" in advice.text
    assert advise(wrong(0.9), wrong(0.6), wrong(0.7)).verdict == "keep_previous"


def test_it_survives_its_json_and_is_no_report_of_gestures():
    report = SequenceReport(
        kind="text",
        pieces=2,
        seconds=30.0,
        keys=40,
        everybodys=wrong(0.3),
        previous=None,
        after=wrong(0.2),
        recommendation=advise(wrong(0.3), None, wrong(0.2)),
        simulated=True,
    )
    scores = json.loads(json.dumps(stored(report)))
    assert SequenceReport.model_validate(scores["sequence"]) == report
    assert report_in(scores) is None
    assert report_in({}) is None
