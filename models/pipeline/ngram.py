"""How likely each symbol is after the ones before it: character n-grams with back-off, and the protocol they keep.

A text is a string of ``models.pipeline.symbols``, as keys were pressed. ``models/training/train_ngram.py`` learns such
a model from texts; ``models/pipeline/arpa.py`` reads those of KenLM's ``lmplz`` and of SRILM.
"""

import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from models.errors import ModelUnreadable
from models.pipeline.symbols import SYMBOLS

Scores = npt.NDArray[np.float32]
Columns = tuple[npt.NDArray[np.uint8], Scores]
"""Classes, and a value for each."""

NONE: Final[Columns] = np.zeros(0, np.uint8), np.zeros(0, np.float32)
KEPT: Final = 1 << 15
"""Texts whose scores are kept: 13 MB."""


class LanguageModel(Protocol):
    """Says what is likely to be typed next."""

    def scores(self, text: str) -> Scores:
        """(symbol,) natural logarithms of probability, after this text; not to be written to."""
        ...


class NGram:
    """Probabilities of what was seen after a text, and the weight of a shorter text for what was not."""

    def __init__(self, seen: Mapping[str, Columns], backoff: Mapping[str, float], floor: float) -> None:
        """All in natural logarithms.

        Args:
            seen: text before -> classes and their probabilities; of the empty text, those of symbols alone.
            backoff: text before -> weight of the text without its first symbol; none is a weight of 1.
            floor: probability of a symbol of which even the empty text knows nothing.
        """
        self.order = 1 + max(map(len, seen), default=0)
        """One more than the symbols that it looks back."""
        self._seen, self._backoff, self._floor = seen, backoff, floor
        self._kept = lru_cache(KEPT)(self._compute)

    def scores(self, text: str) -> Scores:
        """See ``LanguageModel``."""
        return self._kept(text[max(0, len(text) + 1 - self.order) :])

    def _compute(self, text: str) -> Scores:
        if text:
            row = self._kept(text[1:]) + np.float32(self._backoff.get(text, 0.0))
        else:
            row = np.full(len(SYMBOLS), self._floor, np.float32)
        if text in self._seen:
            numbers, values = self._seen[text]
            row[numbers] = values
        row.flags.writeable = False
        return row

    def save(self, file: Path) -> None:
        """Write it compactly, to be read with ``load``."""
        texts = sorted({"", *self._seen, *self._backoff})
        columns = [self._seen.get(text, NONE) for text in texts]
        with file.open("wb") as stream:
            np.savez_compressed(
                stream,
                texts=np.array("\n".join(texts)),
                backoff=np.array([self._backoff.get(text, 0.0) for text in texts], np.float32),
                counts=np.array([len(numbers) for numbers, _ in columns], np.uint8),
                numbers=np.concatenate([numbers for numbers, _ in columns]),
                values=np.concatenate([values for _, values in columns]),
                floor=np.float32(self._floor),
            )

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read what ``save`` wrote. Raises ``ModelUnreadable`` for anything else."""
        try:
            with file.open("rb") as stream, np.load(stream) as data:
                texts = str(data["texts"]).split("\n")
                ends = np.cumsum(data["counts"], dtype=np.int64)[:-1]
                columns = zip(np.split(data["numbers"], ends), np.split(data["values"], ends), strict=True)
                seen = {text: found for text, found in zip(texts, columns, strict=True) if len(found[0])}
                return cls(seen, dict(zip(texts, data["backoff"].tolist(), strict=True)), float(data["floor"]))
        except (OSError, EOFError, LookupError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelUnreadable(f"{file} is no language model of ours ({error}): train it again") from error
