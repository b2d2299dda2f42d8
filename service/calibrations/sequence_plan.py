"""What a calibration of text or events asks: the user's own sentences or acts, or some of ours."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np

from calibration.acts import acts_of, labels_of
from calibration.errors import PlanInvalid
from calibration.plan import LONGEST_NAME, MOST_NAMES
from drivers.simulation.sentences import sentences
from models.errors import ModelMismatch
from models.pipeline.symbols import BACKSPACE, ENTER, SHIFT, SPACE, SYMBOLS, typed
from models.spec import ModelSpec

SIGNS_PER_S: Final = 2.5
"""What our lines allow for: 30 words a minute."""
DRAWN: Final = 800
"""Sentences to choose from."""
FEWEST: Final = 6
"""Lines of ours: some are left out in turn, to learn from the others."""
WORD: Final = 5
"""Signs of a made-up word."""
UNUSUAL: Final = (
    "Anna, Bob, Cleo and Dora met Eve.",
    "Finn, Gus, Hal, Ida, Jan and Kim.",
    "Lea, Max, Nina, Otto, Pia & Quin.",
    "Rosa, Sam, Tim, Uma, Vera or Wim.",
    "Xenia and Yann: 7:30 at Zoe's?",
    "It was 48% of $1,956.20 (in May)!",
    'Write "re: #7" to ivy_3@post.org;',
    "if a[i] <= b * 2 + c / d - e:",
    "ls ~/x | sort > y && echo {z}^2",
    "press ` or \\ to leave",
)
"""Lines of ours with the signs that the sentences lack, as people do type them."""


def asked_of(spec: ModelSpec, wanted: list[str] | None, hold_s: float, seed: int) -> tuple[str, ...]:
    """Sentences to type, or acts to make, each possible on this model.

    Raises:
        PlanInvalid: one of them is not, named with what it lacks.
        ModelMismatch: the model answers with neither text nor events.
    """
    labels = spec.require_sequence().labels
    if spec.kind == "events":
        return acts_of(labels) if wanted is None else tuple(_known(act, spec.name, labels) for act in wanted)
    if spec.kind == "sequence":
        return (
            lines_for(labels, hold_s, seed)
            if wanted is None
            else tuple(_typeable(line, spec.name, labels) for line in wanted)
        )
    raise ModelMismatch(f"model {spec.name} answers with movements, which nobody is prompted for: choose another one")


def lines_for(labels: tuple[str, ...], hold_s: float, seed: int) -> tuple[str, ...]:
    """Sentences that together need all keys, each short enough; keys that no sentence has are in made-up words.

    Backspace is asked of nobody. The same seed gives the same lines.
    """
    rng, keys = np.random.default_rng(seed), set(labels)
    end = ENTER if ENTER in keys else ""
    longest = max(1, int(min(LONGEST_NAME, SIGNS_PER_S * hold_s)) - len(end))
    drawn = dict.fromkeys(sentence.strip() for sentence in islice(sentences(rng), DRAWN))
    usual, unusual = ([line for line in pool if _fits(line, longest, keys)] for pool in (drawn, UNUSUAL))
    missing = {sign for sign in SYMBOLS if keys >= set(typed(sign))} - {BACKSPACE, ENTER, SHIFT, SPACE}
    chosen = [*_covering(usual, missing, FEWEST), *_covering(unusual, missing, 0)]
    words = _words(sorted(missing), min(longest, WORD), rng)
    chosen += _lines(words, longest) if SPACE in keys else words
    return tuple(line + end for line in dict.fromkeys(chosen))[:MOST_NAMES]


def _fits(line: str, longest: int, keys: set[str]) -> bool:
    return len(line) <= longest and keys >= set(typed(line))


def _covering(pool: list[str], missing: set[str], fewest: int) -> Iterator[str]:
    """At least so many lines, and as many as bring something of what is missing, which is taken away."""
    count = 0
    while pool and (count < fewest or missing & set("".join(pool))):
        best = max(pool, key=lambda line: len(missing & set(line)))
        pool.remove(best)
        count += 1
        missing -= set(best)
        yield best


def _words(keys: list[str], length: int, rng: np.random.Generator) -> list[str]:
    """Made up, with each key as often as any other; of few keys so many that some can be left out."""
    rounds = max(1, FEWEST * WORD // max(1, len(keys)))
    signs = [keys[number] for _ in range(rounds) for number in rng.permutation(len(keys))]
    return ["".join(signs[at : at + length]) for at in range(0, len(signs), length)]


def _lines(words: list[str], longest: int) -> list[str]:
    """As many words to a line as it holds."""
    each = max(1, (longest + 1) // (WORD + 1))
    return [" ".join(words[at : at + each]) for at in range(0, len(words), each)]


def _typeable(sentence: str, model: str, labels: tuple[str, ...]) -> str:
    for sign in sentence:
        if sign not in SYMBOLS or not set(typed(sign)) <= set(labels):
            raise PlanInvalid(f"gestures has {sentence!r}, but model {model} has no key for {sign!r}: leave it out")
    return sentence


def _known(act: str, model: str, labels: tuple[str, ...]) -> str:
    if not labels_of(act, labels):
        known = ", ".join(acts_of(labels))
        raise PlanInvalid(f"gestures has {act!r}, which model {model} does not know: choose from {known}")
    return act
