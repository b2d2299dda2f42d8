"""How strong a user's efforts are: from the amplitudes of recorded windows to the scale of the intensity."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError
from models.pipeline.intensity import amplitude_uv
from models.spec import REST, EffortSpec
from models.training.windows import Windows

Amplitudes = npt.NDArray[np.float64]

FIRM: Final = 0.9
"""Quantile of a gesture's amplitudes that counts as firm: high, but not one jerk."""
RESTLESS: Final = 0.95
"""Quantile of rest at the lower side of the gate: people stir while they rest."""
LIGHT: Final = 0.25
"""Quantile of light efforts at the upper side: low, but one gesture the electrodes hardly see must not decide."""


def amplitudes_of(windows: Iterable[npt.NDArray[np.float32]]) -> Amplitudes:
    """Windows (time, channel) of filtered microvolts -> (window,) microvolts, the very numbers of the live path."""
    return np.array([amplitude_uv(window) for window in windows])


def effort_of(labels: Sequence[str], windows: Windows) -> EffortSpec | None:
    """The scale of everybody in these windows; ``None`` where they have none."""
    try:
        return effort_from(labels, amplitudes_of(windows.x), windows.y)
    except DatasetError:
        return None


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The amplitude of a relaxed hand."""

    median_uv: float
    restless_uv: float
    """Where people stir."""

    @classmethod
    def of(cls, amplitudes: Amplitudes) -> Self:
        """Of (window,) microvolts, at least one."""
        return cls(float(np.median(amplitudes)), float(np.quantile(amplitudes, RESTLESS)))


def effort_from(
    labels: Sequence[str],
    amplitudes: Amplitudes,
    y: npt.NDArray[np.int64],
    rest: Relaxed | None = None,
    light: Amplitudes | None = None,
) -> EffortSpec:
    """The scale of a head with these labels.

    ``amplitudes`` (window,) microvolts with ``y`` (window,) label indices are firm efforts, or any mixture of which the
    upper part is firm. ``rest`` is a relaxed hand, ``light`` (window,) microvolts are light efforts of all gestures
    together. Where rest is one of the labels, its windows give the floor, and no gate is needed. Where rest
    was recorded apart, a gate is put between it and the light efforts, or, if there are none, the lower part of
    ``amplitudes``.

    Raises:
        DatasetError: a label has no window, or efforts do not stand out from rest.
    """
    if missing := [label for k, label in enumerate(labels) if not np.any(y == k)]:
        raise DatasetError(f"no window of {', '.join(missing)}: record a firm effort of each gesture")
    of = {label: amplitudes[y == k] for k, label in enumerate(labels)}
    rest_uv, gate_uv = 0.0, None
    if REST in of:
        rest_uv = float(np.median(of[REST]))
    elif rest is not None:
        rest_uv, gate_uv = rest.median_uv, _gate(rest, amplitudes if light is None else light)
    firm_uv = tuple(None if label == REST else _firm(of[label], rest_uv) for label in labels)
    return EffortSpec(rest_uv=rest_uv, gate_uv=gate_uv, firm_uv=firm_uv)


def _firm(amplitudes: Amplitudes, rest_uv: float) -> float | None:
    firm_uv = float(np.quantile(amplitudes, FIRM))
    return firm_uv if firm_uv > rest_uv else None


def _gate(rest: Relaxed, light: Amplitudes) -> float:
    """The geometric mean of restless rest and weak light efforts: as many decibels from either.

    Where the two overlap it lies between them all the same.
    """
    gate_uv = math.sqrt(rest.restless_uv * np.quantile(light, LIGHT))
    if not gate_uv > rest.median_uv > 0:
        raise DatasetError(
            f"light efforts ({np.median(light):.1f} uV) do not stand out from rest ({rest.median_uv:.1f} uV): "
            "check the electrodes, then record rest and light efforts again"
        )
    return gate_uv
