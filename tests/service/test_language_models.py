"""A language model behind a live text: ordered by a client, by settings and for a recording."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from serving import Client, serving
from text_frames import same
from tiny_model import write_tiny_model
from websockets.sync.client import connect

from drivers.registry import open_source
from drivers.simulator import SimulatedSource
from models.any_model import load_any_model
from models.errors import ModelMismatch, ModelUnknown
from models.pipeline.ctc import BeamText
from models.pipeline.language_model import load_language_model
from models.pipeline.sequence_recognizer import ReadText, SequenceRecognizer, TypedText
from models.sequence_runtime import SequenceModel
from models.training.train_ngram import train_ngram
from service.commands.serve import open_streams
from service.settings import read_settings
from service.streams import DecisionOrder, recognizer_for

SIM = "sim://wristband?user=3&text=hello&wpm=80"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a model of text, one of events and one of gestures; and a language that knows "b" only."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("gru", "events"):
        tiny_sequence_model.write(name, folder / "models")
    write_tiny_model(folder / "models")
    train_ngram(["bbbbbbbbb"] * 20, 3).save(folder / "models" / "b.npz")
    return folder


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    source = open_source(SIM)
    assert isinstance(source, SimulatedSource)
    return source.record(2.5).samples


def offline(models: Path, samples: np.ndarray, language: bool = True) -> list[TypedText]:
    """What must come, put together by hand."""
    model = SequenceModel(models / "models" / "gru.onnx")
    decoder = BeamText(load_language_model(models / "models" / "b.npz")) if language else BeamText(bonus=0.0)
    answers = SequenceRecognizer(model, ReadText(model.spec, decoder)).feed(samples, 0)
    return [answer for answer in answers if isinstance(answer, TypedText)]


def test_a_stream_that_a_client_orders_is_searched_with_it(models: Path, samples: np.ndarray) -> None:
    expected = offline(models, samples)
    assert [answer.tail for answer in expected] != [answer.tail for answer in offline(models, samples, False)]
    order = {"name": "text", "source": SIM, "model": "gru", "language_model": "b.npz"}
    with serving(data_dir=models) as address:
        added = httpx.post(f"http://{address}/v1/streams", json=order)
        assert added.status_code == 201, added.text
        with connect(f"ws://{address}/v1/streams/text/predictions?resume=-1", compression=None) as connection:
            client = Client(connection)
            frames = [client.next("text") for _ in expected]
        httpx.delete(f"http://{address}/v1/streams/text")
    assert all(same(frame, answer) for frame, answer in zip(frames, expected, strict=True))


def test_another_model_may_come_with_it(models: Path) -> None:
    with serving(data_dir=models) as address, httpx.Client(base_url=f"http://{address}/v1") as http:
        assert http.post("/streams", json={"name": "text", "source": SIM, "model": "gru"}).is_success
        assert http.put("/streams/text/model", json={"model": "gru", "language_model": "b.npz"}).is_success
        refused = [
            http.put("/streams/text/model", json={"model": "gru", "language_model": f"{models}/models/b.npz"}),
            http.put("/streams/text/model", json={"model": "gru", "language_model": "../models/b.npz"}),
            http.put("/streams/text/model", json={"model": "events", "language_model": "b.npz"}),
            http.put("/streams/text/model", json={"model": "tiny", "language_model": "b.npz"}),
        ]
        http.delete("/streams/text")
    assert [answer.status_code for answer in refused] == [409] * 4
    told: list[str] = [answer.json()["detail"] for answer in refused]
    assert all("known: b.npz" in words for words in told[:2])
    assert all("leave the language model out" in words for words in told[2:])


def test_settings_name_a_file(models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    text, language = models / "models" / "gru.onnx", models / "models" / "b.npz"
    with pytest.raises(ModelUnknown, match="no language model nothing.npz"):
        open_streams(read_settings(source=SIM, model=str(text), language_model="nothing.npz"))
    (live,) = open_streams(read_settings(source=SIM, model=str(text), language_model=str(language)))
    live.stop()


def test_a_recording_is_read_with_it(models: Path, samples: np.ndarray, palmaris: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "typed.npz", samples=samples, rate_hz=2000.0)
    flags = ["--model", models / "models" / "gru.onnx", "--language-model", models / "models" / "b.npz"]
    code, out, err = palmaris("replay", tmp_path / "typed.npz", *flags)
    assert code == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(same(line, answer) for line, answer in zip(lines, offline(models, samples), strict=True))


def test_gestures_have_no_language(models: Path) -> None:
    with pytest.raises(ModelMismatch, match="answers with no text: leave the language model out"):
        recognizer_for(load_any_model(str(models / "models" / "tiny.onnx")), DecisionOrder(), "b.npz")
