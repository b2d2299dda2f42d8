"""What a frame of text or of an event must say: what the recogniser says offline."""

import json
from typing import Any

from models.pipeline.any_recognizer import Answer
from models.pipeline.recognizer import Prediction
from models.pipeline.sequence_recognizer import TypedText


def told(answer: Answer) -> dict[str, Any]:
    """The fields of its frame that are the recogniser's."""
    assert not isinstance(answer, Prediction)
    names = (
        ("index", "stable", "tail", "settled")
        if isinstance(answer, TypedText)
        else ("index", "label", "kind", "score", "pressed")
    )
    return {name: getattr(answer, name) for name in names}


def same(frame: dict[str, Any], answer: Answer) -> bool:
    """Whether a frame tells this answer."""
    wanted = json.loads(json.dumps(told(answer)))
    return {name: frame[name] for name in wanted} == wanted
