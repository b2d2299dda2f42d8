"""What an event network should say and when: a pulse after each event, and silence elsewhere.

P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
Nature 645:702, 2025: a pulse of 40 ms that begins 80 ms after the event. A release is asked for only while its finger
is down, and a few answers round that.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.sequences import Sequence

UNCOUNTED: Final = -1
"""In a target: no key here, or an event that the loss does not ask for."""
PULSE_S: Final = (0.08, 0.12)
"""When after an event its output should be 1: from and up to."""
SLACK: Final = 7
"""Answers before a press, and after a release, in which the release counts too."""


def pulses(recording: Sequence, labels: tuple[str, ...], first: int, hop: int, answers: int) -> npt.NDArray[np.int64]:
    """(answer, event): 1 in its pulse, 0 elsewhere, and for the release of a finger that is up ``UNCOUNTED``.

    ``first``: the last sample that the first answer rests on.
    """
    now = first + hop * np.arange(answers)
    target = np.zeros((answers, len(labels)), np.int64)
    for number, label in enumerate(labels):
        after = (now[:, np.newaxis] - _times(recording, label)) / recording.rate_hz  # (answer, time of the event)
        target[((after >= PULSE_S[0]) & (after < PULSE_S[1])).any(axis=1), number] = 1
        if label.endswith("_release"):
            held = _held(recording, label.removesuffix("_release"), now, hop)
            target[~held & (target[:, number] == 0), number] = UNCOUNTED
    return target


def _times(recording: Sequence, label: str) -> npt.NDArray[np.int64]:
    return recording.times[[key == label for key in recording.keys]]


def _held(recording: Sequence, finger: str, now: npt.NDArray[np.int64], hop: int) -> npt.NDArray[np.bool_]:
    """(answer,): the finger is down, or was or will be within a few answers."""
    shift = round(PULSE_S[1] * recording.rate_hz)
    downs, ups = (_times(recording, f"{finger}_{way}") for way in ("press", "release"))
    held = np.zeros(len(now), bool)
    for down in downs:
        up = ups[ups > down].min(initial=now[-1])
        held |= (now >= down - SLACK * hop) & (now <= up + shift + SLACK * hop)
    return held
