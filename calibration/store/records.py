"""What the store holds, as plain records; and what is handed over to be stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]
CalibrationState = Literal["running", "paused", "fitting", "ready", "accepted", "aborted"]
TrialState = Literal["kept", "refused", "replaced"]

#: A user has at most one calibration in one of these states.
ACTIVE: Final = ("running", "paused", "fitting")
#: A calibration in one of these states takes nothing more.
OVER: Final = ("accepted", "aborted")


@dataclass(frozen=True, slots=True)
class User:
    """A person under a pseudonym."""

    id: str
    consent_raw: bool
    """Whether the raw signal may be stored beside the features."""
    created: datetime


@dataclass(frozen=True, slots=True)
class UserOverview:
    """A user, and how far their calibration has come."""

    user: User
    versions: int
    """Heads that were accepted."""
    macro_f1: float | None
    """Of the newest head in use; ``None``: there is none, or it was never scored."""
    best_macro_f1: float | None
    """Of any version."""
    calibrated: datetime | None
    """When the last calibration began."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a calibration was recorded with."""

    name: str
    rate_hz: float
    channels: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class NewCalibration:
    """A calibration to start."""

    user_id: str
    device: Device
    model: str
    encoder_sha256: str
    plan: Json
    base_head: str | None = None
    """Id of the head to start from; ``None``: the population head of the model."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """One sitting of a user, from the first prompt to the accepted head."""

    id: str
    user_id: str
    device_id: str
    model: str
    encoder_sha256: str
    plan: Json
    state: CalibrationState
    position: Json
    """Where to go on after an interruption, in the words of the protocol."""
    base_head: str | None
    seed: int
    created: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class NewTrial:
    """What is said of a trial when it is handed over."""

    calibration_id: str
    gesture: str
    repetition: int
    arm_position: str = ""
    state: Literal["kept", "refused"] = "kept"
    reason: str = ""
    """Why it was refused, in words for the clinician."""
    quality: Json | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TrialData:
    """What was measured during a trial."""

    features: npt.NDArray[np.float32]
    """(window, feature)"""
    last_samples: npt.NDArray[np.int64]
    """(window,): index of the last sample of each window."""
    raw: npt.NDArray[np.float32] | None = None
    """(time, channel); stored only where the user consented."""
    amplitudes: npt.NDArray[np.float32] | None = None
    """(window,): microvolts, for the intensity; ``None`` where nobody measured them."""
    images: npt.NDArray[np.float32] | None = None
    """(window, row, column): of a model of images, that which the features of each window are made of."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One hold of one gesture."""

    id: str
    calibration_id: str
    gesture: str
    repetition: int
    arm_position: str
    state: TrialState
    reason: str
    quality: Json
    windows: int
    file: str
    """Path below the data directory."""
    sha256: str
    created: datetime


@dataclass(frozen=True, slots=True)
class NewHead:
    """What is said of a head when it is handed over."""

    user_id: str
    model: str
    encoder_sha256: str
    kind: str
    labels: tuple[str, ...]
    trials: tuple[str, ...] = ()
    """Ids of the trials that it was fitted on."""
    calibration_id: str | None = None
    parent: str | None = None
    """Id of the head that it was made from; ``None``: the population head of the model."""
    seed: int = 0
    scores: Json | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A head of one user; a candidate until it is accepted and so gets its version."""

    id: str
    user_id: str
    version: int | None
    model: str
    encoder_sha256: str
    kind: str
    labels: tuple[str, ...]
    trials: tuple[str, ...]
    calibration_id: str | None
    parent: str | None
    seed: int
    scores: Json
    file: str
    """Path below the data directory."""
    sha256: str
    created: datetime
    accepted: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, and when."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    details: Json
    user_id: str | None
