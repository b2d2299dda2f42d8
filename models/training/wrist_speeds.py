"""How fast a wrist turned, from the angles that a recording notes: what a network of kind ``control`` should answer.

P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
Nature 645:702, 2025, teach it angular velocity by its absolute error.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.datasets.sequences import Sequence
from models.errors import DatasetError
from models.pipeline.sequence_stream import answer_whole
from models.sequence_runtime import SequenceModel

Speeds = npt.NDArray[np.float32]


class SpeedErrors(NamedTuple):
    """In degrees per second."""

    mean_absolute_error: float
    of_who_answers_nothing: float
    """The same, of an answer that is always 0."""
    answers: int


def speeds(recording: Sequence, first: int, hop: int, answers: int) -> Speeds:
    """(answer, 1) degrees per second, over the ``hop`` samples up to the last that an answer rests on.

    ``first``: the last sample that the first answer rests on. Raises ``DatasetError`` where the keys are no angles.
    """
    try:
        angles_deg = np.array([float(key) for key in recording.keys])
    except ValueError as error:
        raise DatasetError(
            f"{recording.user} {recording.session} notes {error}, which is no angle: record with ?wrist=random"
        ) from error
    edges = first + hop * np.arange(-1, answers)
    turned_deg = np.diff(np.interp(edges, recording.times, angles_deg))
    found: Speeds = (turned_deg * recording.rate_hz / hop).astype(np.float32)
    return found[:, np.newaxis]


def score_speeds(model: SequenceModel, recordings: Iterable[Sequence]) -> SpeedErrors:
    """Errors of all answers of all recordings together, each heard as a live stream would be."""
    spec, said, truth = model.spec, [], []
    for recording in recordings:
        said.append(answer_whole(model, recording.signal))
        truth.append(speeds(recording, spec.window - 1, spec.hop, len(said[-1])))
    wanted, heard = np.concatenate(truth), np.concatenate(said)
    return SpeedErrors(float(np.abs(heard - wanted).mean()), float(np.abs(wanted).mean()), len(wanted))
