"""Each row of the papers' tables by name: what to train, on what, and how long.

Rows of the UCLA report ("Comparing Encoder Architectures for EMG Classification") keep its names. Its networks of two
directions answer offline only; ``-live`` are their twins of one direction with the rolling normalisation. Where the
report is silent or its words do not fit its counts we chose what the design notes give as most likely: the noise is on
the logarithms of power, "1 kHz" is a hop of 32 samples in half as long a window, a crop keeps 512 frames and the keys
that were pressed in them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from models.errors import ModelUnknown
from models.networks.neuromotor import KERNEL, STRIDE, EventLSTM, WristLSTM
from models.networks.recurrent_text import RecurrentText
from models.networks.rotation_mlp import ELECTRODES
from models.networks.sequence_network import SequenceNetwork
from models.networks.small_text import SmallText
from models.networks.splash_net import SplashNet
from models.networks.tds import TDSText
from models.pipeline.front_end import SUPPORTS
from models.spec import FilterSpec, FrontKind, Kind, ModelSpec, RollingSpec, SequenceSpec
from models.training.sequence_augment import SequenceAugmentation

HIGH_PASS: Final = FilterSpec(low_hz=40.0, high_hz=None, mains_hz=None)
"""What the recordings of both public sets went through."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One row."""

    about: str
    build: Callable[[int, int], SequenceNetwork] = field(repr=False)
    """(classes, bands of 16 electrodes) -> the network, its weights drawn at random."""
    front: FrontKind
    augmentation: SequenceAugmentation
    rolling: RollingSpec | None = None
    kind: Kind = "sequence"
    hop: int = 16
    """Samples from one answer to the next."""
    length: int = 8000
    """Samples of an example, without its surroundings."""
    past: int = 1800
    """Samples before them that the network hears, and is not asked about."""
    future: int = 200
    """Samples after them that it may wait for."""
    epochs: int = 40
    warm_up: int = 10
    """Epochs in which the rate rises."""
    rate: float = 1e-3
    batch: int = 32
    clip: float | None = None
    """Longest gradient."""

    def spec(self, name: str, network: SequenceNetwork, channels: int, labels: tuple[str, ...]) -> ModelSpec:
        """What a model of this recipe says of itself, at 2 kHz."""
        return ModelSpec(
            name=name,
            kind=self.kind,
            rate_hz=2000.0,
            channels=channels,
            window=SUPPORTS.get(self.front, KERNEL),
            hop=self.hop,
            filters=HIGH_PASS,
            features=network.out.in_features,
            sequence=SequenceSpec(
                front=self.front,
                labels=labels,
                states=network.states,
                live=bool(network.states),
                warming=network.warming,
                rolling=self.rolling,
            ),
        )


def recipe(name: str) -> Recipe:
    """The recipe of that name. Raises ``ModelUnknown``, naming those that there are."""
    if name not in RECIPES:
        raise ModelUnknown(f"no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


def bands(channels: int) -> int:
    """How many wristbands give so many channels. Raises ``ModelUnknown`` where these are not one or two."""
    if channels not in (ELECTRODES, 2 * ELECTRODES):
        raise ModelUnknown(f"the recipes are for one or two bands of {ELECTRODES} electrodes, not {channels} channels")
    return channels // ELECTRODES


def _events(events: int, _bands: int) -> SequenceNetwork:
    return EventLSTM(events)


def _wrist(freedoms: int, _bands: int) -> SequenceNetwork:
    return WristLSTM(freedoms)


def _splash(classes: int, hands: int) -> SequenceNetwork:
    return SplashNet(classes, hands)


def _small(classes: int, number: int) -> SequenceNetwork:
    return SmallText(classes, number)


def _tds(classes: int, number: int, *, batch_norm: bool = False) -> SequenceNetwork:
    return TDSText(classes, number, batch_norm)


_PAPER: Final = SequenceAugmentation(rotation=1, jitter=120, time_masks=3, frequency_masks=2)
_NOISY: Final = replace(_PAPER, noise=0.01)
_ROLLING: Final = RollingSpec()

_CNN: Final = Recipe("emg2qwerty's convolutions", partial(_tds, batch_norm=True), "spectrogram", _PAPER)
_LSTM: Final = replace(
    _CNN, about="four layers of LSTM, offline", build=partial(RecurrentText, "lstm", both_ways=True, batch_norm=True)
)
_GRU: Final = replace(
    _CNN, about="four layers of GRU, offline", build=partial(RecurrentText, "gru", both_ways=True, batch_norm=True)
)
_CNN_LSTM: Final = replace(
    _CNN,
    about="convolutions, then LSTM, offline",
    build=partial(RecurrentText, "lstm", convolutions=True, both_ways=True, batch_norm=True),
)
_CNN_GRU: Final = replace(
    _CNN,
    about="convolutions, then GRU, offline",
    build=partial(RecurrentText, "gru", convolutions=True, both_ways=True, batch_norm=True),
)
_LIVE: Final = replace(_CNN, about="convolutions, live", build=_tds, rolling=_ROLLING, augmentation=_NOISY)

RECIPES: Final[Mapping[str, Recipe]] = {
    "cnn": _CNN,
    "lstm": _LSTM,
    "gru": _GRU,
    "cnn-lstm": _CNN_LSTM,
    "cnn-gru": _CNN_GRU,
    "cnn-gru-5-masks": replace(
        _CNN_GRU, about="cnn-gru, 5 masks over frequency", augmentation=replace(_PAPER, frequency_masks=5)
    ),
    "cnn-gru-1khz": replace(_CNN_GRU, about="cnn-gru, hop of 32 samples", hop=32, length=4000),
    "cnn-gru-noise": replace(_CNN_GRU, about="cnn-gru, noise", augmentation=_NOISY),
    "cnn-gru-noise-1khz": replace(
        _CNN_GRU, about="cnn-gru, noise, hop of 32 samples", augmentation=_NOISY, hop=32, length=4000
    ),
    "cnn-gru-noise-crop": replace(
        _CNN_GRU, about="cnn-gru, noise, crops of 512 frames", augmentation=replace(_NOISY, crop=512)
    ),
    "cnn-gru-noise-crop-smooth": replace(
        _CNN_GRU,
        about="cnn-gru, noise, crops of 512 frames, spectrum smoothed over 30 Hz",
        augmentation=replace(_NOISY, crop=512, smooth_hz=30.0),
    ),
    "emg2qwerty": replace(_CNN, about="emg2qwerty's own table: cnn for 150 epochs", epochs=150),
    "cnn-live": _LIVE,
    "lstm-live": replace(_LIVE, about="four layers of LSTM, live", build=partial(RecurrentText, "lstm")),
    "gru-live": replace(_LIVE, about="four layers of GRU, live", build=partial(RecurrentText, "gru")),
    "cnn-lstm-live": replace(
        _LIVE, about="convolutions, then LSTM, live", build=partial(RecurrentText, "lstm", convolutions=True)
    ),
    "cnn-gru-live": replace(
        _LIVE, about="convolutions, then GRU, live", build=partial(RecurrentText, "gru", convolutions=True)
    ),
    "splashnet": Recipe(
        "SplashNet: live, one set of weights for both hands; the one to prefer",
        _splash,
        "octaves",
        SequenceAugmentation(rotation=1, jitter=120, frequency_masks=2, frequency_width=12),
        _ROLLING,
        length=32000,
        epochs=150,
        batch=8,
    ),
    "small-live": Recipe(
        "live, small enough for one core to train in minutes; ours",
        _small,
        "octaves",
        SequenceAugmentation(rotation=1, jitter=120),
        RollingSpec(prior=32, memory=1875),  # in seconds, those of a frame every 8 ms
        hop=64,
        length=2000,  # CTC is lost among the alignments of long examples until it knows some keys
        past=1000,
        future=300,
        epochs=20,
        warm_up=0,
        rate=2e-3,
        batch=8,
        clip=1.0,
    ),
    "events": Recipe(
        "gesture events of one band, live",
        _events,
        "samples",
        SequenceAugmentation(rotation=2),
        kind="events",
        hop=STRIDE,
        length=16000,
        past=0,
        future=0,
        epochs=250,
        warm_up=5,
        rate=5e-4,
        batch=64,
        clip=0.5,
    ),
    "wrist": Recipe(
        "speed of the wrist, live: the template of proportional control",
        _wrist,
        "mpf",
        SequenceAugmentation(),
        kind="control",
        hop=40,
        future=0,
    ),
}
"""By name, in the order of the papers' tables; then those for live use."""
