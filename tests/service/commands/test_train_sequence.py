"""``palmaris train sequence``: from a folder of recordings and the name of a recipe to a model and its scores."""

import numpy as np
import pytest
from wristband_typing import recording

from models.sequence_runtime import SequenceModel


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One made-up user who typed in two sessions, in the layout of ``palmaris simulate``."""
    folder = tmp_path_factory.mktemp("typing")
    for session, name in enumerate(("user-00", "user-00_day-1")):
        one = recording(seconds=11, seed=session)
        np.savez(folder / f"{name}.npz", samples=one.signal, rate_hz=2000.0, keys=np.array(one.keys), times=one.times)
    return folder


def test_one_command_trains_a_row_of_a_table(palmaris, folder, tmp_path):
    flags = ["--data", folder, "--name", "typing", "--test-sessions", "day-1", "--epochs", "1", "--out", tmp_path]
    code, out, err = palmaris("train", "sequence", "cnn-live", *flags)
    assert code == 0, err
    assert "typing, simulated" in out
    assert "character error rate, greedy" in out
    model = SequenceModel(tmp_path / "typing.onnx")
    assert (model.spec.channels, model.spec.answers, model.spec.simulated) == (16, 99, True)
    card = (tmp_path / "typing.md").read_text()
    assert "Simulated: trained on simulated users" in card
    assert "| Answers live | yes |" in card


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cnn-gru-2khz", "--test-sessions", "day-1"], "no recipe 'cnn-gru-2khz'; there are: cnn, lstm"),
        (
            ["splashnet", "--test-sessions", "day-9"],
            "no session to test on: the data set has, of these people, 1, day-1",
        ),
        (["splashnet", "--users", "nobody"], "no session to learn from"),
        (["splashnet", "--test-sessions", "1", "--validation-sessions", "1"], "a model is not tested so"),
        (["splashnet", "--dataset", "khushaba-6"], "no data set 'khushaba-6' of sequences; known: simulated-typing"),
    ],
)
def test_orders_that_cannot_be_are_refused(palmaris, folder, tmp_path, arguments, words):
    code, _, err = palmaris("train", "sequence", *arguments, "--data", folder, "--name", "t", "--out", tmp_path)
    assert code != 0
    assert words in err
