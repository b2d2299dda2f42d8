"""What a model expects and answers; travels inside the ONNX metadata, so a model file explains itself.

A model is two graphs. The frozen one turns samples into features and carries a ``ModelSpec``. The head turns features
into log-probabilities and carries a ``HeadSpec``: labels belong to the head, because a head can be replaced alone.
"""

import math
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.errors import GridUnusable, ModelMismatch
from models.pipeline.electrode_grid import Grid, electrode_grid

HeadKind = Literal["linear", "mlp", "gaussians"]
"""What a head computes: one linear layer, one hidden layer, or a Gaussian per gesture."""

Kind = Literal["window", "frames", "sequence", "events", "control"]
"""How samples become answers; see ``ModelSpec.kind``."""

FrontKind = Literal["spectrogram", "octaves", "samples", "mpf"]
"""What a network of sequences hears; see ``SequenceSpec.front``."""

REST: Final = "rest"
"""The label of a relaxed hand, in heads that know rest as one more gesture."""

MOST_NUMBERS: Final = 2**22
"""Numbers in a window, and in what is kept of it: more is no model, but an attempt to fill the memory."""

RATE_TOLERANCE = 0.005  # a device clock may drift; windows of a rate this close look the same to a network


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilterSpec(_Frozen):
    """The causal filter before the first window: a band-pass, a notch at mains, a wide band-stop; at least one."""

    low_hz: float | None = Field(default=20.0, gt=0)
    """Lower cut-off in Hz, ``None`` without one: below it are movement artefacts and electrode drift."""
    high_hz: float | None = Field(default=450.0, gt=0)
    """Upper cut-off in Hz, ``None`` without one."""
    order: int = Field(default=4, ge=1, le=8)
    """Order of the Butterworth prototype."""
    mains_hz: float | None = 50.0
    """Frequency of the mains notch in Hz, ``None`` without one."""
    mains_q: float = Field(default=30.0, gt=0)
    """Quality factor of the notch: its centre over its width."""
    stop_hz: tuple[float, float] | None = None
    """Edges in Hz of a Butterworth band-stop of order 2 round mains, ``None`` without one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.stop_hz is not None and not 0 < self.stop_hz[0] < self.stop_hz[1]:
            raise ValueError(f"a band-stop goes from a lower to a higher frequency, not {self.stop_hz} Hz")
        if not self._named:
            raise ValueError("a filter without a cut-off, a notch or a band-stop lets everything through")
        return self

    @property
    def _named(self) -> list[float]:
        named = (self.low_hz, self.high_hz, self.mains_hz, *(self.stop_hz or ()))
        return [frequency for frequency in named if frequency is not None]

    @property
    def top_hz(self) -> float:
        """The highest frequency in Hz that it names; it must be below half the rate."""
        return max(self._named)


class FrameSpec(_Frozen):
    """What overlapping windows share: frames, each computed from a few samples, one every ``stride`` samples."""

    stride: int = Field(gt=0)
    """Samples from one frame to the next."""
    receptive: int = Field(gt=0)
    """Samples that one frame depends on."""
    width: int = Field(gt=0)
    """Numbers in a frame."""

    def count(self, samples: int) -> int:
        """Frames of so many samples."""
        return (samples - self.receptive) // self.stride + 1

    def samples(self, count: int) -> int:
        """Samples of so many neighbouring frames."""
        return self.receptive + (count - 1) * self.stride

    def require(self, window: int) -> None:
        """Raise ``ValueError`` unless the first frame begins with the window, and the last one ends with it."""
        if window < self.receptive or (window - self.receptive) % self.stride:
            raise ValueError(f"no number of frames fills the window of {window} samples")
        if self.count(window) * self.width > MOST_NUMBERS:
            raise ValueError(f"the frames of a window are more than {MOST_NUMBERS} numbers")


class ImageSpec(_Frozen):
    """How samples become images, in a model of kind ``frames``."""

    grid: tuple[tuple[int, ...], ...]
    """Where the channels of its training stood: rows of channel numbers, -1 where no electrode was. A live source has
    a grid of its own, of the same shape."""
    step: int = Field(default=1, gt=0)
    """Samples from one image to the next: neighbours are nearly the same, so not every sample needs to be one."""
    network: str | None = None
    """Its layers, by their name in ``models/training/train_grid.py``; ``None``: it cannot be rebuilt, to be adapted."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of an image."""
        return len(self.grid), len(self.grid[0])

    def require(self, window: int, hop: int, channels: int) -> None:
        """Raise ``ValueError`` unless the grid fits the channels, and images the hops, and hops the window."""
        try:
            electrode_grid(self.grid, channels)
        except GridUnusable as error:
            raise ValueError(str(error)) from error
        if hop % self.step or window % hop:
            raise ValueError(
                f"images every {self.step} samples do not fill hops of {hop}, or those the window of {window}"
            )


class RollingSpec(_Frozen):
    """How fast the normalisation of a stream forgets, ``models/pipeline/rolling_norm.py``."""

    prior: int = Field(default=125, gt=0)
    """Frames that the statistics of its training weigh as at the start."""
    memory: int = Field(default=7500, gt=0)
    """Frames that the past weighs as at most: 60 s of 125 frames."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.memory < self.prior:
            raise ValueError(f"a memory of {self.memory} frames is shorter than its prior of {self.prior}")
        return self


class SequenceSpec(_Frozen):
    """How a stream becomes an answer every ``ModelSpec.hop`` samples, in a model that remembers what it heard."""

    front: FrontKind
    """What the network hears. ``spectrogram``: logarithms of power, 33 frequencies; ``octaves``: those of 6 bands;
    ``samples``: filtered microvolts; ``mpf``: how the channels vary together in 6 bands."""
    labels: tuple[str, ...] = Field(min_length=1)
    """Symbols, events or degrees of freedom, in the order of the outputs; after symbols comes the blank."""
    states: dict[str, tuple[int, ...]] = {}
    """What the network hands from one call to the next: name -> shape, in the order of its inputs; zeros at first."""
    live: bool = True
    """False where the network reads a recording to its end before it answers."""
    warming: int = Field(default=0, ge=0)
    """Answers at the start of a stream that rest on less than the network learned to hear."""
    rolling: RollingSpec | None = None
    """How frames are normalised; ``None``: not at all, or with statistics of its training within the graph."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("two labels have the same name")
        if self.live != bool(self.states):
            raise ValueError("a network that answers live has states, and one that reads to the end has none")
        if sum(math.prod(shape) for shape in self.states.values()) > MOST_NUMBERS:
            raise ValueError(f"the states are more than {MOST_NUMBERS} numbers")
        if self.rolling is not None and self.front == "samples":
            raise ValueError("samples are not normalised: only frames are")
        return self


class ModelSpec(_Frozen):
    """The frozen part of a model: what it listens to, and how."""

    name: str
    kind: Kind = "window"
    """How samples become answers. ``window``: one answer per window, one window per hop. ``frames``: samples of an
    electrode grid are images, each with log-probabilities of its own, averaged over a window, once per hop. The others
    remember: ``sequence``, log-probabilities of symbols and a blank; ``events``, the probability of each event;
    ``control``, a speed for each degree of freedom; all once per hop."""
    rate_hz: float = Field(gt=0)
    """Samples per second of each channel."""
    channels: int = Field(gt=0)
    window: int = Field(gt=0)
    """Window length in samples; where a network remembers, the samples of its first answer."""
    hop: int = Field(gt=0)
    """Samples from one live window to the next; training may have used another hop."""
    filters: FilterSpec = FilterSpec()
    features: int = Field(gt=0)
    """Length of the feature vector that the head receives, or the last layer where a network remembers."""
    simulated: bool = False
    """True when it was trained on simulated data."""
    frames: FrameSpec | None = None
    """What overlapping windows share; ``None``: each is computed alone."""
    images: ImageSpec | None = None
    """How samples become images, of kind ``frames`` alone."""
    sequence: SequenceSpec | None = None
    """What it remembers and answers, of the kinds ``sequence``, ``events`` and ``control`` alone."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hop > self.window:
            raise ValueError(f"hop {self.hop} is longer than the window {self.window}")
        if self.filters.top_hz >= self.rate_hz / 2:
            raise ValueError(f"the filter goes up to {self.filters.top_hz} Hz, above half the rate {self.rate_hz} Hz")
        if self.window * self.channels > MOST_NUMBERS:
            raise ValueError(f"{self.window} samples of {self.channels} channels are more than {MOST_NUMBERS} numbers")
        if self.frames is not None:
            self.frames.require(self.window)
        if (self.images is not None) != (self.kind == "frames") or (
            self.images is not None and self.frames is not None
        ):
            raise ValueError("a model of kind frames, and no other, has images, and no frames that windows share")
        if self.images is not None:
            self.images.require(self.window, self.hop, self.channels)
        if (self.sequence is not None) != (self.kind in ("sequence", "events", "control")) or (
            self.sequence is not None and self.frames is not None
        ):
            raise ValueError("a model of kind sequence, events or control, and no other, says what it remembers")
        return self

    @property
    def window_ms(self) -> float:
        """Window length in milliseconds."""
        return 1000 * self.window / self.rate_hz

    @property
    def hop_ms(self) -> float:
        """Time between two answers in milliseconds."""
        return 1000 * self.hop / self.rate_hz

    def require(self, rate_hz: float, channels: int, unit: str = "uV", grid: Grid | None = None) -> None:
        """Raise ``ModelMismatch``, saying what to change, unless a device of that shape fits.

        ``grid``: where its channels stand, ``None`` if they form no grid; asked of models of kind ``frames`` alone.
        """
        self.require_live()
        wanted = f"model {self.name} wants {self.channels} channels at {self.rate_hz:g} Hz in microvolts"
        if channels != self.channels:
            raise ModelMismatch(
                f"{wanted}, the source gives {channels} channels: choose a model for {channels} channels "
                "(palmaris models) or another source"
            )
        if abs(rate_hz - self.rate_hz) > RATE_TOLERANCE * self.rate_hz:
            raise ModelMismatch(
                f"{wanted}, the source gives {rate_hz:g} Hz: choose a model for that rate (palmaris models), "
                f"or add ?resample={self.rate_hz:g} to the source"
            )
        if unit != "uV":
            raise ModelMismatch(
                f"{wanted}, the source does not state its scale: add the microvolts of one unit to it, ?unit_uv=..."
            )
        if self.images is not None:
            self._require_grid(self.images, grid)

    def require_sequence(self) -> SequenceSpec:
        """What a model that remembers says of it. Raises ``ModelMismatch`` for one of another kind."""
        if self.sequence is None:
            raise ModelMismatch(
                f"model {self.name} is of kind {self.kind}, it has no memory of its own: choose one of kind sequence, "
                "events or control"
            )
        return self.sequence

    @property
    def answers(self) -> int:
        """Numbers in each answer of a model that remembers."""
        return len(self.require_sequence().labels) + (self.kind == "sequence")

    def require_live(self) -> None:
        """Raise ``ModelMismatch`` if it answers only after the last sample of a recording."""
        if self.sequence is not None and not self.sequence.live:
            raise ModelMismatch(
                f"model {self.name} reads a recording to its end before it answers, so it cannot follow a live "
                "stream: choose a network that reads forward only, one whose recipe ends in -live, or splashnet"
            )

    def _require_grid(self, images: ImageSpec, grid: Grid | None) -> None:
        rows, columns = images.shape
        wanted = f"model {self.name} wants a grid of {rows} x {columns} electrodes"
        add = f"add its channel map to the source, ?grid=FILE, or ?grid={rows}x{columns} where it goes row by row"
        if grid is None:
            raise ModelMismatch(f"{wanted}, the source does not say where its channels stand: {add}")
        try:
            found = electrode_grid(grid, self.channels).shape
        except GridUnusable as error:
            raise ModelMismatch(f"{wanted}, that of the source cannot be used: {error}") from error
        if found != images.shape:
            raise ModelMismatch(
                f"{wanted}, that of the source has {found[0]} x {found[1]}: choose a model for that grid "
                f"(palmaris models), or, if that is not how they stand, {add}"
            )


def no_gestures(spec: ModelSpec) -> ModelMismatch:
    """What to say where a head of gestures is asked of a model without one."""
    return ModelMismatch(
        f"model {spec.name} is of kind {spec.kind}: it has no head of gestures to calibrate, exchange or count windows "
        "by; choose a model of kind window or frames (palmaris models)"
    )


class EffortSpec(_Frozen):
    """How strong rest and effort are, in the amplitude of ``models/pipeline/intensity.py``; made from a user's own."""

    rest_uv: float = Field(ge=0, allow_inf_nan=False)
    """Amplitude of a relaxed hand in microvolts, intensity 0; 0 where rest was never measured."""
    gate_uv: float | None = Field(default=None, allow_inf_nan=False)
    """Amplitude in microvolts at which the user becomes active; ``None`` where nothing tells rest from effort by
    amplitude, or where rest is one of the gestures."""
    firm_uv: tuple[Annotated[float, Field(allow_inf_nan=False)] | None, ...]
    """Amplitude of a firm effort in microvolts, intensity 1, one per label; ``None`` for rest, and for a gesture that
    does not stand out from it: their intensity is 0."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.gate_uv is not None and not 0 < self.rest_uv < self.gate_uv:
            raise ValueError(f"a gate at {self.gate_uv} uV needs a measured rest below it, not {self.rest_uv} uV")
        if weak := [firm for firm in self.firm_uv if firm is not None and firm <= self.rest_uv]:
            raise ValueError(f"a firm effort of {weak[0]} uV is not above rest, {self.rest_uv} uV")
        return self


class HeadSpec(_Frozen):
    """The replaceable part of a model: what it calls the gestures, and on whose features it works."""

    kind: HeadKind
    labels: tuple[str, ...] = Field(min_length=2)
    """Gesture names, in the order of the outputs."""
    encoder: str
    """SHA-256 of the frozen graph whose features this head was fitted on."""
    effort: EffortSpec | None = None
    """How strong the user's efforts are; ``None``: never measured, predictions have no intensity."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("two gestures have the same name")
        if self.effort is not None and len(self.effort.firm_uv) != len(self.labels):
            raise ValueError(f"{len(self.effort.firm_uv)} firm efforts for {len(self.labels)} gestures")
        return self
