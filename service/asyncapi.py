"""The AsyncAPI 3.0 document of the websockets of a stream, made from the very models that are sent."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.calibrations.messages import QualityFrame
from service.hub import BACKLOG, HISTORY
from service.messages import GestureEvent, HeadChanged, Hello, Movement, Prediction, Status, Text
from service.routes.predictions import Subscription
from service.routes.signal import SignalOrder
from service.signal_messages import ENVELOPE, SignalLayout
from service.wire import PING_S

Frames = dict[str, type[BaseModel]]
FRAMES: Final[Frames] = {
    "hello": Hello,
    "prediction": Prediction,
    "text": Text,
    "event": GestureEvent,
    "movement": Movement,
    "status": Status,
    "head": HeadChanged,
}
SIGNAL_FRAMES: Final[Frames] = {"layout": SignalLayout, "quality": QualityFrame}

CONNECTION: Final = f"""\
The first frame is hello; its answers say whether the model tells gestures, text, events or movement. Then come
predictions, texts, events or movements, a status whenever the stream changes its state, head when another head
answers from the next prediction on, perhaps with other labels, and hello again when another model does.

Text: append stable to what you have, and show tail behind it, until the next text. settled counts the keys that are
final: after a gap in the samples the tail is final as it stands. Events: act on each once; pressed is what is held.

Silence: after a status other than live no gesture is current; do what safe_gesture says, or let go. Predictions and
events that still wait with the service are withdrawn then, the tail of a text is void, and nothing is pressed. After
a gap, the next prediction rests on new samples only.

Slow clients: the service keeps {BACKLOG} frames for each. One who reads too slowly loses the oldest predictions or
events, a jump in seq, and slows nobody. No text is lost: several that wait become one, with all that became final.
What has reached the receive buffer of your own machine cannot be taken back: read promptly, keep that buffer small,
and go by device_s or arrived_ns where age matters.

Resuming: the service remembers the last {HISTORY} predictions, texts or events of a run. Asked with resume=SEQ, it
sends those after SEQ right behind hello, at any rate, in order, each once; hello.next_seq is the first that is new.
What is older is history: log it, never act on it; but append the text. Where a head with other labels took over
meanwhile, its probabilities are of the labels before.

Pings: one every {PING_S:.0f} s; who does not answer within {PING_S:.0f} s is cut off. Clients may ping too;
whatever else they send is ignored.

Refused handshakes are HTTP answers with a detail: 401 and 403 not allowed, 404 no such stream, 422 a parameter is not
valid, 429 and 503 too many. Close codes: 1008 the token was revoked, or the stream removed: do not come back;
1011 no answer to a ping; 1012 the service stops or restarts: come back, and compare hello.run."""


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    all_frames = FRAMES | SIGNAL_FRAMES
    _, schemas = models_json_schema(
        [(model, "serialization") for model in all_frames.values()], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Palmaris streams",
            "version": version,
            "description": CONNECTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "predictions": _channel("predictions", FRAMES, Subscription),
            "signal": _channel("signal", [*SIGNAL_FRAMES, "envelope"], SignalOrder),
        },
        "operations": {
            "sendPredictions": _sending("predictions", FRAMES),
            "sendSignal": _sending("signal", [*SIGNAL_FRAMES, "envelope"]),
        },
        "components": {
            "messages": {name: _message(name, model) for name, model in all_frames.items()} | {"envelope": _envelope()},
            "schemas": schemas["$defs"],
        },
    }


def _channel(name: str, frames: Iterable[str], query: type[BaseModel]) -> dict[str, Any]:
    return {
        "address": f"/v1/streams/{{stream}}/{name}",
        "parameters": {"stream": {"description": "Name of the stream, from GET /v1/streams."}},
        "messages": {frame: {"$ref": f"#/components/messages/{frame}"} for frame in frames},
        "bindings": {"ws": {"method": "GET", "query": query.model_json_schema()}},
    }


def _sending(channel: str, frames: Iterable[str]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{frame}"} for frame in frames],
    }


def _envelope() -> dict[str, Any]:
    return {
        "name": "envelope",
        "summary": "Least and greatest values of each channel: a binary frame.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary", "description": ENVELOPE},
    }


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": (model.__doc__ or "").splitlines()[0],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }
