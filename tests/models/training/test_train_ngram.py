import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipeline.symbols import CLASS_OF, classes, typed
from models.training.train_ngram import train_ngram

TEXTS = ["the hat", "that hat", "the cat sat"]


def score(model, text):
    """Natural logarithm of the probability of a text."""
    return sum(float(model.scores(text[:at])[number]) for at, number in enumerate(classes(text)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("ab⇧", max_size=12), max_size=5), st.text("ab⇧c", max_size=8), st.integers(1, 5))
def test_probabilities_sum_to_one_after_any_text(texts, before, order):
    row = train_ngram(texts, order).scores(before)
    assert np.exp(row.astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)
    assert np.isfinite(row).all()


def test_without_texts_every_symbol_is_as_likely():
    assert train_ngram([], 3).scores("abc") == pytest.approx(np.full(98, -math.log(98)))


def test_what_was_seen_is_likely():
    model = train_ngram(TEXTS, 4)
    assert model.order == 4
    assert np.argmax(model.scores("th")) in (CLASS_OF["e"], CLASS_OF["a"])
    assert score(model, "the hat sat") > score(model, "eht tah tas") + 10


def test_a_symbol_counts_by_how_many_it_follows():
    """Kneser and Ney's own example: Francisco is frequent, but after one word only."""
    model = train_ngram(["xF"] * 20 + ["aG", "bG", "cG", "dG"], 2)
    after_another = model.scores("e")
    assert after_another[CLASS_OF["G"]] > after_another[CLASS_OF["F"]]


def test_by_hand():
    """Pairs: start-a 1, ab 2, ba 1, so their discount is 2 / (2 + 2); a follows two others, b one: 1 / (1 + 2)."""
    model = train_ngram(["abab"], 2)
    alone_a = (2 - 1 / 3) / 3 + 1 / 3 * 2 / 3 / 98
    alone_b = (1 - 1 / 3) / 3 + 1 / 3 * 2 / 3 / 98
    assert math.exp(model.scores("")[CLASS_OF["a"]]) == pytest.approx(alone_a)
    assert math.exp(model.scores("a")[CLASS_OF["b"]]) == pytest.approx((2 - 0.5) / 2 + 0.25 * alone_b)
    assert math.exp(model.scores("b")[CLASS_OF["a"]]) == pytest.approx((1 - 0.5) / 1 + 0.5 * alone_a)
    assert math.exp(model.scores("b")[CLASS_OF["b"]]) == pytest.approx(0.5 * alone_b)


def test_longer_histories_help():
    words = "the quick brown fox jumps over the lazy dog and runs away from the angry bear "
    texts = [typed(words * 3)]
    assert (
        score(train_ngram(texts, 5), words) > score(train_ngram(texts, 2), words) > score(train_ngram(texts, 1), words)
    )


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="1 symbol or more"):
        train_ngram(TEXTS, 0)
    with pytest.raises(ValueError, match="cannot be typed"):
        train_ngram(["naïve"])
