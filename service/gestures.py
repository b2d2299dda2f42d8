"""Gestures of a user are renamed and removed without recording anything."""

from collections.abc import Mapping, Sequence

from calibration.errors import PlanInvalid, StoreDamaged
from calibration.head_edits import renamed, without_gesture
from calibration.store.records import Head, NewHead
from calibration.store.store import Store
from models.errors import ModelUnreadable
from models.head_graph import head_tensors
from models.spec import REST
from service.live import Live
from service.security.who import who


def edit_gestures(store: Store, live: Live, user: str, rename: Mapping[str, str], remove: Sequence[str]) -> Head:
    """The next version of the user's head on the model of a stream: some gestures renamed, others gone.

    Kept trials are renamed with it; those of a gesture that goes stay, for the day on which it is added again.

    Raises:
        UserUnknown: there is no such user.
        PlanInvalid: there is no head, or it cannot be changed like this.
        CalibrationBusy: a calibration of the user is open.
    """
    store.users.get(user)
    active = store.heads.active(user, live.answers.population.spec.encoder)  # of gestures alone
    if active is None:
        raise PlanInvalid(f"user {user!r} has no head for {live.answers.spec.name}: calibrate first")
    _require_possible(active.labels, rename, remove)
    try:
        onnx = _edited(store.heads.read(active), rename, remove)
        labels = head_tensors(onnx)[0].labels
    except ModelUnreadable as error:
        raise StoreDamaged(
            f"head {active.version} of {user} cannot be edited ({error}): take it from a backup"
        ) from error
    gone = {trial.id for trial in store.trials.kept(user, live.answers.encoder) if trial.gesture in remove}
    trials = tuple(trial for trial in active.trials if trial not in gone)
    new = NewHead(
        user, active.model, live.answers.encoder, active.kind, labels, trials, parent=active.id, seed=active.seed
    )
    return store.heads.edit(new, onnx, rename, who())


def _require_possible(known: tuple[str, ...], rename: Mapping[str, str], remove: Sequence[str]) -> None:
    if not rename and not remove:
        raise PlanInvalid("rename and remove are empty: name a gesture")
    if len({*rename, *remove}) < len(rename) + len(remove):
        raise PlanInvalid("remove names a gesture twice, or one that is renamed: name each once")
    if unknown := [name for name in (*rename, *remove) if name not in known]:
        raise PlanInvalid(f"the head does not know {unknown[0]}: choose from {', '.join(known)}")
    if REST in (*rename, *rename.values()):
        raise PlanInvalid(f"rename: {REST} is the gesture of doing nothing, and keeps its name: choose another")
    if taken := [name for name in rename.values() if name in known or [*rename.values()].count(name) > 1]:
        raise PlanInvalid(f"rename: {taken[0]} is, or would be, the name of two gestures: choose another name")


def _edited(onnx: bytes, rename: Mapping[str, str], remove: Sequence[str]) -> bytes:
    for label in remove:
        onnx = without_gesture(onnx, label)
    for old, new in rename.items():
        onnx = renamed(onnx, old, new)
    return onnx
