"""Pictures of a generated set beside the real windows: what to look at before it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.signal import welch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from models.augmentation.gaussians import Features
from models.augmentation.judges import K_NEAREST, Side

ROWS: Final = 8
"""Gestures shown, the first ones."""
POINTS: Final = 400
"""Of each kind in the map of features."""
SPARSE: Final = 0.1
"""Share of the real windows that is called sparse: those whose fifth neighbour is furthest."""
DEEP: Final = 1e6
"""Powers shown, the highest over the lowest."""
REAL, MADE = "#1b6ca8", "#d1495b"
COLOURS: Final = ("#1b6ca8", "#e08e0b", "#3a7d44", "#8c5e9e", "#d1495b", "#17a2a2", "#a0522d", "#4d5359")
INCH: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is drawn: real and generated windows of the same gestures."""

    labels: Sequence[str]
    rate_hz: float
    real: Side
    """(m, T, C) microvolts."""
    made: Side
    """(n, T, C) microvolts."""

    def pair(self, label: int) -> tuple[Features, Features]:
        """Real and generated windows of a gesture."""
        return self.real.x[self.real.y == label], self.made.x[self.made.y == label]


def draw_windows(shown: Shown, title: str, file: Path) -> None:
    """A row per gesture: a real window, a generated one, and the mean spectra of all; PNG or SVG by the file's name."""
    rows = min(len(shown.labels), ROWS)
    figure = Figure((5 * INCH, INCH * rows + 0.5), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(rows, 3, squeeze=False, width_ratios=(3, 3, 2))
    for label, (left, middle, right) in enumerate(axes):
        real, made = shown.pair(label)
        reach = 1.1 * float(np.abs(real[0]).max())
        for axis, windows, kind, colour in ((left, real, "real", REAL), (middle, made, "generated", MADE)):
            _signal(axis, windows, shown.rate_hz, reach, colour)
            axis.set_title(f"{shown.labels[label]}, {kind}", fontsize="small")
            _spectrum(right, windows, shown.rate_hz, colour, kind)
        right.set_title("mean spectrum", fontsize="small")
        right.legend(fontsize="x-small")
    for axis in axes[-1, :2]:
        axis.set_xlabel("ms")
    axes[-1, 2].set_xlabel("Hz")
    figure.savefig(file, dpi=100)


def draw_features(labels: Sequence[str], real: Side, made: Side, title: str, file: Path) -> None:
    """Two maps of semantic features: principal components, and t-SNE. Sparse real windows are circled."""
    figure = Figure((6 * INCH, 3.2 * INCH), layout="constrained")
    figure.suptitle(title)
    real, made = _some(real), _some(made)
    together = np.concatenate([real.x, made.x])
    maps = {"principal components": PCA(2).fit(real.x).transform(together), "t-SNE": _neighbours_kept(together)}
    rare = _sparse(real)
    for axis, (name, places) in zip(figure.subplots(1, 2), maps.items(), strict=True):
        _map(axis, labels, Side(places[: len(real.x)], real.y), Side(places[len(real.x) :], made.y))
        across, up = places[: len(real.x)][rare].T
        axis.scatter(across, up, s=60, facecolors="none", edgecolors="#222222", linewidths=0.8, label="real, sparse")
        axis.set_title(name, fontsize="small")
        axis.set_xticks([])
        axis.set_yticks([])
    named = figure.axes[0].get_legend_handles_labels()
    columns = min(len(labels) + 1, 8)
    figure.legend(*named, loc="outside lower center", ncols=columns, fontsize="x-small")  # where it hides no window
    figure.savefig(file, dpi=100)


def _signal(axis: Axes, windows: Features, rate_hz: float, reach: float, colour: str) -> None:
    """The channels of the first window, one above the other."""
    if not len(windows):
        axis.text(0.5, 0.5, "none was made", ha="center", transform=axis.transAxes)
        return
    time = 1000 * np.arange(windows.shape[1]) / rate_hz
    channels = windows.shape[2]
    axis.plot(time, windows[0] - 2 * reach * np.arange(channels), color=colour, linewidth=0.5)
    axis.set_ylim(-(2 * channels - 1) * reach, reach)
    axis.set_yticks([0, reach], ["0", f"{reach:.0f} µV"], fontsize="x-small")


def _spectrum(axis: Axes, windows: Features, rate_hz: float, colour: str, name: str) -> None:
    """Mean over windows and channels, up to where filtered EMG ends."""
    if not len(windows):
        return
    frequency, power = welch(windows, rate_hz, nperseg=min(256, windows.shape[1]), axis=1)
    mean = power.mean(axis=(0, 2))[1:]  # without what does not swing
    axis.semilogy(frequency[1:], mean, color=colour, linewidth=0.9, label=name)
    axis.set_xlim(0, min(600, rate_hz / 2))
    axis.set_ylim(bottom=max(axis.get_ylim()[0], mean.max() / DEEP))


def _map(axis: Axes, labels: Sequence[str], real: Side, made: Side) -> None:
    for label, name in enumerate(labels):
        colour = COLOURS[label % len(COLOURS)]
        (across, up), (made_across, made_up) = real.x[real.y == label].T, made.x[made.y == label].T
        axis.scatter(across, up, s=14, color=colour, alpha=0.5, linewidths=0, label=f"{name}, real")
        axis.scatter(made_across, made_up, s=20, color=colour, marker="x", linewidths=0.8, label=f"{name}, made")


def _sparse(real: Side) -> npt.NDArray[np.bool_]:
    """Which real windows are furthest from the others of their gesture."""
    reach = np.zeros(len(real.x))
    for label in np.unique(real.y):
        own = real.x[real.y == label]
        near = NearestNeighbors(n_neighbors=min(K_NEAREST, len(own) - 1)).fit(own)
        reach[real.y == label] = near.kneighbors()[0][:, -1]
    sparse: npt.NDArray[np.bool_] = reach > np.quantile(reach, 1 - SPARSE)
    return sparse


def _some(side: Side) -> Side:
    """At most ``POINTS``, evenly."""
    at = np.unique(np.linspace(0, len(side.x) - 1, min(POINTS, len(side.x))).astype(np.int64))
    return Side(side.x[at], side.y[at])


def _neighbours_kept(x: Features) -> Features:
    places: Features = TSNE(perplexity=min(30, (len(x) - 1) / 3), init="pca", random_state=0).fit_transform(x)
    return places
