"""Between what is stored of a user and the one file in which it moves to another machine."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from pydantic import ValidationError

from calibration.errors import ProfileInvalid, StoreDamaged
from calibration.plan import LIMITS, MOST_NAMES, Plan
from calibration.profile import (
    DoneFacts,
    HeadFacts,
    Profile,
    ProfileHead,
    ProfileTrial,
    RestFacts,
    TrialFacts,
    decode_profile,
    encode_profile,
)
from calibration.report import KEY_OF_SEQUENCES, report_in
from calibration.sequence_report import SequenceReport
from calibration.store.arrival import Arrival, ArrivingHead, ArrivingTrial, Sitting, admit
from calibration.store.records import Calibration, Device, Head, Json, NewCalibration, NewHead, Trial, TrialData, User
from calibration.store.store import Store
from models.errors import ModelUnreadable
from models.head_graph import head_tensors, own_tensors, require_shapes
from models.spec import ModelSpec
from service.calibrations.refit import DONE, KEYS, PLAN, plan_of
from service.live import Live
from service.security.who import who

ELSEWHERE = "imported"
"""Stands for device and stream of a trial from another machine."""


def export_profile(store: Store, user: str, *, with_trials: bool) -> bytes:
    """The file of a user: every accepted head and, if wanted, every trial that heads learn from.

    Raises:
        UserUnknown: there is no such user.
        StoreDamaged: a head or trial is not what was stored.
        ProfileInvalid: there is more than a profile holds.
    """
    store.users.get(user)
    try:
        trials = tuple(_trials(store, user)) if with_trials else ()
        return encode_profile(Profile(user, tuple(_heads(store, user)), trials))
    except ModelUnreadable as error:
        raise StoreDamaged(f"a head of {user} cannot be read ({error}): take it from a backup") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ProfileInvalid(f"{first['loc']}: {first['msg']}: no profile can hold that of {user}") from error


def import_profile(store: Store, streams: Collection[Live], user: str, content: bytes) -> User:
    """Store what such a file holds under this name; heads for models that no stream serves wait for one that does.

    Raises:
        ProfileInvalid: it is no profile, is damaged, or does not fit the models that are served.
        NotStorable: the name is no pseudonym of ours.
        UserExists: the user has heads or calibrations already.
    """
    profile = decode_profile(content)
    _require_fitting(profile, {live.answers.encoder: live.answers.spec for live in streams})
    heads = tuple(_arriving(user, head) for head in profile.heads)
    return admit(store, Arrival(user, tuple(_sittings(user, profile.trials)), heads), who())


def _heads(store: Store, user: str) -> Iterator[ProfileHead]:
    heads = {head.id: head for head in store.heads.of(user) if head.version is not None}
    encoders = {head.encoder_sha256 for head in heads.values()}
    active = {found.id for encoder in encoders if (found := store.heads.active(user, encoder))}
    for head in sorted(heads.values(), key=lambda head: head.version or 0):
        parent = heads.get(head.parent) if head.parent else None
        yield _head(store, head, parent.version if parent else None, head.id in active)


def _head(store: Store, head: Head, parent: int | None, active: bool) -> ProfileHead:
    content = store.heads.read(head)
    spec, tensors = head_tensors(content)
    facts = HeadFacts(
        version=head.version or 0,
        parent=parent,
        active=active,
        model=head.model,
        encoder=head.encoder_sha256,
        kind=spec.kind,
        labels=spec.labels,
        effort=spec.effort,
        seed=head.seed,
        scores=head.scores,
        created=head.created,
    )
    return ProfileHead(facts, tensors, own_tensors(content))


def _trials(store: Store, user: str) -> Iterator[ProfileTrial]:
    calibrations = {calibration.id: calibration for calibration in store.calibrations.of(user)}
    for encoder in sorted({calibration.encoder_sha256 for calibration in calibrations.values()}):
        for trial in store.trials.kept(user, encoder):
            calibration, data = calibrations[trial.calibration_id], store.trials.read(trial)
            relaxed = trial.quality.get("relaxed")
            facts = TrialFacts(
                gesture=trial.gesture,
                repetition=trial.repetition,
                arm_position=trial.arm_position or None,
                model=calibration.model,
                encoder=encoder,
                rate_hz=store.calibrations.device(calibration.device_id).rate_hz,
                relaxed=RestFacts(**relaxed) if relaxed else None,
                done=_done(calibration, trial),
                created=trial.created,
            )
            yield ProfileTrial(facts, data.features, data.last_samples, data.amplitudes, data.images)


def _done(calibration: Calibration, trial: Trial) -> DoneFacts | None:
    if KEYS not in trial.quality:
        return None
    return DoneFacts.model_validate({"kind": plan_of(calibration).kind, **{name: trial.quality[name] for name in DONE}})


def _require_fitting(profile: Profile, served: dict[str, ModelSpec]) -> None:
    """A head that wants other numbers than its encoder gives would end the stream that uses it."""
    sizes = [(head.facts.encoder, require_shapes(head.facts.spec, head.tensors)) for head in profile.heads]
    sizes += [(trial.facts.encoder, trial.features.shape[1]) for trial in profile.trials]
    for encoder, features in sizes:
        if encoder in served and served[encoder].features != features:
            raise ProfileInvalid(
                f"the profile has {features} features for a model that gives {served[encoder].features}: "
                "export it again"
            )
    for trial in profile.trials:
        spec = served.get(trial.facts.encoder)
        if trial.images is not None and spec and (spec.images is None or spec.images.shape != trial.images.shape[1:]):
            raise ProfileInvalid(f"the profile has images that model {spec.name} does not take: export it again")
        labels = spec.sequence.labels if spec and spec.sequence else ()
        if spec and trial.facts.done and not set(trial.facts.done.keys) <= set(labels):
            raise ProfileInvalid(f"the profile has keys that model {spec.name} does not know: export it again")


def _arriving(user: str, head: ProfileHead) -> ArrivingHead:
    facts = head.facts
    try:
        scores = _scores(facts.scores)
    except ValidationError as error:
        raise ProfileInvalid(f"the scores of head {facts.version} are no report: export the profile again") from error
    new = NewHead(user, facts.model, facts.encoder, facts.kind, facts.labels, seed=facts.seed, scores=scores)
    return ArrivingHead(new, facts.version, facts.parent, facts.active, head.onnx, facts.created)


def _scores(told: Json) -> Json:
    """Those of a head, checked. Raises ``ValidationError``."""
    if KEY_OF_SEQUENCES in told:
        return {KEY_OF_SEQUENCES: SequenceReport.model_validate(told[KEY_OF_SEQUENCES]).model_dump(mode="json")}
    report = report_in(told)
    return {} if report is None else report.model_dump(mode="json")


def _sittings(user: str, trials: tuple[ProfileTrial, ...]) -> Iterator[Sitting]:
    """Trials in as few calibrations as can hold them: a gesture once per repetition and position, few gestures each."""
    seen = Counter[tuple[str, str, int, str | None]]()
    gestures = dict[str, int]()
    together = defaultdict[tuple[str, str, float, int, int], list[ProfileTrial]](list)
    for trial in trials:
        facts = trial.facts
        place = (facts.encoder, facts.gesture, facts.repetition, facts.arm_position)
        page = gestures.setdefault(facts.gesture, len(gestures)) // MOST_NAMES
        together[facts.model, facts.encoder, facts.rate_hz, seen[place], page].append(trial)
        seen[place] += 1
    for (model, encoder, rate_hz, *_), members in together.items():
        device = Device(ELSEWHERE, rate_hz, (), "uV")
        new = NewCalibration(user, device, model, encoder, _plan([member.facts for member in members]))
        yield Sitting(new, _position(members), tuple(map(_arriving_trial, members)))


def _plan(trials: list[TrialFacts]) -> Json:
    """As far as the trials tell."""
    gestures = tuple(dict.fromkeys(trial.gesture for trial in trials))
    positions = tuple(dict.fromkeys(trial.arm_position for trial in trials if trial.arm_position))
    repetitions = min(max(trial.repetition for trial in trials), int(LIMITS["repetitions"][1]))
    kind = trials[0].done.kind if trials[0].done else "gestures"  # a model answers with the same always
    plan = Plan(gestures, repetitions, positions=positions[:MOST_NAMES], kind=kind)
    return {"stream": ELSEWHERE, "labels": gestures, "plan": PLAN.dump_python(plan, mode="json")}


def _position(trials: list[ProfileTrial]) -> Json:
    kept = [(trial.facts.gesture, trial.facts.repetition, trial.facts.arm_position) for trial in trials]
    named = [dict(zip(("gesture", "repetition", "position"), place, strict=True)) for place in kept]
    return {"kept": named, "skipped": [], "ahead": []}


def _arriving_trial(trial: ProfileTrial) -> ArrivingTrial:
    facts = trial.facts
    quality = {"relaxed": facts.relaxed.model_dump()} if facts.relaxed else {}
    quality |= facts.done.model_dump(mode="json", include=set(DONE)) if facts.done else {}
    data = TrialData(trial.features, trial.last_samples, amplitudes=trial.amplitudes, images=trial.images)
    return ArrivingTrial(facts.gesture, facts.repetition, facts.arm_position or "", quality, data, facts.created)
