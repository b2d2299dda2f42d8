"""Chosen once, by what a calibration asks: who judges its trials, and what is fitted on them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from calibration.fitting import FitResult
from calibration.plan import Plan
from calibration.store.records import Calibration, Trial
from calibration.store.store import Store
from service.calibrations.examiner import Examiner, GestureExaminer
from service.calibrations.fit_worker import FitWorker
from service.calibrations.refit import labelled, order_for
from service.live import Live

Fit = Callable[[Sequence[Trial]], Future[FitResult]]


def lesson_of(
    calibration: Calibration, plan: Plan, live: Live, store: Store, worker: FitWorker
) -> tuple[Examiner, Fit]:
    """The two for a calibration on a stream."""
    keep_raw = store.users.get(calibration.user_id).consent_raw
    if plan.kind == "gestures":
        return GestureExaminer(calibration, plan, live, keep_raw=keep_raw), _fit_head(calibration, live, store, worker)
    from service.calibrations.pieces import trusted_layer
    from service.calibrations.sequence_examiner import SequenceExaminer  # onnx, which serving does without

    layer = trusted_layer(store, calibration.base_head)
    examiner = SequenceExaminer(calibration, plan, live, layer, keep_raw=keep_raw)
    return examiner, _fit_layer(calibration, live, store, worker)


def _fit_head(calibration: Calibration, live: Live, store: Store, worker: FitWorker) -> Fit:
    def fit(used: Sequence[Trial]) -> Future[FitResult]:
        trials = labelled(store, calibration, used)
        return worker.fit(trials, order_for(store, calibration, used, live.answers.everybodys))

    return fit


def _fit_layer(calibration: Calibration, live: Live, store: Store, worker: FitWorker) -> Fit:
    from service.calibrations.pieces import to_learn

    def fit(used: Sequence[Trial]) -> Future[FitResult]:
        pieces, order = to_learn(store, calibration, used, live.answers.sequence_model)
        return worker.fit_layer(pieces, order, calibration.encoder_sha256)

    return fit
