"""What a fit is asked and what it answers: types alone, so that the service can ask without importing torch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.sequence_report import AnyReport
from models.spec import EffortSpec, HeadKind


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTrial:
    """One hold of one gesture, as the frozen part of the model saw it."""

    gesture: str
    repetition: int
    features: npt.NDArray[np.float32]
    """(window, F), standardised by the frozen part; onset and release are cut off."""
    last_samples: npt.NDArray[np.int64]
    """(window,): index of the last sample of each window, rising."""
    old: bool = False
    """Recorded in an earlier calibration: it rehearses, so that its gesture is not forgotten."""
    images: npt.NDArray[np.float32] | None = None
    """(window, row, column): of a model of images, that which each window's features are made of."""


@dataclass(frozen=True, slots=True)
class FitOrder:
    """Which head to make."""

    labels: tuple[str, ...]
    """Gestures, in the order of the head's outputs."""
    encoder: str
    """SHA-256 of the frozen graph that made the features."""
    rate_hz: float
    """Samples per second, as ``last_samples`` count them."""
    population: bytes
    """ONNX of the head for everybody."""
    previous: bytes | None = None
    """ONNX of the user's head of before, on the same encoder; it must not have learned from trials that are not old."""
    seed: int = 0
    effort: EffortSpec | None = None
    """How strong the user's efforts are, for the intensity; it travels with the head."""
    simulated: bool = False
    """Whether nobody was measured; the report says so."""
    network: bytes | None = None
    """ONNX of the frozen graph where its batch norms take the user's statistics; ``None``: they have none."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """The new head."""

    onnx: bytes
    kind: HeadKind
    report: AnyReport
