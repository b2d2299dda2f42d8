"""The live path of a model that remembers, as a plain object: feed it samples, it gives the answers that are due."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.front_end import FrontEnd
from models.sequence_runtime import SequenceModel

Array = npt.NDArray[np.float32]
Samples = npt.NDArray[np.floating]

MOST: Final = 1000
"""Answers that one call of a graph gives at most, so that a long chunk needs no more memory than a short one."""


class SequenceStream:
    """One stream: any chunking gives the answers of the whole recording, to 1e-5; no later sample changes one.

    Answer ``i`` since the last reset rests on the samples before ``model.spec.window + i * model.spec.hop``.

    Raises:
        ModelMismatch: the model reads a recording to its end before it answers.
    """

    def __init__(self, model: SequenceModel) -> None:
        model.spec.require_live()
        self.model = model
        self._front = FrontEnd(model.spec, model.prior)
        self._none = np.zeros((0, model.spec.answers), np.float32)
        self._featureless = np.zeros((0, model.spec.features), np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next sample starts a new stream, as after a gap."""
        self._front.reset()
        self._states = self.model.start()

    def use(self, model: SequenceModel) -> None:
        """Answer with the same graph, another user's tensors in it: what was heard stays heard."""
        self.model = model

    def feed(self, samples: Samples) -> Array:
        """(time, channel) microvolts -> (answer, class), those now due.

        Raises ``ValueError`` for another number of channels.
        """
        return self.hear(samples)[0]

    def hear(self, samples: Samples) -> tuple[Array, Array]:
        """As ``feed``, and the features that the last layer made the answers of: (answer, class), (answer, F)."""
        if samples.shape[1:] != (self.model.spec.channels,):
            raise ValueError(f"samples of {self.model.spec.channels} channels were promised, these are {samples.shape}")
        heard = [self._answer(piece) for piece in self._pieces(samples)]
        answers, features = zip((self._none, self._featureless), *heard, strict=True)
        return np.concatenate(answers), np.concatenate(features)

    def _pieces(self, samples: Samples) -> Iterator[Array]:
        """What the network hears, for no more than so many answers at once."""
        most = MOST * self.model.spec.hop
        for first in range(0, len(samples), most):
            heard = self._front.feed(samples[first : first + most])
            if len(heard):
                yield heard

    def _answer(self, heard: Array) -> tuple[Array, Array]:
        answers, self._states, features = self.model.hear(heard, self._states)
        return answers, features


def answer_whole(model: SequenceModel, samples: Samples) -> Array:
    """(time, channel) microvolts of a whole recording -> (answer, class); also of a model that cannot answer live."""
    if model.spec.require_sequence().live:
        return SequenceStream(model).feed(samples)
    heard = FrontEnd(model.spec, model.prior).feed(samples)
    return model(heard, [])[0] if len(heard) else np.zeros((0, model.spec.answers), np.float32)
