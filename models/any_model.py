"""A model of whatever kind, by name: one that answers with gestures, or one that remembers and answers otherwise."""

from pathlib import Path

from models.errors import ModelMismatch
from models.runtime import HEAD_SUFFIX, Model, load_model
from models.sequence_runtime import SequenceModel
from models.spec import no_gestures

AnyModel = Model | SequenceModel


def load_any_model(name: str) -> AnyModel:
    """A shipped model by name, or ``path/to/model.onnx``; without a head beside it, one that remembers.

    Raises what ``load_model`` raises.
    """
    path = Path(name)
    if path.suffix != ".onnx" or not path.is_file() or path.with_name(path.stem + HEAD_SUFFIX).is_file():
        return load_model(name)
    try:
        return SequenceModel(path)
    except ModelMismatch:  # it has windows or images: what is wrong is that its head is missing
        return load_model(name)


def require_gestures(model: AnyModel) -> Model:
    """The model, if it has a head of gestures. Raises ``ModelMismatch``."""
    if isinstance(model, SequenceModel):
        raise no_gestures(model.spec)
    return model
