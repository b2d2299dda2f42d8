"""The streams of a service: ordered by settings or by clients, added and removed while it runs."""

import asyncio
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from drivers.channel_map import EVEN
from drivers.registry import SourceUri, open_source
from models.any_model import AnyModel, load_any_model
from models.pipeline.any_recognizer import AnyRecognizer
from models.pipeline.decision import DecisionSpec
from models.pipeline.language_model import READERS, load_language_model
from models.pipeline.recognizer import load_recognizer
from models.pipeline.sequence_recognizer import load_sequence_recognizer, no_language
from models.runtime import shipped_models
from models.sequence_runtime import SequenceModel
from models.spec import Kind, ModelSpec
from service.errors import StreamRefused, StreamUnknown
from service.live import Live
from service.names import speakable
from service.reader import Patience

T = TypeVar("T")

#: Serial ports that a client may name.
PORT: Final = re.compile(r"/dev(/[\w:-][\w:.-]*)+")
#: Options by which BrainFlow calls an address, or listens: not for clients.
ELSEWHERE: Final = frozenset({"ip_address", "ip_port", "ip_protocol"})
#: How many streams clients may bring it to, and how many devices they may have opened at a time: each holds a thread.
MOST: Final = 128
MOST_OPENING: Final = 4

#: Windows averaged where nobody says how many: a vote of images is an average already.
SMOOTHING: Final[dict[Kind, int]] = {"window": 3, "frames": 1}

StreamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class DecisionOrder(BaseModel):
    """How decisions are made of windows; see ``models/pipeline/decision.py``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    smoothing: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Windows whose log-probabilities are averaged; not given: 3, or 1 where images vote already.",
    )
    reject_below: float = Field(default=0.5, ge=0, le=1, description="Confidence under which nothing is accepted.")
    hold_ms: float = Field(
        default=0, ge=0, le=60_000, description="Time after the beginning of a gesture in which no other may begin."
    )
    change_memory_ms: float = Field(
        default=100, ge=0, le=60_000, description="Time whose changes of mind count against a gesture that would begin."
    )

    def spec(self, model: ModelSpec) -> DecisionSpec:
        """The same in windows of a model."""
        return DecisionSpec(
            self.smoothing or SMOOTHING[model.kind],
            self.reject_below,
            math.ceil(self.hold_ms / model.hop_ms),
            math.ceil(self.change_memory_ms / model.hop_ms),
        )


class AnswerOrder(DecisionOrder):
    """How a model's numbers become answers."""

    language_model: str = Field(
        default="",
        max_length=1000,
        description="For a model of text: a file that says what is likely to be typed, .npz, .arpa or .klm. Clients"
        " name one that lies in models of the data directory. Empty: every text is as likely as any other.",
    )


class StreamOptions(AnswerOrder):
    """What a stream shall be, but for its name; also the settings of the one stream of a small service."""

    source: str = Field(default="sim://two-channel", max_length=1000, description="URI of the device.")
    model: str = Field(default="csae-simulated", max_length=1000, description="Name of a model.")
    user: str = Field(default="", max_length=64, description="Whose head to use from the start; empty: everybody's.")
    safe_gesture: str = Field(
        default="", max_length=64, description="What subscribers are told to do while no gesture is current."
    )
    lost_s: float = Field(
        default=2.0, ge=0.1, le=3600, description="Seconds of silence after which the stream counts as lost."
    )


class StreamOrder(StreamOptions):
    """A stream to be served."""

    name: StreamName = "default"


class Streams(Mapping[str, Live]):
    """Opened streams by name. Looked at from any thread; added and removed on the event loop."""

    def __init__(self, lives: Iterable[Live] = ()) -> None:
        self._lives = {live.name: live for live in lives}
        self._failed: set[str] = set()
        self._opening = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_failure: Callable[[], None] = lambda: None

    def __getitem__(self, name: str) -> Live:
        """Raises ``KeyError``."""
        return self._lives[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._lives))

    def __len__(self) -> int:
        return len(self._lives)

    @property
    def alive(self) -> bool:
        """Whether every stream is being looked after, whatever its device does."""
        return all(live.alive for live in self._lives.values())

    @property
    def summary(self) -> str:
        """A line about all of them, for ``systemctl status``."""
        return ", ".join(f"{live.name}: {live.describe().state}" for live in self._lives.values())

    def find(self, name: str) -> Live:
        """The stream of that name. Raises ``StreamUnknown``."""
        if (live := self._lives.get(name)) is None:
            raise StreamUnknown(f"no stream {name!r}; running: {', '.join(self) or 'none'}")
        return live

    def start(self, loop: asyncio.AbstractEventLoop, on_failure: Callable[[], None]) -> None:
        """Start those that are there; ``on_failure`` is called, in any thread, once bugs have ended all of them."""
        self._loop, self._on_failure = loop, on_failure
        for live in self._lives.values():
            live.start(loop, partial(self._fail, live.name))

    def require_free(self, name: str) -> None:
        """Raise ``StreamRefused`` if there is a stream of that name."""
        if name in self._lives:
            raise StreamRefused(f"there is a stream {name!r} already: choose another name, or remove that one first")

    @contextmanager
    def opening(self, name: str) -> Iterator[None]:
        """Hold a place for a stream of that name while its device is opened. Raises ``StreamRefused``."""
        self.require_free(name)
        if self._opening == MOST_OPENING:
            raise StreamRefused(f"{MOST_OPENING} devices are being opened: try again soon, or unplug one that hangs")
        if len(self) + self._opening >= MOST:
            raise StreamRefused(f"there are {MOST} streams or more: remove one first")
        self._opening += 1
        try:
            yield
        finally:
            self._opening -= 1

    def add(self, live: Live) -> None:
        """Start one more opened stream. Raises ``StreamRefused`` if its name is taken."""
        self.require_free(live.name)
        if self._loop is None:
            raise StreamRefused("the service is starting or stopping: try again in a moment")
        self._lives = {**self._lives, live.name: live}
        live.start(self._loop, partial(self._fail, live.name))

    def remove(self, name: str) -> Live:
        """Send the subscribers of a stream away and forget it; its reader is still to be stopped."""
        live = self.find(name)
        self._lives = {other: known for other, known in self._lives.items() if other != name}
        self._failed.discard(name)
        live.hub.close()
        return live

    def stop(self) -> None:
        """Stop all of them, at the same time: a source that is stuck makes no other wait."""
        self._loop = None
        threads = [threading.Thread(target=live.stop) for live in self._lives.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _fail(self, name: str) -> None:
        with self._lock:
            self._failed.add(name)
            all_failed = self._failed >= set(self._lives)
        if all_failed:
            self._on_failure()


async def in_own_thread(call: Callable[[], T]) -> T:
    """What a call returns that may hang: it uses up no pool of threads, and the program does not wait for its end."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(call())
        except Exception as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(outcome)


def recognizer_for(model: AnyModel, order: DecisionOrder, language_model: str = "") -> AnyRecognizer:
    """What answers with a model: of gestures by the decisions ordered, of text by a language model, if one is named.

    Raises:
        ModelMismatch: nothing can answer with it, or not with a language model.
        ModelError: the language model cannot be read.
    """
    if isinstance(model, SequenceModel):
        return load_sequence_recognizer(model, load_language_model(Path(language_model)) if language_model else None)
    if language_model:
        raise no_language(model.spec)
    return load_recognizer(model, order.spec(model.spec))


def make_live(order: StreamOrder, model: AnyModel) -> Live:
    """The stream that was ordered, not yet opened.

    Raises:
        SourceUnknown: there is no driver for its source.
        ModelMismatch: the model cannot answer live, or not with a language model.
        ModelError: the language model cannot be read.
    """
    open_source(order.source)  # refuses a URI that is wrong; a new source is made whenever one is needed
    recognizer = recognizer_for(model, order, order.language_model)
    patience = Patience(lost_s=order.lost_s)
    return Live(order.name, partial(open_source, order.source), recognizer, patience, order.safe_gesture or None)


def models_for_clients(data_dir: Path) -> dict[str, str]:
    """Names that a client may use, and what each stands for; shipped models go before those of the data directory."""
    files = (path for path in (data_dir / "models").glob("*.onnx") if ".head" not in path.suffixes)
    own = {path.stem: str(path) for path in files if speakable(path.name)}
    return own | {shipped: shipped for shipped in shipped_models()}


def model_for_client(name: str, data_dir: Path) -> AnyModel:
    """A model that a client may name: shipped, or lying in the data directory's ``models``; never a path.

    Raises:
        StreamRefused: there is none of that name.
    """
    known = models_for_clients(data_dir)
    if name not in known:
        raise StreamRefused(
            f"no model {name!r}; known: {', '.join(sorted(known))}; others go into models in the data directory"
        )
    return load_any_model(known[name])


def language_model_for_client(name: str, data_dir: Path) -> str:
    """The path of a language model that a client may name: a file in the data directory's ``models``; of none, none.

    Raises:
        StreamRefused: there is none of that name.
    """
    files = {path.name: path for path in (data_dir / "models").glob("*") if path.suffix in READERS}
    if name and name not in files:
        raise StreamRefused(
            f"no language model {name!r}; known: {', '.join(sorted(files)) or 'none'}; others go into models in the "
            "data directory"
        )
    return str(files[name]) if name else ""


def source_for_client(uri: str, data_dir: Path) -> str:
    """The source that a client may name; of files, only recordings of this service, by their name.

    Raises:
        SourceUnknown: it is no URI.
        StreamRefused: it names another file, or an address.
    """
    parsed = SourceUri.parse(uri)
    if not _harmless(parsed):
        raise StreamRefused(f"{uri!r}: a client names serial ports below /dev, no file or address: use palmaris.toml")
    if parsed.scheme != "replay":
        return uri
    folder = data_dir / "recordings"
    name = parsed.target.lstrip("/")
    if name not in {path.name for path in folder.glob("*") if path.is_file() and not path.is_symlink()}:
        raise StreamRefused(f"{uri!r} is no recording here: name one of GET /v1/recordings, replay://NAME")
    options = uri.partition("?")[2]
    return f"replay://{quote(str(folder / name))}" + (f"?{options}" if options else "")


def _harmless(uri: SourceUri) -> bool:
    if "grid" in uri.options and EVEN.fullmatch(uri.options["grid"]) is None:
        return False
    if uri.scheme == "serial":
        return "layout" not in uri.options and PORT.fullmatch(uri.target) is not None
    if uri.scheme == "brainflow":
        port = uri.options.get("serial_port")
        return not ELSEWHERE & set(uri.options) and (port is None or PORT.fullmatch(port) is not None)
    return uri.scheme != "muovi"
