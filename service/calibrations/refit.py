"""Between what is stored of a user and what a fit is asked and answers."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Final

import numpy as np
from pydantic import TypeAdapter

from calibration.capture import CapturedTrial
from calibration.fitting import FitOrder, FitResult, LabelledTrial
from calibration.plan import Plan
from calibration.plan import Trial as Held
from calibration.sequence_report import stored
from calibration.store.records import Calibration, Json, NewHead, NewTrial, Trial, TrialData
from calibration.store.records import Head as StoredHead
from calibration.store.store import Store
from drivers.source import SourceInfo
from models.errors import DatasetError
from models.runtime import Model
from models.spec import EffortSpec
from models.training.effort import Relaxed, effort_from

PLAN: Final = TypeAdapter(Plan)
KEYS: Final = "keys"
"""What a trial of text or events says of itself beside its quality: what was typed or done."""
DONE: Final = (KEYS, "times", "first", "length")
"""All that it says of that; see ``pieces.py``."""


def noted(plan: Plan, stream: str, labels: Sequence[str], source: SourceInfo) -> Json:
    """What is stored of the intent of a calibration."""
    asked = PLAN.dump_python(plan, mode="json")
    return {"stream": stream, "labels": labels, "plan": asked, "simulated": source.simulated}


def plan_of(calibration: Calibration) -> Plan:
    """What the calibration asks."""
    return PLAN.validate_python(calibration.plan["plan"])


def labels_of(calibration: Calibration) -> tuple[str, ...]:
    """The gestures that its head will know, in the order of the outputs: those asked, and those kept from before."""
    return tuple(calibration.plan["labels"])


def used_for(store: Store, calibration: Calibration, kept: Collection[Held]) -> list[Trial]:
    """What its head learns from: trials of its gestures that the user ever held, those of before as rehearsal.

    Of its own, those ``kept`` in the end: not what was kept once, and then asked for again and skipped. A layer of
    text or events learns from whatever was typed or done before, too; trials of an old profile have no keys.
    """
    labels = labels_of(calibration)
    of_gestures = plan_of(calibration).kind == "gestures"
    own = {(trial.gesture, trial.repetition, trial.position or "") for trial in kept}
    return [
        trial
        for trial in store.trials.kept(calibration.user_id, calibration.encoder_sha256)
        if (trial.gesture in labels if of_gestures else KEYS in trial.quality)
        and (trial.calibration_id != calibration.id or (trial.gesture, trial.repetition, trial.arm_position) in own)
    ]


def labelled(store: Store, calibration: Calibration, used: Sequence[Trial]) -> list[LabelledTrial]:
    """The same as the fit takes it. Raises ``StoreDamaged`` where a trial is not what was stored."""
    return [_labelled(store, trial, calibration) for trial in used]


def candidate_of(store: Store, calibration: Calibration, used: Sequence[Trial]) -> StoredHead | None:
    """The head that was fitted from just these trials and is not accepted; ``None``: it is still to be fitted."""
    wanted = (calibration.id, None, [trial.id for trial in used])
    heads = store.heads.of(calibration.user_id)
    fitted = [head for head in heads if (head.calibration_id, head.version, list(head.trials)) == wanted]
    return fitted[-1] if fitted else None


def order_for(store: Store, calibration: Calibration, used: Sequence[Trial], model: Model) -> FitOrder:
    """Which head is wanted from these trials; ``model``: with everybody's head.

    Raises ``StoreDamaged`` where what was stored is not what is there.
    """
    base, images = calibration.base_head, model.spec.images
    return FitOrder(
        labels_of(calibration),
        calibration.encoder_sha256,
        model.spec.rate_hz,
        model.head.content,
        store.heads.read(store.heads.get(base)) if base else None,
        calibration.seed,
        effort_of(store, labels_of(calibration), used),
        calibration.plan.get("simulated", False),  # earlier versions did not note it
        model.encoder.content if images is not None and images.network is not None else None,
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
    return new, TrialData(captured.features, captured.last, captured.raw, captured.amplitudes, captured.images)


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
        stored(result.report),
    )


def _labelled(store: Store, trial: Trial, calibration: Calibration) -> LabelledTrial:
    data = store.trials.read(trial)
    old = trial.calibration_id != calibration.id
    return LabelledTrial(trial.gesture, trial.repetition, data.features, data.last_samples, old, data.images)
