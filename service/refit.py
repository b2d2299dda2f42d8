"""Between what is stored of a user and what a fit is asked and answers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import numpy as np
from pydantic import TypeAdapter

from calibration.capture import CapturedTrial
from calibration.fitting import FitOrder, FitResult, LabelledTrial
from calibration.plan import Plan
from calibration.store.records import Calibration, NewHead, NewTrial, Trial, TrialData
from calibration.store.store import Store
from models.errors import DatasetError
from models.runtime import Head
from models.spec import EffortSpec
from models.training.effort import Relaxed, effort_from

PLAN: Final = TypeAdapter(Plan)


def plan_of(calibration: Calibration) -> Plan:
    """What the calibration asks."""
    return PLAN.validate_python(calibration.plan["plan"])


def labels_of(calibration: Calibration) -> tuple[str, ...]:
    """The gestures that its head will know, in the order of the outputs: those asked, and those kept from before."""
    return tuple(calibration.plan["labels"])


def trials_for(store: Store, calibration: Calibration) -> tuple[list[Trial], list[LabelledTrial]]:
    """What its head learns from: every trial of its gestures that the user ever held, those of before as rehearsal.

    Raises:
        StoreDamaged: a trial is not what was stored.
    """
    labels = labels_of(calibration)
    kept = store.trials.kept(calibration.user_id, calibration.encoder_sha256)
    used = [trial for trial in kept if trial.gesture in labels]
    return used, [_labelled(store, trial, calibration) for trial in used]


def order_for(
    store: Store, calibration: Calibration, used: Sequence[Trial], population: Head, rate_hz: float
) -> FitOrder:
    """Which head is wanted from these trials. Raises ``StoreDamaged`` where what was stored is not what is there."""
    base = calibration.base_head
    return FitOrder(
        labels_of(calibration),
        calibration.encoder_sha256,
        rate_hz,
        population.content,
        store.heads.read(store.heads.get(base)) if base else None,
        calibration.seed,
        effort_of(store, labels_of(calibration), used),
    )


def effort_of(store: Store, labels: tuple[str, ...], used: Sequence[Trial]) -> EffortSpec | None:
    """How strong the user's efforts were in these trials, and rest before them; ``None`` if that tells nothing."""
    measured = [(trial, store.trials.read(trial).amplitudes) for trial in used]
    known = [(labels.index(trial.gesture), values) for trial, values in measured if values is not None]
    relaxed = [Relaxed(**trial.quality["relaxed"]) for trial in used if trial.quality.get("relaxed")]
    if not known:
        return None
    strength = np.concatenate([values for _, values in known]).astype(np.float64)
    y = np.repeat([k for k, _ in known], [len(values) for _, values in known])
    try:
        return effort_from(labels, strength, y, relaxed[-1] if relaxed else None)
    except DatasetError:
        return None


def trial_records(calibration_id: str, captured: CapturedTrial, relaxed: Relaxed | None) -> tuple[NewTrial, TrialData]:
    """A captured trial as it is stored, with the arm at rest before it."""
    quality = {
        "level": captured.quality.level,
        "reasons": captured.quality.reasons,
        "snr_db": captured.snr_db,
        "relaxed": relaxed and asdict(relaxed),
    }
    new = NewTrial(calibration_id, captured.gesture, captured.repetition, captured.position or "", quality=quality)
    return new, TrialData(captured.features, captured.last, captured.raw, captured.amplitudes)


def new_head(calibration: Calibration, result: FitResult, used: Sequence[Trial]) -> NewHead:
    """The candidate, with where it comes from."""
    return NewHead(
        calibration.user_id,
        calibration.model,
        calibration.encoder_sha256,
        result.kind,
        labels_of(calibration),
        tuple(trial.id for trial in used),
        calibration.id,
        calibration.base_head,
        calibration.seed,
        result.report.model_dump(mode="json"),
    )


def _labelled(store: Store, trial: Trial, calibration: Calibration) -> LabelledTrial:
    data = store.trials.read(trial)
    old = trial.calibration_id != calibration.id
    return LabelledTrial(trial.gesture, trial.repetition, data.features, data.last_samples, old)
