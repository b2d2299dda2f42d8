import math
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.sequence_metrics import TOLERANCE_S, Happening, TextErrors, event_scores, text_errors


def by_definition(truth, answer):
    """(errors, insertions and deletions), the least first, by trying everything."""

    @cache
    def least(one, other):
        if one == len(truth) or other == len(answer):
            left = len(truth) - one + len(answer) - other
            return left, left
        ways = [
            (least(one + 1, other + 1), int(truth[one] != answer[other]), 0),
            (least(one + 1, other), 1, 1),
            (least(one, other + 1), 1, 1),
        ]
        return min((errors + error, gaps + gap) for (errors, gaps), error, gap in ways)

    return least(0, 0)


words = st.text("abc⌫", max_size=9)


@given(words, words)
def test_text_errors_are_as_few_as_can_be(truth, answer):
    found = text_errors(truth, answer)
    errors, gaps = by_definition(truth, answer)
    assert found.insertions + found.deletions + found.substitutions == errors
    assert found.insertions + found.deletions == gaps
    assert found.insertions - found.deletions == len(answer) - len(truth)
    assert min(found.insertions, found.deletions, found.substitutions) >= 0


def test_kinds_of_errors():
    assert text_errors("hello", "helo") == TextErrors(deletions=1, symbols=5)
    assert text_errors("hello", "heello") == TextErrors(insertions=1, symbols=5)
    assert text_errors("hello", "hallo") == TextErrors(substitutions=1, symbols=5)
    assert text_errors("", "ab") == TextErrors(insertions=2)


def test_texts_are_counted_by_their_length():
    both = text_errors("abcd", "abcx") + text_errors("ab", "b")
    assert both.cer == pytest.approx(2 / 6)
    assert math.isnan(text_errors("", "a").cer)


def test_a_session_is_quick():
    assert text_errors("the quick brown fox " * 100, "the quack brwn fox " * 100).cer == pytest.approx(2 / 20)


def happenings(*pairs):
    return [Happening(time_s, label) for time_s, label in pairs]


def test_events_found_missed_and_made_up():
    truth = happenings((1, "click"), (2, "click"), (3, "up"), (4, "up"), (5, "up"), (6, "down"))
    answers = happenings((1.1, "click"), (2.2, "up"), (3.02, "up"), (4.06, "up"), (5.3, "up"), (8, "down"))
    scores = event_scores(truth, answers, 30)
    assert scores.cler == pytest.approx((1 / 2 + 0 / 2) / 2)  # of the clicks one is taken for another; downs are missed
    assert scores.miss_rate == pytest.approx(2 / 6)
    assert scores.false_per_minute == 4
    assert scores.delay_p50_ms == pytest.approx(60)
    assert scores.delay_p95_ms == pytest.approx(96)
    assert (scores.events, scores.noticed) == (6, 6)


def test_each_answer_counts_once():
    scores = event_scores(happenings((1, "a"), (1.1, "a")), happenings((1.12, "a")), 60)
    assert (scores.miss_rate, scores.false_per_minute) == (0.5, 0)
    assert scores.delay_p50_ms == pytest.approx(20)


def test_the_right_label_is_worth_more_than_closeness():
    scores = event_scores(happenings((1, "a")), happenings((1.0, "b"), (1.2, "a")), 60)
    assert (scores.cler, scores.false_per_minute) == (0, 1)


def test_without_events_there_is_nothing_to_average():
    scores = event_scores([], happenings((1, "a")), 60)
    assert math.isnan(scores.cler)
    assert math.isnan(scores.miss_rate)
    assert math.isnan(scores.delay_p50_ms)
    assert scores.false_per_minute == 1


moments = st.lists(st.tuples(st.integers(0, 80).map(lambda n: n / 40), st.sampled_from("ab")), max_size=5)


def best_by_trying(truth, answers):
    """The most that any pairs in order are worth: 2 for the same label, 1 for another."""
    truth, answers, most = sorted(truth), sorted(answers), 0
    for count in range(min(len(truth), len(answers)) + 1):
        for ones in combinations(truth, count):
            for others in combinations(answers, count):
                delays = [other.time_s - one.time_s for one, other in zip(ones, others, strict=True)]
                if all(TOLERANCE_S[0] <= delay <= TOLERANCE_S[1] for delay in delays):
                    same = [one.label == other.label for one, other in zip(ones, others, strict=True)]
                    most = max(most, count + sum(same))
    return most


@settings(max_examples=150, deadline=None)
@given(moments, moments)
def test_pairs_are_the_best_there_are(truth, answers):
    truth, answers = happenings(*truth), happenings(*answers)
    scores = event_scores(truth, answers, 60)
    pairs = len(answers) - round(scores.false_per_minute)
    best = best_by_trying(truth, answers)
    assert pairs <= best <= 2 * pairs
    if len({label for _, label in truth + answers}) == 1:
        assert best == 2 * pairs
    if truth:
        assert scores.miss_rate == pytest.approx(1 - pairs / len(truth))
