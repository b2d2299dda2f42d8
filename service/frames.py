"""What a recogniser found, as the frame that goes out: this is where each kind of answer gets its form."""

import time
from typing import Any

from drivers.source import Chunk
from models.pipeline.any_recognizer import Answer, AnyRecognizer
from models.pipeline.recognizer import Prediction as Recognised
from models.pipeline.sequence_recognizer import Movement as Moved
from models.pipeline.sequence_recognizer import TypedText
from models.spec import Kind
from service.messages import AnswerKind, GestureEvent, Latency, Movement, Prediction, Text, Told


def answers_of(kind: Kind) -> AnswerKind:
    """What a model of that kind answers with."""
    others: dict[Kind, AnswerKind] = {"sequence": "text", "events": "events", "control": "movement"}
    return others.get(kind, "gestures")


def frame_of(seq: int, found: Answer, recognizer: AnyRecognizer, chunk: Chunk, began_ns: int) -> Told:
    """The frame of an answer that was found in ``chunk``; work on that chunk began at ``began_ns``.

    Its numbers are our own, so they are not validated again, which would take longer than the decision.
    """
    common = _common(seq, found.index, recognizer, chunk, began_ns)
    if isinstance(found, Recognised):
        return Prediction.model_construct(
            type="prediction",
            gesture=found.gesture,
            confidence=found.confidence,
            probabilities=found.probabilities,
            accepted=found.accepted,
            intensity=found.intensity,
            active=found.active,
            **common,
        )
    if isinstance(found, TypedText):
        return Text.model_construct(type="text", stable=found.stable, tail=found.tail, settled=found.settled, **common)
    if isinstance(found, Moved):
        return Movement.model_construct(type="movement", speeds=found.speeds, **common)
    return GestureEvent.model_construct(
        type="event", label=found.label, kind=found.kind, score=found.score, pressed=found.pressed, **common
    )


def _common(seq: int, index: int, recognizer: AnyRecognizer, chunk: Chunk, began_ns: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "index": index,
        "device_s": chunk.device_s + (index - chunk.first) / recognizer.spec.rate_hz,
        "arrived_ns": chunk.arrived_ns,
        "latency": Latency.model_construct(
            signal_ms=recognizer.delay_ms,
            wait_ms=(began_ns - chunk.arrived_ns) / 1e6,
            compute_ms=(time.monotonic_ns() - began_ns) / 1e6,
        ),
    }


def raw_frame(frame: Prediction, found: Recognised, labels: tuple[str, ...]) -> Prediction:
    """The same prediction from its window alone, without smoothing, hold and the like."""
    raw = found.raw
    return frame.model_copy(
        update={
            "gesture": labels[raw.gesture],
            "confidence": raw.confidence,
            "probabilities": raw.probabilities,
            "accepted": raw.accepted and found.active is not False,
        }
    )


def joined(earlier: Text, later: Text) -> Text:
    """Two texts as one, for who missed the first: nothing final is lost."""
    return later.model_copy(update={"stable": earlier.stable + later.stable})
