"""What the service tells of recordings."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.messages import HeadInfo


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredRecording(_Message):
    """A recording in the data directory. What its problem hides is null."""

    name: str = Field(description="File name; replay://NAME is a source that plays it.")
    size: int = Field(description="Bytes.")
    changed: datetime = Field(description="When it was last written to.")
    writing: bool = Field(description="Whether a stream is being recorded to it now.")
    problem: str | None = Field(description="Why it cannot be read, and what to do; null where it can.")
    started: datetime | None = Field(default=None, description="When it began; null where the file does not say.")
    device: str | None = Field(default=None, description="The device that was recorded.")
    simulated: bool | None = Field(default=None, description="True when no person was measured.")
    channels: int | None = None
    rate_hz: float | None = Field(default=None, description="Samples per second of each channel.")
    length_s: float | None = Field(
        default=None, description="From the first sample to the last; null where only reading it to the end would tell."
    )


class RecordedMarker(_Message):
    """A word in a recording."""

    marker: int = Field(description="Its name in addresses; a marker that is renamed gets another.")
    at_s: float = Field(description="Seconds from the first sample.")
    until_s: float | None = Field(description="Where what it says ends: at the next one; null: at the recording's end.")
    text: str


class Label(_Message):
    """A part of the recording in which a gesture was made, as its markers say."""

    gesture: str
    start_s: float = Field(description="Seconds from the first sample.")
    stop_s: float


class RecordingDetail(StoredRecording):
    """Everything that is known of a recording but for its samples."""

    labels: tuple[str, ...] = Field(description="Of the channels, in the order of the samples.")
    unit: str
    grid: tuple[tuple[int, ...], ...] | None = Field(description="Rows of channel numbers, -1 for none, or null.")
    notes: tuple[str, ...] = Field(description="What is odd about it, in words.")
    editable: bool = Field(description="Whether markers can be added and removed: in our own format, once it is whole.")
    markers: tuple[RecordedMarker, ...] = Field(description="In the order of time.")
    gestures: tuple[Label, ...] = Field(description="What answers are compared with; see the route decisions.")


class NewMarker(BaseModel):
    """A word for a moment or a part of the recording."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=200, description="For a gesture: its name, as models say it.")]
    start_s: Annotated[float, Field(ge=0, allow_inf_nan=False, description="Seconds from the first sample.")]
    stop_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Where what it says ends; null: at the next marker, or the recording's end."
    )


class Rename(BaseModel):
    """Another word."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=200)]


class DecisionSpan(_Message):
    """Windows in a row with the same answer."""

    start_s: float = Field(description="When it was first known, in seconds from the first sample of the recording.")
    stop_s: float = Field(description="When the next answer was known, or should have been.")
    gesture: str | None = Field(description="Null: the user was relaxed.")
    accepted: bool = Field(description="False: too uncertain to act on.")
    confidence: float = Field(description="Mean probability of the gesture over the windows.")


class GestureAgreement(_Message):
    """How a gesture that the recording names was answered."""

    gesture: str
    windows: int
    right: int
    said: tuple[int, ...] = Field(description="Windows for each of the answers, in their order.")


class Agreement(_Message):
    """How well the answers agree with the gestures that the recording names.

    Counted is every window that lies wholly in the part that bears a name; its answer is the gesture after smoothing,
    accepted or not, and rest where the user was relaxed.
    """

    windows: int
    accuracy: float = Field(description="Windows that were right, of all.")
    macro_f1: float = Field(description="F1, averaged over the gestures that occur.")
    accepted: float = Field(description="Windows that were accepted, of all.")
    answers: tuple[str, ...]
    gestures: tuple[GestureAgreement, ...]
    unknown: tuple[str, ...] = Field(
        description="Names in the recording that the model has no answer for; not counted."
    )


class Decisions(_Message):
    """What a model answers to a recording, by the same pipeline as live."""

    recording: str
    model: str
    head: HeadInfo
    labels: tuple[str, ...] = Field(description="Gestures that the head tells apart.")
    length_s: float
    windows: int
    spans: tuple[DecisionSpan, ...]
    agreement: Agreement | None = Field(description="Null where the recording names no gesture that the model knows.")
