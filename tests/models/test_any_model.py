from pathlib import Path

import pytest
import tiny_sequence_model

from models.any_model import load_any_model, require_gestures
from models.errors import ModelMismatch, ModelUnknown
from models.runtime import Model
from models.sequence_runtime import SequenceModel


def test_each_kind_is_loaded_as_what_it_is(tiny_model: Path, tmp_path: Path) -> None:
    gestures = load_any_model(str(tiny_model))
    assert require_gestures(gestures) is gestures
    assert isinstance(load_any_model("csae-simulated"), Model)
    text = load_any_model(str(tiny_sequence_model.write("gru", tmp_path)))
    assert isinstance(text, SequenceModel)
    with pytest.raises(ModelMismatch, match="gru is of kind sequence: it has no head of gestures"):
        require_gestures(text)


def test_a_head_that_is_missing_is_said_to_be(tiny_model: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(tiny_model.read_bytes())
    with pytest.raises(ModelUnknown, match=r"alone\.head\.onnx"):
        load_any_model(str(alone))
    with pytest.raises(ModelUnknown, match="shipped"):
        load_any_model("nothing")
