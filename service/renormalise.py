"""The zero-effort step on a new day: listen to a stream for a while, then move the user's head to what was heard."""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError, PlanInvalid
from calibration.renormalise import renormalised
from calibration.store.records import Head, NewHead
from calibration.store.store import Store
from drivers.source import Chunk
from models.pipeline.recognizer import Prediction
from models.training.alignment import Statistics
from service.live import Live
from service.messages import StreamState
from service.security.who import who

#: Less is too little for a mean and a deviation of every feature: two seconds of windows every 25 ms.
LEAST_WINDOWS: Final = 80
#: How many times as long as it should take a stream is waited for.
PATIENCE: Final = 2


class Ear:
    """Hears the features of every window in which the user is active, up to the sample ``last``."""

    def __init__(self, last: int) -> None:
        self.done = threading.Event()
        self._last = last
        self._heard: list[npt.NDArray[np.float32]] = []

    @property
    def heard(self) -> Sequence[npt.NDArray[np.float32]]:
        """(feature,) of each window."""
        return tuple(self._heard)

    def take(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        """In the reader's thread: keep the features, unless the user rests."""
        for prediction in predictions:
            if prediction.features is not None and prediction.active is not False:
                self._heard.append(prediction.features)
        if chunk.first + len(chunk.samples) > self._last:
            self.done.set()

    def tell(self, state: StreamState, message: str) -> None:
        """Silence brings no windows; nothing else to do."""


def renormalise(store: Store, live: Live, seconds: float) -> Head:
    """Listen, then store the moved head as a candidate of the user whose head the stream uses.

    Raises:
        PlanInvalid: the stream uses everybody's head, or nothing is known of what the user's was fitted on.
        CalibrationError: too little was heard.
        StoreUnavailable, StoreDamaged: the store cannot be used.
    """
    user = live.answers.worn.user
    active = store.heads.active(user, live.answers.encoder) if user else None
    if user is None or active is None:
        raise PlanInvalid(f"stream {live.name!r} uses the head for everybody: choose a user first")
    trials = [trial for trial in store.trials.kept(user, live.answers.encoder) if trial.gesture in active.labels]
    if not trials:
        raise PlanInvalid(f"there is no trial of user {user!r} to compare with: calibrate once")
    before = Statistics.of(np.concatenate([store.trials.read(trial).features for trial in trials]))
    head = renormalised(store.heads.read(active), before, Statistics.of(_listen(live, seconds)))
    lineage = (active.model, active.encoder_sha256, active.kind, active.labels, active.trials)
    return store.heads.add(NewHead(user, *lineage, parent=active.id, seed=active.seed), head, who())


def _listen(live: Live, seconds: float) -> npt.NDArray[np.float32]:
    """(window, feature) of the next seconds of the stream's own time."""
    ear = Ear(live.index + round(seconds * live.answers.spec.rate_hz) - 1)
    live.listen(ear)
    try:
        ear.done.wait(PATIENCE * seconds)
    finally:
        live.leave(ear)
    if len(ear.heard) < LEAST_WINDOWS:
        raise CalibrationError(
            f"only {len(ear.heard)} windows of activity were heard in {seconds:g} s: make each gesture once meanwhile"
        )
    return np.stack(ear.heard)
