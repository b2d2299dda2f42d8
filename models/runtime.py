"""ONNX Runtime sessions: the frozen graph and the head. No torch here: the service must start fast and small."""

import hashlib
import math
import re
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from pydantic import ValidationError

from models.errors import ModelMismatch, ModelUnknown, ModelUnreadable
from models.own_tensors import OWN_KEY, TENSORS_KEY, Tensors, require_own, shapes_of, unpacked
from models.pipeline.shared_frames import EachAlone, FeatureStream, SharedFrames, no_frames
from models.spec import HeadSpec, ModelSpec, no_gestures

ZOO: Final = Path(__file__).parent / "zoo"
S = TypeVar("S", ModelSpec, HeadSpec)
Array = npt.NDArray[np.float32]
Shape = tuple[int, ...]

SPEC_KEY: Final = "palmaris.spec"
HEAD_SUFFIX: Final = ".head.onnx"

LARGEST: Final = 64 * 2**20
"""Bytes of a model file; the shipped ones have a few hundred thousand."""

_ELSEWHERE: Final = re.compile(rb"[\x00\x08]location")
"""A tensor that lies in another file, or anywhere in memory, says so under this key. Before a key stands its length,
whose last byte is 8, or 0 if it is spelt with needless bytes. Within a gesture's name neither stands before the word:
JSON escapes them."""

_DAMAGED = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class Graph:
    """One ONNX graph on one thread, run as it was written.

    Windows are small: a second thread costs more in waking than it saves, and a single one gives the same bits on
    every run. ONNX Runtime's rewriting of graphs made the shipped CSAE 4 to 8 % slower, and none faster. It would also
    fold the file's tensors into others before those of a user, ``own``, come in their place.

    Raises:
        ModelUnreadable: it is too large, damaged, or wants to read other files.
    """

    def __init__(self, content: bytes, path: Path, own: Tensors | None = None) -> None:
        _require_harmless(content, path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what it says besides, the exceptions say
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        self._own = {name: ort.OrtValue.ortvalue_from_numpy(values) for name, values in (own or {}).items()}
        for name, value in self._own.items():  # kept: the session does not copy them
            options.add_initializer(name, value)
        options.add_session_config_entry("session.load_model_format", "ONNX")  # it would guess, and take its own format
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except _DAMAGED as error:
            raise ModelUnreadable(f"{path} is not a whole ONNX model; copy or export it again") from error
        self._path = path
        self._inputs = [x.name for x in self._session.get_inputs()]
        self._outputs = [y.name for y in self._session.get_outputs()]
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map

    @property
    def width(self) -> int:
        """Length of the first input's last axis; 0 where the graph leaves it open, or has none."""
        inputs = self._session.get_inputs()
        last = inputs[0].shape[-1] if inputs and inputs[0].shape else 0
        return last if isinstance(last, int) else 0

    def __call__(self, *items: Array) -> list[Array]:
        """One item per input, without a batch axis. Never batched: a batch may round differently than its items."""
        feeds = {name: item[np.newaxis] for name, item in zip(self._inputs, items, strict=True)}
        return [y[0] for y in self._session.run(self._outputs, feeds)]

    def batch(self, items: Array) -> Array:
        """Many items of the only input at once; the answers may depend, by rounding, on how many there are."""
        answers: Array = self._session.run(self._outputs, {self._inputs[0]: items})[0]
        return answers

    def require(self, takes: list[Shape], gives: list[Shape], items: int = 1) -> None:
        """Try the graph on zeros. Raises ``ModelUnreadable`` unless it turns so many of such shapes into those."""
        found: list[Shape] = []
        ends = [*self._session.get_inputs(), *self._session.get_outputs()]
        if len(self._inputs) == len(takes) and {end.type for end in ends} == {"tensor(float)"}:
            feeds = {
                name: np.zeros((items, *shape), np.float32) for name, shape in zip(self._inputs, takes, strict=True)
            }
            with suppress(*_DAMAGED):  # shapes that it cannot take
                found = [y.shape for y in self._session.run(self._outputs, feeds)]
        if found != [(items, *shape) for shape in gives]:
            raise ModelUnreadable(
                f"{self._path} does not turn float32 of shapes {takes} into {gives}, as it promises; export it again"
            )


class FrozenGraph:
    """A graph in which a user may have a few tensors of their own, and its spec."""

    _everybodys: Self | None = None
    """Of a graph with tensors of a user: the one that it came from."""

    def __init__(self, path: Path) -> None:
        self.content = read_model(path)
        """The file, from which a user's own tensors are made."""
        self.fingerprint = hashlib.sha256(self.content).hexdigest()
        self.own: Tensors = {}
        """What a user has in it for themselves."""
        self._path = path
        self._graph = Graph(self.content, path)
        self._tensors = shapes_of(self._graph.metadata.get(TENSORS_KEY))
        self.spec = spec_of(ModelSpec, self._graph, path)

    def with_own(self, own: Tensors) -> Self:
        """The same graph with these tensors in the place of its own ones, and of no others; of none, everybody's.

        Raises:
            ModelMismatch: it has no such tensors, or a number is none that could be there.
        """
        everybodys = self._everybodys or self
        if not own:
            return everybodys
        require_own(own, self._tensors, self.spec.name)
        other = copy(self)
        other._everybodys = everybodys
        other.own, other._graph = own, Graph(self.content, self._path, own)
        return other


class Encoder(FrozenGraph):
    """The frozen graph: (window, channel) microvolts, or of kind ``frames`` the images of a hop, -> features."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        if self.spec.sequence is not None:
            raise no_gestures(self.spec)
        self._require_promise()

    def __call__(self, window: Array) -> Array:
        """(window, channel) -> (feature,)."""
        frames = self.spec.frames
        return self._graph(window)[0] if frames is None else self._extend(window, no_frames(frames))[0]

    def images(self, images: Array) -> Array:
        """(image, row, column) from -1 to 1 -> (image, feature), of a model of kind ``frames``."""
        return self._graph.batch(images)

    def stream(self, hop: int) -> FeatureStream:
        """Features of windows that overlap, one every ``hop`` samples; what they share is computed once."""
        frames = self.spec.frames
        if frames is None or frames.count(self.spec.window - math.lcm(hop, frames.stride)) < 1:
            return EachAlone(self)
        return SharedFrames(self._extend, frames)

    def _extend(self, samples: Array, frames: Array) -> tuple[Array, Array]:
        features, frames = self._graph(samples, frames)
        return features, frames

    def _require_promise(self) -> None:
        spec, frames = self.spec, self.spec.frames
        if spec.images is not None:
            self._graph.require([spec.images.shape], [(spec.features,)], items=spec.hop // spec.images.step)
            return
        if frames is None:
            self._graph.require([(spec.window, spec.channels)], [(spec.features,)])
            return
        count = frames.count(spec.window)
        for known in (0, count - 1):
            samples = frames.samples(count - known), spec.channels
            self._graph.require([samples, (known, frames.width)], [(spec.features,), (count, frames.width)])


class Head:
    """The replaceable graph: (feature,) -> (label,) log-probabilities."""

    def __init__(self, content: bytes, path: Path) -> None:
        self.content = content
        """The file, from which a calibration starts."""
        self._graph = Graph(content, path)
        self.own = unpacked(self._graph.metadata.get(OWN_KEY))
        """Tensors of the frozen graph that belong to this head: its features are computed with them."""
        self.spec = spec_of(HeadSpec, self._graph, path)
        if not self._graph.width:
            raise ModelUnreadable(f"{path} does not say how many features it takes; export it with palmaris train")
        self._graph.require([(self._graph.width,)], [(len(self.spec.labels),)])

    def fits(self, encoder: ModelSpec) -> bool:
        """Whether it takes as many features as the encoder gives."""
        return self._graph.width == encoder.features

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head's file. Raises ``ModelUnknown`` or ``ModelUnreadable``."""
        return cls(read_model(path), path)

    def __call__(self, features: Array) -> Array:
        """(feature,) -> (label,)."""
        return self._graph(features)[0]

    def batch(self, features: Array) -> Array:
        """(image, feature) -> (image, label)."""
        return self._graph.batch(features)


class Model:
    """An encoder, with the tensors that the head's user has in it, and the head that works on its features.

    Raises:
        ModelMismatch: the head was fitted on another encoder, or the user's tensors do not fit.
    """

    def __init__(self, encoder: Encoder, head: Head) -> None:
        if head.spec.encoder != encoder.fingerprint:
            raise ModelMismatch(
                f"this head was not fitted on the features of {encoder.spec.name}: "
                "use the head that came with the model, or calibrate again"
            )
        self.encoder = encoder.with_own(head.own)
        self.head = head
        self.spec = encoder.spec

    def with_head(self, head: Head) -> "Model":
        """The same model with another head. Raises ``ModelMismatch``."""
        return Model(self.encoder, head)

    def __call__(self, window: Array) -> Array:
        """(window, channel) -> (label,) log-probabilities."""
        return self.head(self.encoder(window))


def shipped_models() -> list[str]:
    """Names of the models that come with Palmaris."""
    return sorted(path.name.removesuffix(HEAD_SUFFIX) for path in ZOO.glob(f"*{HEAD_SUFFIX}"))


def load_model(name: str) -> Model:
    """A shipped model by name, or ``path/to/model.onnx`` with ``model.head.onnx`` beside it.

    Raises:
        ModelUnknown: there is no such model.
        ModelUnreadable: a file is damaged or not a model of ours.
        ModelMismatch: its two graphs do not belong together, or it answers with text or events.
    """
    path = Path(name) if name.endswith(".onnx") else ZOO / f"{name}.onnx"
    if not path.is_file():
        raise ModelUnknown(
            f"no model {name!r}; shipped: {', '.join(shipped_models())}; or give the path of an .onnx file"
        )
    return Model(Encoder(path), Head.load(path.with_name(path.stem + HEAD_SUFFIX)))


def read_model(path: Path) -> bytes:
    """The content of a model's file, no more than is allowed. Raises ``ModelUnknown``."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise ModelUnknown(
            f"cannot read {path} ({error.strerror}): a model is two files, NAME.onnx and NAME.head.onnx"
        ) from error


def _require_harmless(content: bytes, path: Path) -> None:
    if len(content) > LARGEST:
        raise ModelUnreadable(f"{path} has more than {LARGEST >> 20} MB; export a smaller model")
    if _ELSEWHERE.search(content):
        raise ModelUnreadable(f"{path} keeps its weights in another file; export it as one file")


def spec_of(kind: type[S], graph: Graph, path: Path) -> S:
    """What the metadata of a graph say. Raises ``ModelUnreadable``."""
    try:
        return kind.model_validate_json(graph.metadata[SPEC_KEY])
    except (KeyError, ValidationError) as error:
        raise ModelUnreadable(f"{path} does not say what it expects; export it with palmaris train") from error
