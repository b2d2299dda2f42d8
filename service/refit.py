"""Between what is stored of a user and what a fit is asked and answers."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from calibration.fitting import FitOrder, FitResult, LabelledTrial
from calibration.plan import Plan
from calibration.store.records import Calibration, NewHead, Trial
from calibration.store.store import Store
from models.runtime import Head

WHO: Final = "operator"
"""Who does things, until tokens tell people apart."""

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


def order_for(store: Store, calibration: Calibration, population: Head, rate_hz: float) -> FitOrder:
    """Which head is wanted. Raises ``StoreDamaged`` where the one to start from is not what was stored."""
    base = calibration.base_head
    return FitOrder(
        labels_of(calibration),
        calibration.encoder_sha256,
        rate_hz,
        population.content,
        store.heads.read(store.heads.get(base)) if base else None,
        calibration.seed,
    )


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
