"""The AsyncAPI 3.0 document of the websocket, made from the very models that are sent."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from service.messages import Frame, HeadChanged, Hello, Prediction, Status

FRAMES: dict[str, type[BaseModel]] = {"hello": Hello, "prediction": Prediction, "status": Status, "head": HeadChanged}

_CONNECTION = """\
The first frame is hello. Then come predictions, a status whenever the stream changes its state, and head when another
head answers from the next prediction on, perhaps with other labels. Frames are JSON text. Each subscriber has a bounded
backlog: one who reads too slowly loses the oldest predictions (a jump in seq), and when the stream goes silent,
predictions that still wait with the service are withdrawn. What has reached the receive buffer of your own machine
cannot be taken back: read promptly, keep that buffer small, and go by device_s or arrived_ns where age matters. Pings
keep the connection alive. What a client sends is ignored."""


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    schemas = TypeAdapter(Frame).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")["$defs"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Palmaris predictions",
            "version": version,
            "description": _CONNECTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "predictions": {
                "address": "/v1/streams/{stream}/predictions",
                "parameters": {"stream": {"description": "Name of the stream, from GET /v1/streams."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in FRAMES},
                "bindings": {"ws": {"method": "GET"}},
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
