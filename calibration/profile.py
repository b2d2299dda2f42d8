"""A user's profile as one file: their heads and, if wanted, the trials from which another machine can rehearse.

    profile.json                 who, what is known of each head and trial, and the SHA-256 of every other member
    heads/0001.safetensors       tensors of the first head, and so on; those of the frozen part under own/
    trials/0001.safetensors      features, last samples, amplitudes and images of the first trial, and so on

The container is ``profile_archive.py``. Everything is checked before anything is returned; nothing is ever unpickled.

F feature.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)
from safetensors import SafetensorError
from safetensors.numpy import load, save

from calibration.errors import ProfileInvalid, StoreUnavailable
from calibration.profile_archive import MOST_BYTES, pack, unpack
from models.errors import ModelUnreadable
from models.head_graph import head_graph, require_shapes
from models.own_tensors import Tensors
from models.spec import EffortSpec, HeadKind, HeadSpec

FORMAT: Final = 1
MOST_HEADS: Final = 200
MOST_TRIALS: Final = 2000
MOST_GESTURES: Final = 100
MOST_KEYS: Final = 10_000
MOST_SAMPLES: Final = 100_000_000
"""Of a trial of text or events."""
INDEX: Final = "profile.json"
OWN: Final = "own/"
"""Before the names of tensors of the frozen part."""


SPACE: Final = " "
"""A key as others are, and so a label of a head of text."""


def _printable(name: str) -> str:
    if not (name.strip() or name == SPACE) or not name.isprintable():
        raise ValueError("give printable characters")
    return name


def _distinct(labels: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(labels)) < len(labels):
        raise ValueError("two gestures have the same name")
    return labels


Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, revalidate_instances="always")


class HeadFacts(_Frozen):
    """What is known of a head beside its tensors."""

    version: int = Field(ge=1, le=1_000_000)
    parent: int | None = Field(default=None, ge=1, description="Version it was made from; null: the population head.")
    active: bool = Field(default=False, description="In use on its encoder.")
    model: Name
    encoder: Sha256
    kind: HeadKind
    labels: Annotated[tuple[Name, ...], AfterValidator(_distinct)] = Field(min_length=2, max_length=MOST_GESTURES)
    effort: EffortSpec | None = Field(default=None, description="For the intensity; null: never measured.")
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    scores: dict[str, JsonValue] = {}
    created: AwareDatetime

    @property
    def spec(self) -> HeadSpec:
        """As the graph carries it."""
        return HeadSpec(kind=self.kind, labels=self.labels, encoder=self.encoder, effort=self.effort)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.effort is not None and len(self.effort.firm_uv) != len(self.labels):
            raise ValueError(f"{len(self.effort.firm_uv)} firm efforts for {len(self.labels)} gestures")
        return self


class RestFacts(_Frozen):
    """How strong the signal of the relaxed hand was before a trial."""

    median_uv: float = Field(ge=0)
    restless_uv: float = Field(ge=0)


class DoneFacts(_Frozen):
    """What was typed or done in a trial of text or events."""

    kind: Literal["text", "events"]
    keys: tuple[Name, ...] = Field(min_length=1, max_length=MOST_KEYS, description="Or events, as they came.")
    times: tuple[int, ...] = Field(description="Of each, in samples since the trial began.")
    first: int = Field(
        ge=0, le=MOST_SAMPLES, description="The last sample behind the first row of features, counted so too."
    )
    length: int = Field(ge=1, le=MOST_SAMPLES, description="Samples of the trial.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.times) != len(self.keys):
            raise ValueError(f"{len(self.times)} times for {len(self.keys)} keys")
        if list(self.times) != sorted(self.times) or not 0 <= self.times[0] <= self.times[-1] < self.length:
            raise ValueError("the times do not rise from the beginning of the trial to its end")
        return self


class TrialFacts(_Frozen):
    """What is known of a trial beside its arrays."""

    gesture: Name
    repetition: int = Field(ge=1, le=10_000)
    arm_position: Name | None = Field(default=None, description="null: as it is comfortable.")
    model: Name
    encoder: Sha256
    rate_hz: float = Field(gt=0, le=1_000_000, description="Samples per second, as last_samples count them.")
    relaxed: RestFacts | None = Field(default=None, description="null: nobody measured it.")
    done: DoneFacts | None = Field(default=None, description="null: a gesture was held.")
    created: AwareDatetime


class _Index(_Frozen):
    format: int = Field(ge=1)
    user: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    heads: tuple[HeadFacts, ...] = Field(max_length=MOST_HEADS)
    trials: tuple[TrialFacts, ...] = Field(max_length=MOST_TRIALS)
    sha256: dict[str, Sha256] = Field(max_length=MOST_HEADS + MOST_TRIALS)


@dataclass(frozen=True, slots=True, eq=False)
class ProfileHead:
    """A version of the user's head."""

    facts: HeadFacts
    tensors: Tensors
    own: Tensors = field(default_factory=dict)
    """What the user has in the frozen part; whether that has such tensors is seen where the head is used."""

    @property
    def onnx(self) -> bytes:
        """The graph that serves it: the same bytes as on the machine it comes from."""
        return head_graph(self.facts.spec, self.tensors, self.own)


@dataclass(frozen=True, slots=True, eq=False)
class ProfileTrial:
    """One hold of one gesture."""

    facts: TrialFacts
    features: npt.NDArray[np.float32]
    """(window, F)"""
    last_samples: npt.NDArray[np.int64]
    """(window,): index of the last sample of each window, rising."""
    amplitudes: npt.NDArray[np.float32] | None = None
    """(window,): microvolts; ``None`` where nobody measured them."""
    images: npt.NDArray[np.float32] | None = None
    """(window, row, column); ``None`` of a model of windows."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What moves with a user from one machine to another."""

    user: str
    heads: tuple[ProfileHead, ...]
    """By version, rising."""
    trials: tuple[ProfileTrial, ...] = ()


def write_profile(path: Path, profile: Profile) -> None:
    """Write the file whole or not at all; only its owner may read it.

    Raises:
        ProfileInvalid: what the profile says does not fit together.
        StoreUnavailable: it cannot be written.
    """
    content = encode_profile(profile)
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreUnavailable(f"cannot write {path}: {error.strerror}: choose another folder") from error


def read_profile(path: Path) -> Profile:
    """Read a file of anybody.

    Raises:
        ProfileInvalid: it cannot be read, is no profile or damaged, or holds what no profile may hold.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProfileInvalid(f"cannot read {path}: {error.strerror}: give the path of a profile") from error
    return decode_profile(content)


def encode_profile(profile: Profile) -> bytes:
    """The bytes of the file; the same profile gives the same bytes. Raises ``ProfileInvalid``."""
    _require_consistent(profile)
    heads, trials = tuple(h.facts for h in profile.heads), tuple(t.facts for t in profile.trials)
    arrays = [*(_both(head) for head in profile.heads), *(_arrays(trial) for trial in profile.trials)]
    names = _names(len(heads), len(trials))
    members = {name: _save(tensors) for name, tensors in zip(names, arrays, strict=True)}
    sha256 = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    index = _index({"format": FORMAT, "user": profile.user, "heads": heads, "trials": trials, "sha256": sha256})
    content = pack({INDEX: index.model_dump_json(indent=1).encode()} | members)
    if len(content) > MOST_BYTES:
        raise ProfileInvalid(f"the profile is larger than {MOST_BYTES >> 20} MiB: export it without its trials")
    return content


def decode_profile(content: bytes) -> Profile:
    """The bytes of a file of anybody -> the profile. Raises ``ProfileInvalid``, and nothing else."""
    members = unpack(content)
    index = _index(members.pop(INDEX, b""))
    names = _names(len(index.heads), len(index.trials))
    if not set(names) == set(members) == set(index.sha256):
        raise ProfileInvalid("the profile lacks parts, or has others than it lists: export it again")
    if any(hashlib.sha256(members[name]).hexdigest() != index.sha256[name] for name in names):
        raise ProfileInvalid("a part of the profile is not what was written: export it again, or copy it again")
    arrays = [_load(members[name]) for name in names]
    heads = tuple(map(_head, index.heads, arrays))
    trials = tuple(map(_trial, index.trials, arrays[len(heads) :]))
    profile = Profile(index.user, heads, trials)
    _require_consistent(profile)
    return profile


def _names(heads: int, trials: int) -> list[str]:
    counted = [f"heads/{number:04}.safetensors" for number in range(1, heads + 1)]
    return counted + [f"trials/{number:04}.safetensors" for number in range(1, trials + 1)]


def _index(source: bytes | dict[str, Any] | _Index) -> _Index:
    try:
        if isinstance(source, bytes):
            source = _Index.model_validate_json(source)
        index = _Index.model_validate(source)  # again: pydantic lets NaN in through JSON, but not through Python
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))[:100]
        raise ProfileInvalid(f"{where or INDEX}: {first['msg']}: export the profile again") from error
    if index.format != FORMAT:
        raise ProfileInvalid(f"the profile has format {index.format}, this Palmaris reads {FORMAT}: update Palmaris")
    return index


def _both(head: ProfileHead) -> Tensors:
    return {**head.tensors, **{OWN + name: values for name, values in head.own.items()}}


def _head(facts: HeadFacts, arrays: dict[str, npt.NDArray[Any]]) -> ProfileHead:
    own = {name.removeprefix(OWN): values for name, values in arrays.items() if name.startswith(OWN)}
    return ProfileHead(facts, {name: values for name, values in arrays.items() if not name.startswith(OWN)}, own)


def _arrays(trial: ProfileTrial) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {"features": trial.features, "last_samples": trial.last_samples}
    more = {"amplitudes": trial.amplitudes, "images": trial.images}
    return arrays | {name: values for name, values in more.items() if values is not None}


def _trial(facts: TrialFacts, arrays: dict[str, npt.NDArray[Any]]) -> ProfileTrial:
    if set(arrays) - {"amplitudes", "images"} != {"features", "last_samples"}:
        raise ProfileInvalid(f"a trial of {facts.gesture} lacks features or last samples: export the profile again")
    return ProfileTrial(facts, arrays["features"], arrays["last_samples"], *map(arrays.get, ("amplitudes", "images")))


def _save(arrays: Tensors | dict[str, npt.NDArray[Any]]) -> bytes:
    # safetensors takes the bytes as they lie
    content: bytes = save({name: np.ascontiguousarray(values) for name, values in arrays.items()})
    return content


def _load(content: bytes) -> dict[str, npt.NDArray[Any]]:
    try:
        arrays: dict[str, npt.NDArray[Any]] = load(content)
    except (SafetensorError, ImportError, KeyError, TypeError, ValueError) as error:  # the last four: odd types
        raise ProfileInvalid("a part of the profile holds no tensors: export it again, or copy it again") from error
    return arrays


def _require_consistent(profile: Profile) -> None:
    _require_lineage([head.facts for head in profile.heads])
    sizes = dict[str, int]()
    for encoder, features in _features(profile):
        if sizes.setdefault(encoder, features) != features:
            raise ProfileInvalid("heads and trials of one encoder have different numbers of features: export it again")


def _features(profile: Profile) -> Iterator[tuple[str, int]]:
    """Encoder and number of features of every head and trial, each checked."""
    for head in profile.heads:
        yield head.facts.encoder, _require_head(head)
    for trial in profile.trials:
        yield trial.facts.encoder, _require_trial(trial)


def _require_lineage(heads: list[HeadFacts]) -> None:
    versions = [head.version for head in heads]
    active = [head.encoder for head in heads if head.active]
    if versions != sorted(set(versions)) or any(head.parent and head.parent >= head.version for head in heads):
        raise ProfileInvalid("the versions of the heads do not rise from parent to child: export the profile again")
    if len(set(active)) < len(active):
        raise ProfileInvalid("two heads of one encoder are in use: export the profile again")


def _require_head(head: ProfileHead) -> int:
    where = f"head {head.facts.version} of the profile"
    try:
        features = require_shapes(head.facts.spec, head.tensors)
    except ModelUnreadable as error:
        raise ProfileInvalid(f"{where}: {str(error)[:200]}: export it again") from error
    if not all(values.size for values in _both(head).values()):
        raise ProfileInvalid(f"{where} has an empty tensor: export it again")
    if not all(values.dtype == np.float32 and np.isfinite(values).all() for values in head.own.values()):
        raise ProfileInvalid(f"{where} has tensors of the frozen part that are no numbers: export it again")
    return features


def _require_trial(trial: ProfileTrial) -> int:
    x, at = trial.features, trial.last_samples
    shaped = x.ndim == 2 and x.size and x.dtype == np.float32 and at.dtype == np.int64 and at.shape == x.shape[:1]
    if not shaped or not np.isfinite(x).all() or at[0] < 0 or (at[1:] <= at[:-1]).any():
        raise ProfileInvalid(f"a trial of {trial.facts.gesture} is not (window, feature) in order: export it again")
    if trial.amplitudes is not None and not (trial.amplitudes.shape == at.shape and _are_amplitudes(trial.amplitudes)):
        raise ProfileInvalid(f"the amplitudes of a trial of {trial.facts.gesture} are none: export it again")
    if trial.images is not None and not _are_images(trial.images, len(x)):
        raise ProfileInvalid(f"the images of a trial of {trial.facts.gesture} are none: export it again")
    if (done := trial.facts.done) and done.first + int(at[-1] - at[0]) >= done.length:
        raise ProfileInvalid(f"a trial of {trial.facts.gesture} is shorter than its features: export it again")
    return int(x.shape[1])


def _are_images(values: npt.NDArray[Any], windows: int) -> bool:
    shaped = values.ndim == 3 and len(values) == windows and values.size and values.dtype == np.float32
    return bool(shaped and (np.abs(values) <= 1).all())


def _are_amplitudes(values: npt.NDArray[Any]) -> bool:
    return bool(values.dtype == np.float32 and np.isfinite(values).all() and (values >= 0).all())
