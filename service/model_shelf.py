"""The models that a stream can be started with: what each expects, how good its card says it is, whether it loads."""

import threading
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field

from models.any_model import AnyModel, load_any_model
from models.cards import CardScores, card_scores
from models.errors import ModelError
from models.runtime import HEAD_SUFFIX, ZOO, Model
from models.spec import HeadKind, Kind
from service.errors import ModelNotHere
from service.streams import models_for_clients

#: Bytes of a card that are read; those that come with Palmaris have four thousand.
LONGEST_CARD: Final = 1 << 18

#: Which files these are: whatever changes them changes this. ``None`` for one that is not there.
Identity = tuple[tuple[int, int, int] | None, ...]


class ModelFacts(BaseModel):
    """What a model expects and answers, as its files say."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(
        description="By which streams tell it; that is in the file, and the file may be called otherwise."
    )
    channels: int
    rate_hz: float = Field(description="Samples per second of each channel.")
    unit: str = Field(description="Of the samples.")
    window_ms: float = Field(description="Signal behind each answer.")
    hop_ms: float = Field(description="Time from one answer to the next.")
    kind: Kind = Field(
        description="window: an answer for each window; frames: every sample of a grid is an image; sequence: text,"
        " events: gesture events, control: speeds, of a model that remembers."
    )
    live: bool = Field(description="False: it reads a recording to its end before it answers, so no stream can use it.")
    grid: tuple[int, int] | None = Field(description="Rows and columns of electrodes; null: it asks for no grid.")
    gestures: tuple[str, ...] = Field(description="What it answers with: gestures, or symbols, or events.")
    head: HeadKind | None = Field(
        description="What its head for everybody computes; null: it has none. Of text and events, users have a layer."
    )
    simulated: bool = Field(description="True: it was trained on simulated users.")
    encoder: str | None = Field(description="SHA-256 of the frozen graph, on whose features every head works.")

    @classmethod
    def of(cls, model: AnyModel) -> Self:
        """Of a model that was loaded."""
        spec, head = model.spec, model.head.spec if isinstance(model, Model) else None
        return cls(
            name=spec.name,
            channels=spec.channels,
            rate_hz=spec.rate_hz,
            unit="uV",
            window_ms=spec.window_ms,
            hop_ms=spec.hop_ms,
            kind=spec.kind,
            grid=None if spec.images is None else spec.images.shape,
            live=spec.sequence is None or spec.sequence.live,
            gestures=head.labels if head else spec.require_sequence().labels,
            head=head.kind if head else None,
            simulated=spec.simulated,
            encoder=head.encoder if head else None,
        )


class ModelInfo(BaseModel):
    """A model that a stream can be started with, or that ought to be one."""

    model_config = ConfigDict(frozen=True)

    model: str = Field(description="Name to order it by.")
    shipped: bool = Field(description="True: it came with Palmaris; false: it lies in models in the data directory.")
    bytes: int = Field(description="Size of both its files.")
    problem: str | None = Field(description="Why it cannot be used, and what to do; null: it loads.")
    facts: ModelFacts | None = Field(description="Null where it does not load.")
    scores: CardScores | None = Field(description="As its card says; null where it has no card, or a card without.")


class ModelDetail(ModelInfo):
    """A model, and what was written about it."""

    card: str | None = Field(description="Markdown; null where there is no NAME.md beside it.")


class ModelShelf:
    """All models below a data directory. Asked by any thread; each is loaded when it is first seen, or was changed."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._known: dict[str, tuple[Identity, ModelInfo]] = {}
        self._lock = threading.Lock()

    def all(self) -> list[ModelInfo]:
        """Every model, by name."""
        names = models_for_clients(self._data_dir)
        with self._lock:  # who asks meanwhile waits, and finds them loaded
            self._known = {name: known for name, known in self._known.items() if name in names}
            return [self._look(name, _file(names[name])) for name in sorted(names)]

    def get(self, name: str) -> ModelDetail:
        """One model and its card. Raises ``ModelNotHere``."""
        names = models_for_clients(self._data_dir)
        if name not in names:
            raise ModelNotHere(f"no model {name[:200]!r}: GET /v1/models lists those that there are")
        file = _file(names[name])
        with self._lock:
            info = self._look(name, file)
        return ModelDetail(**dict(info), card=_card(file))

    def _look(self, name: str, file: Path) -> ModelInfo:
        identity = _identity(file)
        known = self._known.get(name)
        if known is None or known[0] != identity:
            self._known[name] = known = identity, _examined(name, file, identity)
        return known[1]


def _file(reference: str) -> Path:
    """Where a model lies that ``load_model`` finds under this name."""
    return Path(reference) if reference.endswith(".onnx") else ZOO / f"{reference}.onnx"


def _parts(file: Path) -> tuple[Path, Path, Path]:
    return file, file.with_name(file.stem + HEAD_SUFFIX), file.with_suffix(".md")


def _identity(file: Path) -> Identity:
    return tuple(_stamp(part) for part in _parts(file))


def _stamp(part: Path) -> tuple[int, int, int] | None:
    try:
        stat = part.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _examined(name: str, file: Path, identity: Identity) -> ModelInfo:
    facts, problem = None, None
    try:
        facts = ModelFacts.of(load_any_model(str(file)))
    except ModelError as error:
        problem = str(error).replace(f"{file.parent}/", "")  # who may only listen need not learn where things lie
    return ModelInfo(
        model=name,
        shipped=file.parent == ZOO,
        bytes=sum(stamp[2] for stamp in identity[:2] if stamp),
        problem=problem,
        facts=facts,
        scores=card_scores(_card(file) or ""),
    )


def _card(file: Path) -> str | None:
    try:
        with file.with_suffix(".md").open("rb") as card:
            return card.read(LONGEST_CARD).decode(errors="replace")
    except OSError:
        return None
