"""Language models of others: ARPA files, as KenLM's ``lmplz`` and SRILM write them, and KenLM's own.

Between symbols of an ARPA file stand spaces, so a space itself is ``▁`` there. Entries with the beginning or the end of
a sentence, or with anything else that cannot be typed, say nothing about a stream of keys and are passed over.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from models.errors import ModelError, ModelUnreadable
from models.extras import require
from models.pipeline.ngram import KEPT, NGram, Scores
from models.pipeline.symbols import CLASS_OF, SPACE, SYMBOLS

TOKENS: Final = tuple("▁" if symbol == SPACE else symbol for symbol in SYMBOLS)
"""What stands for each symbol."""
UNKNOWN: Final = "<unk>"

_SYMBOL: Final = dict(zip(TOKENS, SYMBOLS, strict=True))
_LOG10: Final = math.log(10)


class _Entry(NamedTuple):
    logarithm: float
    words: list[str]
    backoff: float


def read_arpa(file: Path) -> NGram:
    """The model in an ARPA file. Raises ``ModelUnreadable`` where it is none."""
    seen: defaultdict[str, dict[int, float]] = defaultdict(dict)
    backoff, floor = {}, None
    try:
        for entry in _entries(file):
            if entry.words == [UNKNOWN]:
                floor = entry.logarithm
            elif all(word in _SYMBOL for word in entry.words):
                *before, last = (_SYMBOL[word] for word in entry.words)
                seen["".join(before)][CLASS_OF[last]] = entry.logarithm
                backoff["".join([*before, last])] = entry.backoff
    except (OSError, ValueError, IndexError) as error:
        raise ModelUnreadable(f"{file} is no ARPA file ({error}): write it again") from error
    if "" not in seen:
        raise ModelUnreadable(f"{file} has no symbol of ours: train it on single characters with spaces between them")
    columns = {
        text: (np.array(list(after), np.uint8), np.array(list(after.values()), np.float32))
        for text, after in seen.items()
    }
    return NGram(columns, backoff, min(seen[""].values()) if floor is None else floor)


def _entries(file: Path) -> Iterator[_Entry]:
    length = 0
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("\\"):
                length = int(line[1:].split("-")[0]) if line.rstrip().endswith("-grams:") else 0
            elif length and (fields := line.split()):
                weight = float(fields[length + 1]) if len(fields) > length + 1 else 0.0
                yield _Entry(float(fields[0]) * _LOG10, fields[1 : length + 1], weight * _LOG10)


class KenLM:
    """A model of KenLM, for those too large for ``read_arpa``: ARPA or binary.

    Raises:
        ModelError: the library is not installed.
        ModelUnreadable: the file is none of its models.
    """

    def __init__(self, file: Path) -> None:
        self._kenlm: Any = require("kenlm", "kenlm", ModelError)
        try:
            self._model = self._kenlm.Model(str(file))
        except (OSError, RuntimeError) as error:
            raise ModelUnreadable(f"{file} is no model of KenLM ({error}): build it again with lmplz") from error
        self.order = int(self._model.order)
        self._kept = lru_cache(KEPT)(self._compute)

    def scores(self, text: str) -> Scores:
        """See ``LanguageModel``."""
        return self._kept(text[max(0, len(text) + 1 - self.order) :])

    def _compute(self, text: str) -> Scores:
        state, after = self._kenlm.State(), self._kenlm.State()
        self._model.NullContextWrite(state)
        for symbol in text:
            self._model.BaseScore(state, TOKENS[CLASS_OF[symbol]], after)
            state, after = after, state
        row = np.array([self._model.BaseScore(state, token, after) for token in TOKENS], np.float32)
        row *= np.float32(_LOG10)
        row.flags.writeable = False
        return row
