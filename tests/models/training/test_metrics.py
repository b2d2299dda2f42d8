import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from models.training.metrics import score


def test_scores_by_hand():
    scores = score([0, 0, 0, 1], [0, 0, 1, 1], 3)
    assert scores.macro_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)  # class 2 does not occur: it does not count
    assert scores.accuracy == 3 / 4
    assert scores.recall[:2] == pytest.approx((2 / 3, 1))
    assert math.isnan(scores.recall[2])
    assert scores.confusion == ((2, 1, 0), (0, 1, 0), (0, 0, 0))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_scores_are_those_of_scikit_learn(pairs):
    truth, answers = zip(*pairs, strict=True)
    scores = score(truth, answers, 4)
    assert scores.macro_f1 == pytest.approx(f1_score(truth, answers, average="macro"))
    assert scores.accuracy == pytest.approx(accuracy_score(truth, answers))
    assert [list(row) for row in scores.confusion] == confusion_matrix(truth, answers, labels=range(4)).tolist()
