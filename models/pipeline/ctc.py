"""From log-probabilities per frame to text, while they come in: connectionist temporal classification, backwards.

    A. Graves, S. Fernandez, F. Gomez, J. Schmidhuber, "Connectionist temporal classification: labelling unsegmented
    sequence data with recurrent neural networks", ICML 2006.
    A. Y. Hannun, A. L. Maas, D. Jurafsky, A. Y. Ng, "First-pass large vocabulary continuous speech recognition using
    bi-directional recurrent DNNs", arXiv 1408.2873, 2014: the search over prefixes, with a language model.

Backspace is a symbol like any other in what is answered, but the language model reads what is left on the screen: it
forgets what was taken back, as V. Sivakumar et al., "emg2qwerty", NeurIPS 2024, do.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from models.pipeline.ngram import LanguageModel, Scores
from models.pipeline.symbols import BACKSPACE, BLANK, CLASS_OF, SYMBOLS, text_of

LogProbabilities = npt.NDArray[np.float32]
"""(frame, class), the symbols and after them the blank."""
Classes = npt.NDArray[np.intp]
"""(frame,) or (key,)."""
_Array = npt.NDArray[np.float64]

_LONGEST: Final = 16
"""Symbols of a tail; of one longer the first is settled, for a language model has nothing more to say about it."""
_DELETE: Final = CLASS_OF[BACKSPACE]
_REMEMBERED: Final = 256
"""Symbols on the screen that a backspace can reach."""


@dataclass(frozen=True, slots=True)
class TextUpdate:
    """What a decoder can say after some frames."""

    stable: str
    """Symbols that have become final, to append to those of earlier updates. They are never taken back."""
    tail: str
    """The likeliest symbols after them, all of which may still change."""
    settled: int
    """How many symbols are final by now, those of this update included: tells who missed one."""


class TextDecoder(Protocol):
    """Turns frames into text."""

    def feed(self, frames: LogProbabilities) -> TextUpdate:
        """Some frames more. Raises ``ValueError`` if they are of other classes, or no numbers."""
        ...

    def finish(self) -> TextUpdate:
        """Nothing more is to come for now: the tail becomes final as it is. Frames may follow nevertheless."""
        ...

    def reset(self) -> None:
        """Forget all."""
        ...


def begun(path: Classes, blank: int, before: int) -> Classes:
    """(frame,) classes -> (key,): each where it begins, the blank never. ``before``: that of the frame before."""
    last = np.append(before, path)[:-1]
    keys: Classes = path[(path != last) & (path != blank)]
    return keys


class GreedyText:
    """The likeliest class of each frame: a symbol is typed where it begins. It is sure at once, so has no tail."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """See ``TextDecoder``."""
        self._last, self._settled = BLANK, 0

    def feed(self, frames: LogProbabilities) -> TextUpdate:
        """See ``TextDecoder``."""
        path = _checked(frames).argmax(axis=1)
        text = text_of(begun(path, BLANK, self._last).tolist())
        self._last = int(path[-1]) if len(path) else self._last
        self._settled += len(text)
        return TextUpdate(text, "", self._settled)

    def finish(self) -> TextUpdate:
        """See ``TextDecoder``."""
        return TextUpdate("", "", self._settled)


@dataclass(slots=True, eq=False)
class _Beams:
    """The texts that may be meant, each after the symbols that are final."""

    tails: list[str]
    screens: list[str]
    """What backspaces left of each text, for the language model."""
    last: npt.NDArray[np.int64]
    """(text,) class of the last symbol, ``BLANK`` before the first."""
    rested: _Array
    """(text,) logarithm of the probability that it is meant, and the last frame was blank."""
    held: _Array
    """(text,) and the last frame was its last symbol."""
    prices: npt.NDArray[np.float32]
    """(text, symbol) what the language model adds for each symbol that may follow."""

    def __len__(self) -> int:
        return len(self.tails)

    def best(self) -> int:
        return int(np.logaddexp(self.rested, self.held).argmax())

    def only(self, numbers: list[int]) -> "_Beams":
        """Some of them, in that order."""
        return _Beams(
            [self.tails[number] for number in numbers],
            [self.screens[number] for number in numbers],
            self.last[numbers],
            self.rested[numbers],
            self.held[numbers],
            self.prices[numbers],
        )

    def families(self) -> tuple[list[int], list[int]]:
        """Texts, and those that are one symbol shorter, where both are there."""
        at = {tail: number for number, tail in enumerate(self.tails)}
        pairs = [(at[tail], at[tail[:-1]]) for tail in self.tails if tail and tail[:-1] in at]
        return [child for child, _ in pairs], [parent for _, parent in pairs]


class BeamText:
    """Searches for the text that is likeliest over all its alignments, together with a language model if there is one.

    What all beams begin with is stable: beams only grow, so it is never taken back.
    """

    def __init__(
        self,
        model: LanguageModel | None = None,
        beams: int = 50,
        weight: float = 2 / math.log(10),
        bonus: float = 2.0,
    ) -> None:
        """The defaults are emg2qwerty's, whose weight of 2 is one of decimal logarithms.

        Args:
            model: what is likely to be typed, ``None`` to go by the frames alone.
            beams: texts that are followed at once.
            weight: of the model's natural logarithms.
            bonus: added for each symbol, so that the model does not favour short texts.
        """
        self._model, self._most, self._weight, self._bonus = model, beams, weight, bonus
        self.reset()

    def reset(self) -> None:
        """See ``TextDecoder``."""
        self._settled, self._score, self._stable = 0, 0.0, ""
        first = np.array([BLANK])
        self._beams = _Beams([""], [""], first, np.zeros(1), np.full(1, -np.inf), self._prices("")[None])
        self._families: tuple[list[int], list[int]] = [], []

    def feed(self, frames: LogProbabilities) -> TextUpdate:
        """See ``TextDecoder``."""
        for frame in _checked(frames).astype(np.float64):
            self._step(frame)
        return self._update()

    def finish(self) -> TextUpdate:
        """See ``TextDecoder``."""
        self._beams = self._beams.only([self._beams.best()])
        self._settle()
        return self._update()

    def candidates(self) -> list[tuple[str, float]]:
        """What may follow the stable symbols, and the logarithm of how likely it is, the likeliest first."""
        scores = self._score + np.logaddexp(self._beams.rested, self._beams.held)
        pairs = zip(self._beams.tails, scores.tolist(), strict=True)
        return sorted(pairs, key=lambda pair: pair[1], reverse=True)

    def _update(self) -> TextUpdate:
        stable, self._stable = self._stable, ""
        return TextUpdate(stable, self._beams.tails[self._beams.best()], self._settled)

    def _step(self, frame: _Array) -> None:
        """frame: (class,)."""
        beams, (children, parents) = self._beams, self._families
        whole = np.logaddexp(beams.rested, beams.held)
        rested = whole + frame[BLANK]
        held = beams.held + frame[beams.last]
        grown = whole[:, None] + beams.prices + frame[:BLANK]  # (text, symbol)
        again = np.flatnonzero(beams.last != BLANK)  # the same symbol twice needs a blank in between
        twice = beams.last[again]
        grown[again, twice] = beams.rested[again] + beams.prices[again, twice] + frame[twice]
        met = parents, beams.last[children]  # texts that grow into one that is there already
        held[children] = np.logaddexp(held[children], grown[met])
        grown[met] = -np.inf
        scores = np.concatenate([np.logaddexp(rested, held), grown.ravel()])
        chosen, best = self._choose(scores)
        self._score += best
        beams.rested, beams.held = rested - best, held - best
        if not np.array_equal(chosen, np.arange(len(beams))):
            self._follow(chosen, scores - best)

    def _choose(self, scores: _Array) -> tuple[npt.NDArray[np.int64], float]:
        """The numbers of those to follow, in rising order, and the best score."""
        chosen = np.flatnonzero(scores > -np.inf)
        if len(chosen) > self._most:
            chosen = chosen[np.argpartition(scores[chosen], -self._most)[-self._most :]]
            chosen.sort()
        return chosen, float(scores[chosen].max())

    def _follow(self, chosen: npt.NDArray[np.int64], scores: _Array) -> None:
        """Go on with some beams, and some that are a symbol longer: those are numbered after them, row by row."""
        old = self._beams
        stay, come = chosen[chosen < len(old)], chosen[chosen >= len(old)]
        parents, symbols = np.divmod(come - len(old), len(SYMBOLS))
        kept = old.only(stay.tolist())
        pairs = [(parent, SYMBOLS[symbol]) for parent, symbol in zip(parents.tolist(), symbols.tolist(), strict=True)]
        screens = [_left(old.screens[parent], symbol) for parent, symbol in pairs]
        self._beams = _Beams(
            kept.tails + [old.tails[parent] + symbol for parent, symbol in pairs],
            kept.screens + screens,
            np.concatenate([kept.last, symbols]),
            np.concatenate([kept.rested, np.full(len(come), -np.inf)]),
            np.concatenate([kept.held, scores[come]]),
            np.array([*kept.prices, *map(self._prices, screens)]),
        )
        if max(map(len, self._beams.tails)) > _LONGEST:
            first = self._beams.tails[self._beams.best()][0]
            self._beams = self._beams.only([n for n, tail in enumerate(self._beams.tails) if tail[:1] == first])
        self._settle()

    def _settle(self) -> None:
        """Take off what all texts begin with."""
        common = _common(self._beams.tails)
        self._beams.tails = [tail[len(common) :] for tail in self._beams.tails]
        self._stable += common
        self._settled += len(common)
        self._families = self._beams.families()

    def _prices(self, screen: str) -> Scores:
        """(symbol,): backspace gives back what the symbol cost that it takes."""
        if self._model is None:
            return np.zeros(len(SYMBOLS), np.float32)
        prices = np.float32(self._weight) * self._model.scores(screen) + np.float32(self._bonus)
        before, last = screen[:-1], screen[-1:]
        prices[_DELETE] = -(self._weight * self._model.scores(before)[CLASS_OF[last]] + self._bonus) if last else 0.0
        return prices


def _common(texts: list[str]) -> str:
    """What all begin with: the first and the last in their order do, so all in between do."""
    low, high = min(texts), max(texts)
    return next((low[:at] for at, symbol in enumerate(low) if symbol != high[at]), low)


def _left(screen: str, symbol: str) -> str:
    return screen[:-1] if symbol == BACKSPACE else (screen + symbol)[-_REMEMBERED:]


def _checked(frames: LogProbabilities) -> LogProbabilities:
    if frames.ndim != 2 or frames.shape[1] != BLANK + 1:
        raise ValueError(
            f"log-probabilities must be (frame, {BLANK + 1}), not {frames.shape}: check the model's labels"
        )
    if not np.isfinite(frames.max(axis=1)).all():
        raise ValueError("a frame makes nothing possible: look for samples that are not numbers before the model")
    return frames
