"""The zero-effort step on a new day: listen to a stream for a while, then move the user's head to what was heard."""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError, PlanInvalid
from calibration.material import spread
from calibration.renormalise import renormalised, with_own
from calibration.store.records import Head, NewHead, Trial
from calibration.store.store import Store
from drivers.source import Chunk
from models.head_graph import own_tensors
from models.pipeline.recognizer import Prediction
from models.training.alignment import Statistics
from service.calibrations.fit_worker import FitWorker
from service.live import Live
from service.messages import StreamState
from service.security.who import who

#: Less is too little for a mean and a deviation of every feature: two seconds of windows every 25 ms.
LEAST_WINDOWS: Final = 80
#: Statistics of more are no better, and cost the time of a core.
MOST_IMAGES: Final = 2000
#: How many times as long as it should take a stream is waited for.
PATIENCE: Final = 2


class Ear:
    """Hears every window in which the user is active, up to the sample ``last``."""

    def __init__(self, last: int) -> None:
        self.done = threading.Event()
        self._last = last
        self._heard: list[Prediction] = []

    @property
    def heard(self) -> Sequence[Prediction]:
        """What was made of each window."""
        return tuple(self._heard)

    def take(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        """In the reader's thread: keep it, unless the user rests."""
        self._heard += [prediction for prediction in predictions if prediction.active is not False]
        if chunk.first + len(chunk.samples) > self._last:
            self.done.set()

    def tell(self, state: StreamState, message: str) -> None:
        """Silence brings no windows; nothing else to do."""


def renormalise(store: Store, worker: FitWorker, live: Live, seconds: float) -> Head:
    """Listen, then store the moved head as a candidate of the user whose head the stream uses.

    A network of images gets today's statistics in its batch norms, the head itself stays; they are computed in the
    fitting process. Of any other model the head is moved to the features of today.

    Raises:
        PlanInvalid: the stream uses everybody's head, or nothing is known of what the user's was fitted on.
        CalibrationError: too little was heard.
        FitFailed: the fitting process died.
        StoreUnavailable, StoreDamaged: the store cannot be used.
    """
    model, user = live.answers.everybodys, live.answers.worn.user
    active = store.heads.active(user, model.encoder.fingerprint) if user else None
    if user is None or active is None:
        raise PlanInvalid(f"stream {live.name!r} uses the head for everybody: choose a user first")
    before, images = store.heads.read(active), model.spec.images
    if images is not None and images.network is not None:
        worker.warm()  # while we listen
        shown = _listen(live, seconds)
        own = worker.reestimate(model.encoder.content, own_tensors(before), _images(shown)).result()
        head = with_own(before, own)
    else:
        trials = _known(store, active)
        head = renormalised(before, _statistics(store, trials), Statistics.of(_features(_listen(live, seconds))))
    lineage = (active.model, active.encoder_sha256, active.kind, active.labels, active.trials)
    return store.heads.add(NewHead(user, *lineage, parent=active.id, seed=active.seed), head, who())


def _known(store: Store, head: Head) -> Sequence[Trial]:
    """The user's trials of the gestures of a head."""
    trials = [t for t in store.trials.kept(head.user_id, head.encoder_sha256) if t.gesture in head.labels]
    if not trials:
        raise PlanInvalid(f"there is no trial of user {head.user_id!r} to compare with: calibrate once")
    return trials


def _statistics(store: Store, trials: Sequence[Trial]) -> Statistics:
    return Statistics.of(np.concatenate([store.trials.read(trial).features for trial in trials]))


def _listen(live: Live, seconds: float) -> Sequence[Prediction]:
    """What is made of the next seconds of the stream's own time."""
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
    return ear.heard


def _features(heard: Sequence[Prediction]) -> npt.NDArray[np.float32]:
    """(window, feature)."""
    return np.stack([prediction.features for prediction in heard if prediction.features is not None])


def _images(heard: Sequence[Prediction]) -> npt.NDArray[np.float32]:
    """(image, row, column), as many as a fit takes at most, evenly over what was heard."""
    shown = [prediction.image for prediction in heard if prediction.image is not None]
    return np.stack([shown[at] for at in spread(len(shown), MOST_IMAGES)])
