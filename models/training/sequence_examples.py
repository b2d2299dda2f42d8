"""Stretches of long recordings as batches: what a network hears, and what it should say.

A key belongs to an example if it went down in the middle of it; the ``Recipe.past`` before is heard only, and the
``Recipe.future`` after is what the network may wait for. Each example is heard as a live stream that begins there: from
the prior of the normalisation and from silent states.

B batch, T frame or sample, t answer, C channel, F frequency, K event.
"""

from collections.abc import Sequence as Row
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.datasets.sequences import Sequence
from models.errors import DatasetError
from models.networks.rotation_mlp import ELECTRODES
from models.pipeline.filters import StreamFilter, design
from models.pipeline.front_end import frames_of
from models.pipeline.rolling_norm import Prior, RollingNorm
from models.pipeline.spectrogram import SIZE
from models.spec import ModelSpec
from models.training.event_targets import UNCOUNTED, pulses
from models.training.loop import Batches
from models.training.sequence_augment import augment_frames, rotate
from models.training.sequence_recipes import Recipe
from models.training.wrist_speeds import speeds

Array = npt.NDArray[np.float32]

LONGEST_HOLD_S: Final = 10
"""How long before an example a finger may have gone down that is still down in it."""
PIECE: Final = 20_000
"""Samples whose frames are computed at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an example lies."""

    recording: int
    start: int
    """Its first sample, the past that is heard only included."""


class Examples:
    """Recordings of one spec, filtered once, and the examples that a recipe cuts from them.

    Raises:
        DatasetError: a recording has another rate or number of channels, a key is no label of the model, or no
            recording is as long as an example.
    """

    def __init__(self, recordings: Row[Sequence], recipe: Recipe, spec: ModelSpec) -> None:
        self._recipe = recipe
        self._spec = spec
        self._class = {label: number for number, label in enumerate(spec.require_sequence().labels)}
        for recording in recordings:
            self._require(recording)
        self._recordings = list(recordings)
        self._signals = [_filtered(recording.signal, spec) for recording in recordings]
        slow = spec.require_sequence().front == "mpf"
        self._frames = [_frames(signal, spec) for signal in self._signals] if slow else []
        """Those that take too long to be computed in each epoch anew; of examples that begin with a hop."""
        self.size = recipe.past + recipe.length + recipe.future
        self.places = [
            Place(number, start)
            for number, signal in enumerate(self._signals)
            for start in range(0, len(signal) - self.size + 1, recipe.length)
        ]
        if not self.places:
            raise DatasetError(f"no recording has the {self.size / spec.rate_hz:g} s of an example: give longer ones")

    def prior(self) -> Prior:
        """Mean and variance of all frames."""
        pieces = (signal[at : at + PIECE] for signal in self._signals for at in range(0, len(signal), PIECE))
        return Prior.of(frames_of(piece, self._spec) for piece in pieces if len(piece) >= self._spec.window)

    def learn(self, prior: Prior | None) -> Batches:
        """One epoch in a drawn order, each example moved and augmented; draws come from torch's generator."""
        for part in torch.randperm(len(self.places)).split(self._recipe.batch):
            moved = [self._moved(self.places[int(number)]) for number in part]
            x, y = self._batch(moved, self._kept_samples(), prior, self._recipe.augmentation.jitter)
            yield self._augmented(x), y

    def judge(self, prior: Prior | None) -> Batches:
        """All examples as they are."""
        for first in range(0, len(self.places), self._recipe.batch):
            yield self._batch(self.places[first : first + self._recipe.batch], self.size, prior, 0)

    def _require(self, recording: Sequence) -> None:
        spec, channels = self._spec, recording.signal.shape[1]
        if (recording.rate_hz, channels) != (spec.rate_hz, spec.channels):
            raise DatasetError(
                f"{recording.user} {recording.session} has {channels} channels at {recording.rate_hz:g} Hz, the recipe "
                f"wants {spec.channels} at {spec.rate_hz:g} Hz: give recordings of one kind"
            )
        if spec.kind != "control" and (unknown := set(recording.keys) - set(self._class)):
            raise DatasetError(f"{min(unknown)!r} in {recording.user} {recording.session} is no label of the model")

    def _answers(self, size: int) -> int:
        return (size - self._spec.window) // self._spec.hop + 1

    def _kept_samples(self) -> int:
        """Samples of an example, cropped."""
        crop = self._recipe.augmentation.crop
        return min(self.size, SIZE + (crop - 1) * self._spec.hop) if crop else self.size

    def _moved(self, place: Place) -> Place:
        """Up to one length later, and a crop anywhere in it."""
        room = len(self._signals[place.recording]) - self._kept_samples() - place.start
        most = min(self._recipe.length - 1 + self.size - self._kept_samples(), room)
        start = place.start + int(torch.randint(0, most + 1, ()))
        return Place(place.recording, start - start % self._spec.hop if self._frames else start)

    def _batch(self, places: Row[Place], size: int, prior: Prior | None, jitter: int) -> tuple[Tensor, Tensor]:
        if self._frames:
            answers = self._answers(size)
            at = [(place.recording, place.start // self._spec.hop) for place in places]
            x = np.stack([self._frames[number][first : first + answers] for number, first in at])  # (B, t, 6, 4, C)
        else:
            x = self._heard(np.stack([self._cut(place, size, jitter) for place in places], axis=1), prior)
        targets = [self._target(place, size) for place in places]
        length = max(len(target) for target in targets)
        y = np.full((len(targets), length, *targets[0].shape[1:]), UNCOUNTED, targets[0].dtype)
        for row, target in zip(y, targets, strict=True):
            row[: len(target)] = target
        return torch.from_numpy(x), torch.from_numpy(y)

    def _cut(self, place: Place, size: int, jitter: int) -> Array:
        """(T, C); the second band up to ``jitter`` samples earlier or later than the first."""
        signal = self._signals[place.recording]
        if not jitter or signal.shape[1] == ELECTRODES:
            return signal[place.start : place.start + size]
        by = int(torch.randint(-jitter, jitter + 1, ()))
        other = min(max(place.start + by, 0), len(signal) - size)
        first, second = signal[:, :ELECTRODES], signal[:, ELECTRODES:]
        return np.concatenate([first[place.start : place.start + size], second[other : other + size]], axis=1)

    def _heard(self, signals: Array, prior: Prior | None) -> Array:
        """(T, B, C) samples -> (B, T, C, F) frames, or (B, T, C)."""
        samples, batch, channels = signals.shape
        x = frames_of(signals.reshape(samples, batch * channels), self._spec)
        x = x.reshape(len(x), batch, channels, *x.shape[2:])
        rolling = self._spec.require_sequence().rolling
        if prior is not None and rolling is not None:
            x = RollingNorm(prior, rolling)(x)
        return np.ascontiguousarray(x.swapaxes(0, 1))

    def _augmented(self, x: Tensor) -> Tensor:
        how = self._recipe.augmentation
        front = self._spec.require_sequence().front
        if front == "samples":
            return rotate(x, how.rotation, channels=2)
        if front == "mpf":
            return rotate(x, how.rotation, channels=4)
        return augment_frames(x, how, self._spec.rate_hz / SIZE)

    def _target(self, place: Place, size: int) -> npt.NDArray[np.int64] | Array:
        """Classes of the keys, (key,); of kind ``events`` 0, 1 or ``UNCOUNTED``, (answer, event); else speeds."""
        recording = self._recordings[place.recording]
        if self._spec.kind == "control":
            unasked, hop = self._recipe.past // self._spec.hop, self._spec.hop
            first = place.start + self._spec.window - 1 + unasked * hop
            return speeds(recording, first, hop, self._answers(size) - unasked)
        if self._spec.kind == "events":
            return self._pulses(recording, place.start, size)
        low, high = np.searchsorted(
            recording.times, (place.start + self._recipe.past, place.start + size - self._recipe.future)
        )
        return np.array([self._class[key] for key in recording.keys[low:high]], np.int64)

    def _pulses(self, recording: Sequence, start: int, size: int) -> npt.NDArray[np.int64]:
        answers = self._answers(size)
        since = max(0, start - LONGEST_HOLD_S * int(self._spec.rate_hz))
        near = recording.between(since, start + size)
        return pulses(near, tuple(self._class), start - since + self._spec.window - 1, self._spec.hop, answers)


def _filtered(signal: Array, spec: ModelSpec) -> Array:
    """(time, channel), in pieces, as a stream is filtered."""
    stream, y = StreamFilter(design(spec.filters, spec.rate_hz)), np.empty(signal.shape, np.float32)
    for at in range(0, len(signal), PIECE):
        y[at : at + PIECE] = stream(signal[at : at + PIECE])
    return y


def _frames(signal: Array, spec: ModelSpec) -> Array:
    """Of a whole recording, one each hop, piece by piece."""
    size = PIECE - PIECE % spec.hop
    pieces = [signal[at : at + size + spec.window - spec.hop] for at in range(0, len(signal), size)]
    return np.concatenate([frames_of(piece, spec) for piece in pieces if len(piece) >= spec.window])
