"""Learn character n-grams from text.

Interpolated Kneser-Ney smoothing with one discount per order: R. Kneser, H. Ney, "Improved backing-off for m-gram
language modeling", ICASSP 1995, as S. F. Chen, J. Goodman, "An empirical study of smoothing techniques for language
modeling", 1998, interpolate it. Every symbol keeps some probability after every text.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np

from models.pipeline.ngram import Columns, NGram
from models.pipeline.symbols import CLASS_OF, SYMBOLS, classes

Followers = dict[str, Counter[str]]
"""Text before -> symbol -> how often it follows."""

_START: Final = "\n"
"""Stands before each text: a way to begin is one more thing that a symbol can follow."""


def train_ngram(texts: Iterable[str], order: int = 6) -> NGram:
    """Learn from texts in our symbols, such as ``symbols.typed`` gives; no n-gram reaches from one into the next.

    Raises:
        ValueError: the order is less than 1, or a text has symbols that are not ours.
    """
    if order < 1:
        raise ValueError(f"an n-gram has 1 symbol or more, not {order}")
    levels = _levels(texts, order)
    probability: dict[tuple[str, str], float] = {}
    seen, backoff = {}, {}
    uniform = floor = 1 / len(SYMBOLS)
    for followers in levels:
        discount = _discount(followers)
        for text, after in followers.items():
            total = sum(after.values())
            rest = discount * len(after) / total
            for symbol, count in after.items():
                lower = probability[text[1:], symbol] if text else uniform
                probability[text, symbol] = (count - discount) / total + rest * lower
            seen[text] = _columns({symbol: probability[text, symbol] for symbol in after})
            backoff[text] = math.log(rest)
            floor = floor if text else rest * uniform
    kept = {text: found for text, found in seen.items() if _START not in text}
    return NGram(kept, {text: backoff[text] for text in kept}, math.log(floor))


def _levels(texts: Iterable[str], order: int) -> list[Followers]:
    """By length of the text before: how often a symbol follows; in all but the longest, after how many more symbols."""
    levels: list[Followers] = [defaultdict(Counter) for _ in range(order)]
    for text in texts:
        classes(text)  # refuses what is no symbol
        padded = _START + text
        for at in range(1, len(padded)):
            before = padded[max(0, at + 1 - order) : at]
            if len(before) == order - 1 or before[0] == _START:
                levels[len(before)][before][padded[at]] += 1
    for length in range(order - 1, 0, -1):
        for text, after in levels[length].items():
            levels[length - 1][text[1:]].update(after.keys())
    return levels


def _discount(followers: Followers) -> float:
    counts = Counter(count for after in followers.values() for count in after.values())
    once, twice = counts[1], counts[2]
    return once / (once + 2 * twice) if once and twice else 0.5


def _columns(probabilities: dict[str, float]) -> Columns:
    numbers = np.array([CLASS_OF[symbol] for symbol in probabilities], np.uint8)
    return numbers, np.log(np.array(list(probabilities.values()))).astype(np.float32)
