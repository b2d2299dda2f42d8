"""What a model expects and answers; travels inside the ONNX metadata, so a model file explains itself.

A model is two graphs. The frozen one turns samples into features and carries a ``ModelSpec``. The head turns features
into log-probabilities and carries a ``HeadSpec``: labels belong to the head, because a head can be replaced alone.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.errors import ModelMismatch

HeadKind = Literal["linear", "mlp", "gaussians"]
"""What a head computes: one linear layer, one hidden layer, or a Gaussian per gesture."""

REST: Final = "rest"
"""The label of a relaxed hand, in heads that know rest as one more gesture."""

MOST_NUMBERS: Final = 2**22
"""Numbers in a window, and in what is kept of it: more is no model, but an attempt to fill the memory."""

RATE_TOLERANCE = 0.005  # a device clock may drift; windows of a rate this close look the same to a network


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilterSpec(_Frozen):
    """The causal filter before the first window."""

    low_hz: float = Field(default=20.0, gt=0)
    """Lower cut-off in Hz: below it are movement artefacts and electrode drift."""
    high_hz: float = Field(default=450.0, gt=0)
    """Upper cut-off in Hz."""
    order: int = Field(default=4, ge=1, le=8)
    """Order of the Butterworth prototype."""
    mains_hz: float | None = 50.0
    """Frequency of the mains notch in Hz, ``None`` without one."""
    mains_q: float = Field(default=30.0, gt=0)
    """Quality factor of the notch: its centre over its width."""


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


class ModelSpec(_Frozen):
    """The frozen part of a model: what it listens to, and how."""

    name: str
    kind: Literal["window"] = "window"
    """How samples become answers. ``window``: one answer per window, one window per hop."""
    rate_hz: float = Field(gt=0)
    """Samples per second of each channel."""
    channels: int = Field(gt=0)
    window: int = Field(gt=0)
    """Window length in samples."""
    hop: int = Field(gt=0)
    """Samples from one live window to the next; training may have used another hop."""
    filters: FilterSpec = FilterSpec()
    features: int = Field(gt=0)
    """Length of the feature vector that the head receives."""
    simulated: bool = False
    """True when it was trained on simulated data."""
    frames: FrameSpec | None = None
    """What overlapping windows share; ``None``: each is computed alone."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hop > self.window:
            raise ValueError(f"hop {self.hop} is longer than the window {self.window}")
        if self.filters.high_hz >= self.rate_hz / 2:
            raise ValueError(f"the band ends at {self.filters.high_hz} Hz, above half the rate {self.rate_hz} Hz")
        if self.window * self.channels > MOST_NUMBERS:
            raise ValueError(f"{self.window} samples of {self.channels} channels are more than {MOST_NUMBERS} numbers")
        if self.frames is not None:
            self.frames.require(self.window)
        return self

    @property
    def window_ms(self) -> float:
        """Window length in milliseconds."""
        return 1000 * self.window / self.rate_hz

    @property
    def hop_ms(self) -> float:
        """Time between two answers in milliseconds."""
        return 1000 * self.hop / self.rate_hz

    def require(self, rate_hz: float, channels: int, unit: str = "uV") -> None:
        """Raise ``ModelMismatch``, saying what to change, unless a device of that shape fits."""
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
