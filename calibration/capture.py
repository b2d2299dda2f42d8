"""Cuts finished trials out of a stream: the features that the live path computed anyway, and what the signal was like.

It is fed with everything and remembers the last seconds, because a hold may begin in the middle of a chunk and is only
judged when it is over. So the pieces in which a stream arrives change nothing, and a recording gives what a live stream
gave.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.causes import Cause
from calibration.heard import Heard, Recent, Samples
from calibration.onset import SILENT_UV, OnsetDetector, RestLevel, Span
from calibration.plan import Trial
from calibration.quality import Evidence, Quality, Verdict, judge_trial
from models.spec import REST, ModelSpec

Features = npt.NDArray[np.float32]
Image = npt.NDArray[np.float32]
"""(row, column)."""


@dataclass(frozen=True, slots=True, eq=False)
class CapturedTrial:
    """What is learned from: the windows of one hold that lie wholly within the steady part."""

    gesture: str
    repetition: int
    position: str | None
    span: Span
    """The steady part."""
    features: Features
    """(window, feature) frozen features of the live path."""
    last: npt.NDArray[np.int64]
    """(window,) index of each window's last sample."""
    amplitudes: npt.NDArray[np.float32]
    """(window,) microvolts, filtered."""
    quality: Quality
    """Of the signal during the hold."""
    snr_db: tuple[float, ...] | None
    """Of each channel: steady part over rest; ``None`` where no rest is known."""
    raw: npt.NDArray[np.float32] | None
    """(time, channel) unfiltered microvolts of the whole hold, NaN where lost; ``None`` unless it was to be kept."""
    images: npt.NDArray[np.float32] | None = None
    """(window, row, column): the newest of each, of a model of images."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What the live path made of a window."""

    features: Features
    """(feature,)."""
    amplitude_uv: float
    image: Image | None


class TrialCapture:
    """Remembers the last ``keep_s`` seconds of a stream, as far as trials are concerned."""

    def __init__(self, spec: ModelSpec, keep_s: float, *, keep_raw: bool = False) -> None:
        """``keep_raw``: whether the user consented; otherwise no sample is remembered."""
        self._spec = spec
        self._heard = Heard(spec, keep_s, keep_raw=keep_raw)
        self._onset = OnsetDetector(self._heard.block, spec.rate_hz)
        self._decisions = Recent[Decision](round(keep_s * spec.rate_hz))

    def signal(self, samples: Samples, first: int) -> list[Quality]:
        """Take (time, channel) unfiltered microvolts whose first has the index ``first``; say how good they are."""
        return self._heard.feed(samples, first)

    def decision(self, last: int, features: Features, amplitude_uv: float = 0.0, image: Image | None = None) -> None:
        """Take what the live path made of the window that ends with the sample ``last``.

        Frozen features (feature,), amplitude and, of a model of images, the newest image.
        """
        kept = None if image is None else image.copy()  # it is a part of a hop's images
        self._decisions.add(last, Decision(features.astype(np.float32).ravel(), amplitude_uv, kept))

    def amplitudes(self, during: Span) -> npt.NDArray[np.float64]:
        """(window,) microvolts of the windows that lie wholly within."""
        return np.array([seen.amplitude_uv for seen in self._decisions.within(during, self._spec.window)])

    def quality(self, during: Span) -> Quality | None:
        """Of the signal in that time; ``None`` where no whole second of it is there."""
        return self._heard.quality(during)

    def rest_level(self, during: Span) -> RestLevel | None:
        """Of an arm that was at rest in that time; ``None`` where nothing of it is there."""
        return self._heard.rest_level(during)

    def cut(
        self, trial: Trial, hold: Span, rest: RestLevel | None, excused: Collection[int] = ()
    ) -> CapturedTrial | Verdict:
        """The trial that was held in that time, or why nothing can be learned from it.

        Call it when everything up to the end of the hold was fed. ``rest``: as measured before, ``None`` if it is
        unknown; ``excused``: channels, from 0, whose faults the clinician goes on with.
        """
        blocks = self._heard.blocks(hold)
        find = self._onset.rest if trial.gesture == REST else self._onset.contraction
        found = find(blocks, hold, rest)
        quality = self.quality(hold)
        evidence = Evidence(trial.gesture, hold, self._spec.rate_hz, self._heard.received(hold), found, quality)
        verdict = judge_trial(evidence, excused)
        if found is None or quality is None or not verdict.accepted:
            return verdict
        windows = self._decisions.pairs(found, self._spec.window)
        if not windows:
            return Verdict((Cause("gaps", "no window without a gap was left: check the connection of the device"),))
        last, seen = zip(*windows, strict=True)
        return CapturedTrial(
            trial.gesture,
            trial.repetition,
            trial.position,
            found,
            np.stack([decision.features for decision in seen]),
            np.array(last, np.int64),
            np.array([decision.amplitude_uv for decision in seen], np.float32),
            quality,
            self._snr_db(found, rest),
            self._heard.raw(hold),
            _stacked([decision.image for decision in seen]),
        )

    def _snr_db(self, steady: Span, rest: RestLevel | None) -> tuple[float, ...] | None:
        if rest is None:
            return None
        rms = np.median([block.rms_uv for block in self._heard.blocks(steady)], axis=0)
        ratio = np.maximum(rms, SILENT_UV) / np.maximum(rest.rms_uv, SILENT_UV)
        return tuple((20 * np.log10(ratio)).tolist())


def _stacked(images: list[Image | None]) -> npt.NDArray[np.float32] | None:
    shown = [image for image in images if image is not None]
    return np.stack(shown) if len(shown) == len(images) else None
