"""Every frame on the wire, typed. ``Frame`` is their union, told apart by ``type``."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL: Final = 1

StreamState = Literal["starting", "live", "stalled", "lost", "ended", "failed"]
AnswerKind = Literal["gestures", "text", "events", "movement"]
"""What a stream's frames tell: ``prediction``, ``text``, ``event`` or ``movement``."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Counters(_Message):
    """What a stream has seen and what it cost, since the service started."""

    samples: int = Field(ge=0, description="Samples received, per channel.")
    lost: int = Field(ge=0, description="Samples that the device counted and that never arrived.")
    gaps: int = Field(ge=0, description="Times that filter and window began anew, so that no window spans a hole.")
    predictions: int = Field(ge=0, description="Predictions made.")
    dropped: int = Field(ge=0, description="Frames that slow subscribers missed, over all of them.")


class RecordingInfo(_Message):
    """A recording of a stream."""

    name: str = Field(description="File name, in the folder recordings of the data directory.")
    samples: int = Field(ge=0, description="Samples taken, per channel.")
    missed: int = Field(ge=0, description="Samples that the disk was too slow for.")
    problem: str | None = Field(description="Why the recording stopped by itself; null while all is well.")


class HeadInfo(_Message):
    """Whose head answers."""

    user: str | None = Field(description="Pseudonym of the user that it was calibrated for; null: everybody's.")
    version: int | None = Field(description="Number of the user's head; null for everybody's, or one on trial.")


EVERYBODY: Final = HeadInfo(user=None, version=None)


class StreamInfo(_Message):
    """A stream: its device, its model and how it is doing."""

    stream: str = Field(description="Name of the stream, as in the address.")
    source: str = Field(description="The device as its driver names it.")
    simulated: bool = Field(description="True when no person is measured.")
    model: str
    answers: AnswerKind = Field(default="gestures", description="What the model answers with.")
    labels: tuple[str, ...] = Field(description="Gestures, in the order of the probabilities; or symbols, or events.")
    rate_hz: float = Field(description="Samples per second of each channel.")
    channels: tuple[str, ...] = Field(description="Channel labels.")
    window: int = Field(description="Window length in samples.")
    hop: int = Field(description="Samples from one prediction to the next.")
    head: HeadInfo
    state: StreamState
    message: str = Field(description="What the state means, and what to do about it.")
    counters: Counters
    prediction_age_ms: float | None = Field(description="Time since the last prediction; null before the first.")
    subscribers: int = Field(ge=0, description="Clients that listen now.")
    recording: RecordingInfo | None = Field(default=None, description="The recording in the making, if there is one.")
    interpolated: tuple[int, ...] = Field(
        default=(),
        description="Electrodes of a grid, channels from 0, that show no signal: their neighbours stand in for them.",
    )


class Health(_Message):
    """How the service is; strangers learn the status only."""

    status: Literal["ok", "degraded"] = Field(description="ok: every stream is live.")
    version: str | None = None
    streams: tuple[StreamInfo, ...] = ()


class Readiness(_Message):
    """Whether every stream gives fresh predictions; strangers learn only that."""

    ready: bool
    prediction_age_ms: dict[str, float | None] = Field(
        default={}, description="Time since the last prediction of each stream; null before the first."
    )


class Problem(_Message):
    """Why a request was refused."""

    detail: str = Field(description="Cause and remedy.")


class Hello(_Message):
    """The first frame: what this stream is, and how to read what follows."""

    type: Literal["hello"] = "hello"
    protocol: Literal[1] = PROTOCOL
    stream: str
    source: str = Field(description="The device as its driver names it.")
    simulated: bool = Field(description="True when no person is measured.")
    model: str
    answers: AnswerKind = Field(
        default="gestures",
        description="gestures: prediction frames follow, and movement: movement frames, one every hop; text: text"
        " frames, and events: event frames, only when there is something to tell. Another model may change it, with"
        " another hello.",
    )
    labels: tuple[str, ...] = Field(
        description="Gestures, in the order of the probabilities; or the symbols of the text, or the events, or what"
        " moves, in the order of the speeds."
    )
    rate_hz: float = Field(description="Samples per second of each channel.")
    window: int = Field(description="Window length in samples.")
    hop: int = Field(description="Samples from one prediction to the next.")
    head: HeadInfo
    state: StreamState = Field(description="State of the stream when you joined.")
    safe_gesture: str | None = Field(
        default=None, description="What to do whenever no gesture is current, if the service is told."
    )
    interpolated: tuple[int, ...] = Field(
        default=(),
        description="Electrodes of a grid, channels from 0, that show no signal: their neighbours stand in for them.",
    )
    run: str = Field(description="Random name of this run of the stream; another run counts seq from 0 again.")
    next_seq: int = Field(
        ge=0,
        description="Number of the next prediction. Those with smaller numbers, which come only if you asked to"
        " resume, are history: log them, never act on them.",
    )


class Latency(_Message):
    """Where the time went, in milliseconds."""

    signal_ms: float = Field(description="Analytic delay of window and smoothing: half the span that was averaged.")
    wait_ms: float = Field(description="From the arrival of the last sample to the start of the computation.")
    compute_ms: float = Field(description="Filter, window, encoder, head and decision.")


class Prediction(_Message):
    """One decision."""

    type: Literal["prediction"] = "prediction"
    seq: int = Field(ge=0, description="Consecutive number of the prediction; a jump is what you were too slow for.")
    index: int = Field(ge=0, description="Index of the window's last sample since the stream began.")
    device_s: float = Field(description="Device time of that sample, in seconds.")
    arrived_ns: int = Field(description="Host monotonic clock, in nanoseconds, when that sample was received.")
    gesture: str
    confidence: float = Field(ge=0, le=1, description="Probability of the gesture.")
    probabilities: tuple[float, ...] = Field(description="One per label, in the order of hello.labels.")
    accepted: bool = Field(
        description="False: do not act on this gesture, it is too uncertain or the user is not active."
        " While active is not false, hold the last accepted gesture or rest."
    )
    intensity: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How firm the gesture is, for proportional control: 0 at rest, 1 at a firm effort of this gesture."
        " Null: the efforts of this user were never measured.",
    )
    active: bool | None = Field(
        default=None,
        description="False: the muscles are relaxed, so stop, whatever the gesture; accepted is false too."
        " Null: there is no rest/active gate; the model knows rest as a gesture, or rest was never measured.",
    )
    latency: Latency


class Text(_Message):
    """What is typed, as far as it is known. Append ``stable`` to what came before, and show ``tail`` behind it."""

    type: Literal["text"] = "text"
    seq: int = Field(
        ge=0,
        description="Consecutive number of the answer; after a jump, stable holds the symbols of those left out, too.",
    )
    index: int = Field(ge=0, description="Index of the last sample that was heard for it since the stream began.")
    device_s: float = Field(description="Device time of that sample, in seconds.")
    arrived_ns: int = Field(description="Host monotonic clock, in nanoseconds, when the newest samples were received.")
    stable: str = Field(
        description="Keys that have become final, never to be taken back; often none. One sign is one key:"
        " \u232b backspace, \u23ce enter, \u21e7 shift."
    )
    tail: str = Field(
        description="The likeliest keys after them; the next frame has another tail in its place. Void after a"
        " status other than live."
    )
    settled: int = Field(
        ge=0,
        description="Keys that are final by now, since the model began to answer here. Less the length of stable, it"
        " is how many you should have: who has fewer came later, or was away for too long.",
    )
    latency: Latency


class GestureEvent(_Message):
    """Something that a hand did, once."""

    type: Literal["event"] = "event"
    seq: int = Field(ge=0, description="Consecutive number of the event; a jump is what you were too slow for.")
    index: int = Field(ge=0, description="Index of the last sample behind the frame in which it was noticed.")
    device_s: float = Field(description="Device time of that sample, in seconds.")
    arrived_ns: int = Field(description="Host monotonic clock, in nanoseconds, when the newest samples were received.")
    label: str = Field(description="One of hello.labels.")
    kind: Literal["press", "release", "tap"] = Field(description="A tap begins and ends at once.")
    score: float = Field(
        ge=0,
        le=1,
        description="Its probability there; 0 for a release that was missed, or that a gap in the samples hid.",
    )
    pressed: tuple[str, ...] = Field(
        description="Fingers that are pressed after it, whatever you missed; none is after a status other than live."
    )
    latency: Latency


class Movement(_Message):
    """How fast the user moves something, for proportional control."""

    type: Literal["movement"] = "movement"
    seq: int = Field(ge=0, description="Consecutive number of the answer; a jump is what you were too slow for.")
    index: int = Field(ge=0, description="Index of the last sample that was heard for it since the stream began.")
    device_s: float = Field(description="Device time of that sample, in seconds.")
    arrived_ns: int = Field(description="Host monotonic clock, in nanoseconds, when the newest samples were received.")
    speeds: tuple[float, ...] = Field(
        description="Degrees per second, one per label in the order of hello.labels; flexion is above 0. After a status"
        " other than live, all are 0."
    )
    latency: Latency


class Status(_Message):
    """The stream, or its electrodes, changed state. After anything but ``live`` no gesture or tail is current."""

    type: Literal["status"] = "status"
    state: StreamState = Field(
        description="live after anything else means that the stream resumed, live after live that other electrodes are"
        " interpolated; stalled: no samples for 100 ms; lost: none for longer than the service is set to wait, or the"
        " device is gone."
    )
    message: str = Field(description="What happened, and what to do about it.")
    safe_gesture: str | None = Field(
        default=None, description="What to do while no gesture is current, if the service is told; null while live."
    )
    interpolated: tuple[int, ...] = Field(
        default=(),
        description="Electrodes of a grid, channels from 0, that show no signal: their neighbours stand in for them.",
    )
    counters: Counters


class HeadChanged(_Message):
    """Another head answers from the next prediction on."""

    type: Literal["head"] = "head"
    head: HeadInfo
    labels: tuple[str, ...] = Field(description="Gestures, in the order of the probabilities from now on.")


Told = Prediction | Text | GestureEvent | Movement
"""Frames with a number, of what was recognised."""
Frame = Annotated[
    Hello | Prediction | Text | GestureEvent | Movement | Status | HeadChanged, Field(discriminator="type")
]
