"""Scores of a model of text or events on whole recordings, answered as a live stream would be."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.datasets.sequences import Sequence
from models.pipeline.ctc import GreedyText
from models.pipeline.event_decoder import EventDecoder
from models.pipeline.sequence_stream import answer_whole
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec
from models.training.sequence_metrics import EventScores, Happening, TextErrors, event_scores, text_errors

APART_S = 1.0
"""Between two recordings that are scored as one: no answer belongs to an event of the other."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What happened in a recording and what was noticed of it, in seconds from its start."""

    truth: list[Happening]
    noticed: list[Happening]
    seconds: float


def score_text(model: SequenceModel, recordings: Iterable[Sequence]) -> TextErrors:
    """Errors of the likeliest symbols, without a language model, of all recordings together."""
    errors = TextErrors()
    for recording in recordings:
        said = GreedyText().feed(answer_whole(model, recording.signal)).stable
        errors += text_errors(recording.text, said)
    return errors


def score_events(model: SequenceModel, recordings: Iterable[Sequence]) -> EventScores:
    """What became of the events of all recordings, as if each came a second after the one before."""
    spec = model.spec
    return score_watched(watched(recording, answer_whole(model, recording.signal), spec) for recording in recordings)


def watched(
    recording: Sequence, answers: npt.NDArray[np.float32], spec: ModelSpec, first: int | None = None
) -> Watched:
    """What probabilities (answer, event) notice of a recording.

    ``first``: the last sample behind the first answer; ``None``: of a stream that begins with the recording.
    """
    start = spec.window if first is None else first + 1
    decoder = EventDecoder(spec.require_sequence().labels, spec.rate_hz / spec.hop)
    noticed = [
        Happening((start + event.frame * spec.hop) / spec.rate_hz, event.label) for event in decoder.feed(answers)
    ]
    times = (recording.times / recording.rate_hz).tolist()
    truth = [Happening(at, key) for at, key in zip(times, recording.keys, strict=True)]
    return Watched(truth, noticed, recording.seconds)


def score_watched(parts: Iterable[Watched]) -> EventScores:
    """All parts together, each a second after the one before."""
    truth, noticed, start = [], [], 0.0
    for part in parts:
        truth += [event._replace(time_s=start + event.time_s) for event in part.truth]
        noticed += [event._replace(time_s=start + event.time_s) for event in part.noticed]
        start += part.seconds + APART_S
    return event_scores(truth, noticed, start)
