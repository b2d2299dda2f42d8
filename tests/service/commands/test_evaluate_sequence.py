"""``palmaris evaluate`` with models of text and events; what measures gestures only says what to do instead."""

import json

import numpy as np
import pytest
import tiny_sequence_model
from wristband_typing import recording

from models.datasets.simulated_sequences import load
from models.sequence_runtime import SequenceModel
from models.training.evaluate_sequence import score_events, score_text


def written(folder, keys, channels=16):
    """One made-up user in two sessions, in the layout of ``palmaris simulate``."""
    folder.mkdir()
    for session, name in enumerate(("user-00", "user-00_day-1")):
        one = recording(keys, seed=session, channels=channels)
        np.savez(folder / f"{name}.npz", samples=one.signal, rate_hz=2000.0, keys=np.array(one.keys), times=one.times)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models, and recordings of keys and of events."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("typing", "gru", "wrist"):
        tiny_sequence_model.write(name, folder)
    tiny_sequence_model.write_lively_events(folder)
    written(folder / "keys", ("a", "b", "c"))
    written(folder / "events-of", tiny_sequence_model.EVENTS)
    written(folder / "eight", ("a", "b"), channels=8)
    return folder


def evaluated(palmaris, folder, model, data, dataset, *more):
    return palmaris(
        "evaluate", folder / f"{model}.onnx", "--data", folder / data, "--dataset", f"simulated-{dataset}", *more
    )


def test_text_is_scored_by_character(palmaris, folder):
    code, out, err = evaluated(palmaris, folder, "typing", "keys", "typing", "--json")
    assert code == 0, err
    errors = score_text(SequenceModel(folder / "typing.onnx"), load(folder / "keys"))
    assert json.loads(out)["cer"] == pytest.approx(errors.cer)
    assert json.loads(out)["symbols"] == errors.symbols == 30
    assert "character error rate, greedy" in evaluated(palmaris, folder, "typing", "keys", "typing")[1]


def test_events_are_scored_and_sessions_chosen(palmaris, folder):
    code, out, err = evaluated(palmaris, folder, "events", "events-of", "events", "--sessions", "day-1", "--json")
    assert code == 0, err
    chosen = [one for one in load(folder / "events-of") if one.session == "day-1"]
    scores = score_events(SequenceModel(folder / "events.onnx"), chosen)
    assert len(chosen) == 1
    assert (json.loads(out)["events"], json.loads(out)["noticed"]) == (scores.events, scores.noticed)
    assert scores.noticed


@pytest.mark.parametrize(
    ("model", "data", "dataset", "more", "words"),
    [
        ("typing", "keys", "typing", ["--subjects", "nobody"], "there are user-00 in 1, user-00 in day-1"),
        ("typing", "keys", "typing", ["--trials", "1"], "choose by --sessions"),
        ("typing", "eight", "typing", [], "8 channels at 2000 Hz, model typing wants 16 channels at 2000 Hz"),
        ("typing", "events-of", "events", [], "not of what a model of kind sequence answers"),
        ("events", "keys", "typing", [], "not of what a model of kind events answers"),
        ("typing", "keys", "grid", [], "no data set 'simulated-grid' of sequences; known: simulated-typing"),
        ("gru", "keys", "typing", [], "answers with 3 symbols only"),
        ("wrist", "events-of", "events", [], "not of what a model of kind control answers"),
    ],
)
def test_what_cannot_be_scored_is_said(palmaris, folder, model, data, dataset, more, words):
    code, _, err = evaluated(palmaris, folder, model, data, dataset, *more)
    assert code == 4
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bench", "latency", "--model", "MODEL"], "palmaris bench wristbands"),
        (["bench", "start", "--model", "MODEL"], "palmaris bench wristbands"),
        (["bench", "hops", "--model", "MODEL"], "palmaris bench wristbands"),
    ],
)
def test_what_needs_gestures_says_what_to_do_instead(palmaris, folder, arguments, words):
    code, _, err = palmaris(*(folder / "gru.onnx" if argument == "MODEL" else argument for argument in arguments))
    assert code == 4
    assert "gru.onnx is of kind sequence" in err
    assert words in err
