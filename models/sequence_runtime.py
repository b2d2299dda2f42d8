"""A network that remembers, as one ONNX graph: frames and states in, answers and states out. No torch here.

The features that its last layer takes come out too: a calibration learns from them what a user has for themselves.
"""

from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import ModelUnreadable
from models.pipeline.front_end import frame_shape, heard
from models.pipeline.rolling_norm import Prior
from models.runtime import Array, FrozenGraph, Graph
from models.spec import ModelSpec

PRIOR_KEY: Final = "palmaris.prior"
_TRIED: Final = 3
"""Answers that a graph is tried on when it is loaded."""


class _Statistics(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    mean: list[float]
    variance: list[float]


def prior_text(prior: Prior) -> str:
    """Statistics of the training as metadata of a graph."""
    return _Statistics(mean=prior.mean.ravel().tolist(), variance=prior.variance.ravel().tolist()).model_dump_json()


class SequenceModel(FrozenGraph):
    """A graph, what it promises, and the statistics it starts from.

    Raises:
        ModelUnknown: there is no such file.
        ModelUnreadable: it is no model of ours, or does not do what it promises.
        ModelMismatch: it is a model of windows or images.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        says = self.spec.require_sequence()
        self.prior = None if says.rolling is None else _prior(self._graph, self.spec, path)
        self._shapes = list(says.states.values())
        answers, features = (_TRIED, self.spec.answers), (_TRIED, self.spec.features)
        self._graph.require([heard(_TRIED, self.spec), *self._shapes], [answers, *self._shapes, features])

    def start(self) -> list[Array]:
        """The states of a stream that heard nothing yet."""
        return [np.zeros(shape, np.float32) for shape in self._shapes]

    def __call__(self, x: Array, states: list[Array]) -> tuple[Array, list[Array]]:
        """What was heard, and the states before it -> (answer, class), and the states after it."""
        answers, states, _ = self.hear(x, states)
        return answers, states

    def hear(self, x: Array, states: list[Array]) -> tuple[Array, list[Array], Array]:
        """As a call, and the features of each answer, (answer, F)."""
        answers, *after, features = self._graph(x, *states)
        return answers, after, features


def _prior(graph: Graph, spec: ModelSpec, path: Path) -> Prior:
    shape = frame_shape(spec)
    try:
        found = _Statistics.model_validate_json(graph.metadata[PRIOR_KEY])
        mean, variance = (np.reshape(values, shape) for values in (found.mean, found.variance))
    except (KeyError, ValueError, ValidationError) as error:
        raise ModelUnreadable(f"{path} does not say what its normalisation starts from; export it again") from error
    if (variance < 0).any():
        raise ModelUnreadable(f"{path} starts its normalisation from a negative variance; export it again")
    return Prior(mean, variance)
