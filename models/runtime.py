"""ONNX Runtime sessions: the frozen graph and the head. No torch here: the service must start fast and small."""

import hashlib
from pathlib import Path
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from pydantic import ValidationError

from models.errors import ModelMismatch, ModelUnknown, ModelUnreadable
from models.spec import HeadSpec, ModelSpec

ZOO: Final = Path(__file__).parent / "zoo"
S = TypeVar("S", ModelSpec, HeadSpec)

SPEC_KEY: Final = "palmaris.spec"
HEAD_SUFFIX: Final = ".head.onnx"

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
    """One ONNX graph with one input and one output, on one thread.

    Windows are small: a second thread costs more in waking than it saves, and a single one gives the same bits on
    every run.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except _DAMAGED as error:
            raise ModelUnreadable(f"{path} is not a whole ONNX model; copy or export it again") from error
        self._input = self._session.get_inputs()[0].name
        self.width = self._session.get_inputs()[0].shape[-1]
        """Length of the input's last axis; a name where the graph leaves it open."""
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map

    def one(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """One item, without a batch axis. Never batched: a batch may round differently than its items alone."""
        y: npt.NDArray[np.float32] = self._session.run(None, {self._input: x[np.newaxis]})[0][0]
        return y


class Encoder:
    """The frozen graph: (window, channel) microvolts -> (feature,)."""

    def __init__(self, path: Path) -> None:
        content = _read(path)
        self.fingerprint = hashlib.sha256(content).hexdigest()
        self._graph = Graph(content, path)
        self.spec = _spec(ModelSpec, self._graph, path)

    def __call__(self, window: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(window, channel) -> (feature,)."""
        return self._graph.one(window)


    def stream(self, hop: int) -> "WindowByWindow":
        """What turns the overlapping windows of one stream into features, ``hop`` samples apart."""
        return WindowByWindow(self)


class WindowByWindow:
    """Each window on its own: nothing is shared between windows that overlap."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, window: npt.NDArray[np.float32], end: int) -> npt.NDArray[np.float32]:
        """(window, channel) that ends ``end`` samples after the last reset -> (feature,)."""
        return self._encoder(window)

    def reset(self) -> None:
        """Nothing is remembered."""


class Head:
    """The replaceable graph: (feature,) -> (label,) log-probabilities."""

    def __init__(self, content: bytes, path: Path) -> None:
        self.content = content
        """The file, from which a calibration starts."""
        self._graph = Graph(content, path)
        self.spec = _spec(HeadSpec, self._graph, path)

    def fits(self, encoder: ModelSpec) -> bool:
        """Whether it takes as many features as the encoder gives."""
        return self._graph.width in (encoder.features, None) or isinstance(self._graph.width, str)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a head's file. Raises ``ModelUnknown`` or ``ModelUnreadable``."""
        return cls(_read(path), path)

    def __call__(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(feature,) -> (label,)."""
        return self._graph.one(features)


class Model:
    """An encoder and the head that works on its features.

    Raises:
        ModelMismatch: the head was fitted on another encoder.
    """

    def __init__(self, encoder: Encoder, head: Head) -> None:
        if head.spec.encoder != encoder.fingerprint:
            raise ModelMismatch(
                f"this head was not fitted on the features of {encoder.spec.name}: "
                "use the head that came with the model, or calibrate again"
            )
        self.encoder = encoder
        self.head = head
        self.spec = encoder.spec

    def __call__(self, window: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
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
        ModelMismatch: its two graphs do not belong together.
    """
    path = Path(name) if name.endswith(".onnx") else ZOO / f"{name}.onnx"
    if not path.is_file():
        raise ModelUnknown(
            f"no model {name!r}; shipped: {', '.join(shipped_models())}; or give the path of an .onnx file"
        )
    return Model(Encoder(path), Head.load(path.with_name(path.stem + HEAD_SUFFIX)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelUnknown(
            f"cannot read {path} ({error.strerror}): a model is two files, NAME.onnx and NAME.head.onnx"
        ) from error


def _spec(kind: type[S], graph: Graph, path: Path) -> S:
    try:
        return kind.model_validate_json(graph.metadata[SPEC_KEY])
    except (KeyError, ValidationError) as error:
        raise ModelUnreadable(f"{path} does not say what it expects; export it with palmaris train") from error
