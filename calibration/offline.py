"""A calibration out of a recording: the marks that it left there, and the trials that they stand for.

A calibration writes what it did into the recording of its stream. Fed with that recording, ``RecordedTrials`` cuts the
same trials out of it, sample by sample: it begins to listen where the live capture began.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from calibration.capture import CapturedTrial, TrialCapture
from calibration.errors import PlanInvalid
from calibration.onset import RestLevel, Span
from calibration.plan import LIMITS, Plan, Trial
from calibration.quality import Verdict
from models.pipeline.recognizer import Prediction
from models.spec import REST, ModelSpec
from models.training.effort import Relaxed

MARK: Final = "calibration: "
"""Before the words that a calibration puts into a recording of its stream."""
MARGIN_S: Final = 5.0
"""How much of the past a trial may need beside its hold: the time in which a late piece is judged."""

Samples = npt.NDArray[np.floating]
Word = tuple[int, str]
"""Of a recording: the index of its sample, and the text."""


@dataclass(frozen=True, slots=True)
class Began:
    """Here a calibration began to listen to the stream."""

    at: int
    """Index of the first sample, as the stream counted: a recording may count from elsewhere."""
    calibration: str
    seed: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class Rested:
    """The arm was at rest."""

    span: Span


@dataclass(frozen=True, slots=True)
class Held:
    """A trial was held and found good."""

    span: Span
    trial: Trial


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What a trial of a recording gave."""

    trial: Trial
    captured: CapturedTrial | Verdict
    """Or why nothing can be learned from it."""
    relaxed: Relaxed | None
    """The arm at rest before it; ``None`` where that is not known."""


Mark = Began | Rested | Held
_KINDS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "begin": TypeAdapter(Began),
    "rest": TypeAdapter(Rested),
    "hold": TypeAdapter(Held),
}


def text_of(mark: Mark) -> str:
    """The mark as a word of a recording."""
    word = {Began: "begin", Rested: "rest", Held: "hold"}[type(mark)]
    return f"{MARK}{word} {_KINDS[word].dump_json(mark).decode()}"


def last_calibration(words: Iterable[Word]) -> list[Mark]:
    """The marks of the last calibration that a recording holds, in its own count of samples; none if it holds none.

    Raises:
        PlanInvalid: a mark cannot be read, or the beginning of the calibration was not recorded.
    """
    marks: list[Mark] = []
    offset: int | None = None
    for index, text in words:
        if not text.startswith(MARK) or (mark := _read(text)) is None:
            continue
        if isinstance(mark, Began):
            offset = index - mark.at
            marks = [replace(mark, at=index)]
        elif offset is None:
            raise PlanInvalid("the recording begins in the middle of a calibration: record from its start on")
        else:
            marks.append(replace(mark, span=Span(mark.span.start + offset, mark.span.stop + offset)))
    return marks


def _read(text: str) -> Mark | None:
    word, _, content = text.removeprefix(MARK).partition(" ")
    if word not in _KINDS:  # "end" is for people
        return None
    try:
        mark: Mark = _KINDS[word].validate_json(content)
    except ValidationError as error:
        raise PlanInvalid(f"the recording has the mark {text!r}, which this Palmaris cannot read: update it") from error
    return mark


def labelled_marks(words: Sequence[Word], length: int, gestures: Sequence[str] | None) -> list[Mark]:
    """Marks for a recording whose words are gestures, each from its sample up to the next word.

    ``gestures``: which ones, in the order of the head's outputs; ``None``: all but rest. Rest, where it comes first,
    tells how still the arm can be.

    Raises:
        PlanInvalid: no gesture, or not all of those asked, is named in the recording.
    """
    words = [(index, text) for index, text in words if not text.startswith(MARK)]
    named = dict.fromkeys(text for _, text in words if text)
    asked = tuple(gestures or (text for text in named if text != REST))
    if not asked or not named.keys() >= set(asked):
        raise PlanInvalid(f"the recording names {', '.join(named) or 'no gesture'}: choose --gestures of these, if any")
    marks: list[Mark] = []
    counts = dict.fromkeys(asked, 0)
    for (start, text), (stop, _) in pairwise([*words, (length, "")]):
        if text in counts:
            counts[text] += 1
            marks.append(Held(Span(start, stop), Trial(text, counts[text])))
        elif text == REST:
            marks.append(Rested(Span(start, stop)))
    repetitions = min(max(counts.values()), LIMITS["repetitions"][1])  # those beyond count as asked for later
    return [Began(0, "", 0, Plan(asked, repetitions)), *marks]


class RecordedTrials:
    """Fed with a recording, gives the trials that its marks name."""

    def __init__(self, spec: ModelSpec, marks: Sequence[Mark], *, keep_raw: bool) -> None:
        """``marks``: of one calibration, its beginning first."""
        began, *spans = marks
        if not isinstance(began, Began):
            raise PlanInvalid("the marks have no beginning: record from the start of the calibration on")
        self.began = began
        self._ahead = deque(mark for mark in spans if not isinstance(mark, Began))
        longest_s = max((len(mark.span) / spec.rate_hz for mark in self._ahead), default=0.0)
        self._capture = TrialCapture(spec, max(longest_s, began.plan.hold_s) + MARGIN_S, keep_raw=keep_raw)
        self._rest: RestLevel | None = None
        self._relaxed: Relaxed | None = None

    def feed(self, samples: Samples, first: int, predictions: Iterable[Prediction]) -> Iterator[Cut]:
        """Take (time, channel) samples and what the recogniser made of them; yield each trial that is now over."""
        unheard = min(max(self.began.at - first, 0), len(samples))
        self._capture.signal(samples[unheard:], first + unheard)
        for prediction in predictions:
            if prediction.features is not None and prediction.index >= self.began.at:
                seen = prediction.features, prediction.amplitude_uv, prediction.image
                self._capture.decision(prediction.index, *seen)
        while self._ahead and self._ahead[0].span.stop <= first + len(samples):
            mark = self._ahead.popleft()
            if isinstance(mark, Rested):
                self._hear_rest(mark.span)
            else:
                yield Cut(mark.trial, self._capture.cut(mark.trial, mark.span, self._rest), self._relaxed)

    def _hear_rest(self, span: Span) -> None:
        amplitudes = self._capture.amplitudes(span)
        if (rest := self._capture.rest_level(span)) is not None and len(amplitudes):
            self._rest, self._relaxed = rest, Relaxed.of(amplitudes)
