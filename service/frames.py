"""What the recogniser found, as a frame: of the smoothed decision, or of its window alone."""

import time

from drivers.source import Chunk
from models.pipeline.recognizer import Prediction as Recognised
from models.pipeline.recognizer import Recognizer
from service.messages import Latency, Prediction


def prediction_frame(seq: int, found: Recognised, recognizer: Recognizer, chunk: Chunk, began_ns: int) -> Prediction:
    """The frame of a prediction whose last sample is in ``chunk``; work on that chunk began at ``began_ns``.

    Its numbers are our own, so they are not validated again, which would take longer than the decision.
    """
    return Prediction.model_construct(
        type="prediction",
        seq=seq,
        index=found.index,
        device_s=chunk.device_s + (found.index - chunk.first) / recognizer.spec.rate_hz,
        arrived_ns=chunk.arrived_ns,
        gesture=found.gesture,
        confidence=found.confidence,
        probabilities=found.probabilities,
        accepted=found.accepted,
        intensity=found.intensity,
        active=found.active,
        latency=Latency.model_construct(
            signal_ms=recognizer.delay_ms,
            wait_ms=(began_ns - chunk.arrived_ns) / 1e6,
            compute_ms=(time.monotonic_ns() - began_ns) / 1e6,
        ),
    )


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
