"""The AsyncAPI 3.0 document of the websocket, made from the very models that are sent."""

from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from service.hub import BACKLOG, HISTORY
from service.messages import Frame, HeadChanged, Hello, Prediction, Status
from service.routes.predictions import Subscription
from service.wire import PING_S

FRAMES: dict[str, type[BaseModel]] = {"hello": Hello, "prediction": Prediction, "status": Status, "head": HeadChanged}

CONNECTION: Final = f"""\
The first frame is hello. Then come predictions, a status whenever the stream changes its state, head when another head
answers from the next prediction on, perhaps with other labels, and hello again when another model does.

Silence: after a status other than live no gesture is current; do what safe_gesture says, or let go. Predictions that
still wait with the service are withdrawn then. After a gap, the next prediction rests on new samples only.

Slow clients: the service keeps {BACKLOG} frames for each. One who reads too slowly loses the oldest predictions, a jump
in seq, and slows nobody. What has reached the receive buffer of your own machine cannot be taken back: read promptly,
keep that buffer small, and go by device_s or arrived_ns where age matters.

Resuming: the service remembers the last {HISTORY} predictions of a run. Asked with resume=SEQ, it sends those after SEQ
right behind hello, at any rate, in order, each once; hello.next_seq is the first that is new. What is older is history:
log it, never act on it. Where a head with other labels took over meanwhile, its probabilities are of the labels before.

Pings: one every {PING_S:.0f} s; who does not answer within {PING_S:.0f} s is cut off. Clients may ping too;
whatever else they send is ignored.

Refused handshakes are HTTP answers with a detail: 401 and 403 not allowed, 404 no such stream, 422 a parameter is not
valid, 429 and 503 too many. Close codes: 1008 the token was revoked, or the stream removed: do not come back;
1011 no answer to a ping; 1012 the service stops or restarts: come back, and compare hello.run."""


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    schemas = TypeAdapter(Frame).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")["$defs"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Palmaris predictions",
            "version": version,
            "description": CONNECTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "predictions": {
                "address": "/v1/streams/{stream}/predictions",
                "parameters": {"stream": {"description": "Name of the stream, from GET /v1/streams."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in FRAMES},
                "bindings": {"ws": {"method": "GET", "query": Subscription.model_json_schema()}},
            }
        },
        "operations": {
            "sendPredictions": {
                "action": "send",
                "channel": {"$ref": "#/channels/predictions"},
                "messages": [{"$ref": f"#/channels/predictions/messages/{name}"} for name in FRAMES],
            }
        },
        "components": {
            "messages": {name: _message(name, model) for name, model in FRAMES.items()},
            "schemas": schemas,
        },
    }


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": (model.__doc__ or "").splitlines()[0],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }
