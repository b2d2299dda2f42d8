"""Which gestures a recording names, and where: the marks of a calibration, and words, each up to the next one."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from calibration.errors import PlanInvalid
from calibration.offline import MARK, Held, Word, last_calibration
from calibration.onset import Span


def labelled_spans(words: Sequence[Word], stop: int) -> list[tuple[Span, str]]:
    """(part, gesture), in order; ``stop``: index after the last sample.

    A calibration whose beginning was not recorded names nothing: its spans could not be told.
    """
    try:
        marks = last_calibration(words)
    except PlanInvalid:
        marks = []
    spans = [(mark.span, mark.trial.gesture) for mark in marks if isinstance(mark, Held)]
    own = [word for word in words if not word[1].startswith(MARK)]
    spans += [(Span(start, end), text) for (start, text), (end, _) in pairwise([*own, (stop, "")]) if text]
    return sorted(((span, text) for span, text in spans if span.stop > span.start), key=lambda item: item[0].start)


class Truth:
    """What a window should have been answered."""

    def __init__(self, spans: Sequence[tuple[Span, str]]) -> None:
        """``spans``: in order of their beginnings."""
        self.gestures = tuple(dict.fromkeys(text for _, text in spans))
        self._spans = spans
        self._starts = [span.start for span, _ in spans]

    def of(self, window: Span) -> str | None:
        """The name of the part in which it lies wholly, or ``None``."""
        at = bisect_right(self._starts, window.start) - 1
        if at < 0 or window.stop > self._spans[at][0].stop:
            return None
        return self._spans[at][1]
