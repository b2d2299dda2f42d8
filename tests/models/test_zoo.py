"""The shipped models: whole, small, and as good as their cards say."""

import re

import numpy as np
import pytest

from models.datasets import load_trials
from models.runtime import HEAD_SUFFIX, ZOO, load_model, shipped_models
from models.training.evaluate import evaluate

KHUSHABA = ["csae-khushaba-6", "csae-khushaba-10", "lda-khushaba-6", "lda-khushaba-10"]
HEADLINE = "Macro-F1 window by window, mean over subjects"
SMOOTHED = "Macro-F1 smoothed, mean over subjects"
STRANGERS = "Macro-F1 window by window, mean over people it has never seen, uncalibrated"


def card(name: str) -> str:
    return (ZOO / f"{name}.md").read_text(encoding="utf-8")


def value(name: str, score: str) -> float:
    return float(re.search(rf"^\| {score} \| (0\.\d{{3}})\b", card(name), re.MULTILINE)[1])


def test_the_zoo_is_complete():
    assert {*KHUSHABA, "csae-simulated"} <= set(shipped_models())
    names = {path.name for path in ZOO.iterdir()}
    assert names == {f"{name}{end}" for name in shipped_models() for end in (".onnx", HEAD_SUFFIX, ".md")}


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_answers_and_its_card_is_its_own(name):
    model = load_model(name)
    spec = model.spec
    assert spec.name == name
    assert spec.window_ms == 250
    assert spec.hop_ms == 25
    answer = model(100 * np.random.default_rng(0).standard_normal((spec.window, spec.channels), np.float32))
    assert np.exp(answer).sum() == pytest.approx(1, abs=1e-5)
    assert len(answer) == len(model.head.spec.labels)
    assert model.encoder.fingerprint in card(name)
    assert ", ".join(model.head.spec.labels) in card(name)
    assert spec.simulated == ("simulated" in name) == ("**Simulated: trained on simulated users" in card(name))


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_is_small_and_says_so(name):
    for end in (".onnx", HEAD_SUFFIX):
        size = (ZOO / f"{name}{end}").stat().st_size
        assert size < 500_000
        assert f"{size:,} bytes" in card(name)


@pytest.mark.parametrize("name", shipped_models())
def test_no_path_of_the_machine_that_trained_it_is_inside(name):
    for end in (".onnx", HEAD_SUFFIX, ".md"):
        content = (ZOO / f"{name}{end}").read_bytes()
        assert not re.search(rb"(/root/|/home/|/tmp/|site-packages)", content)


def test_a_simulated_model_needs_calibration_for_a_new_user():
    assert value("csae-simulated", STRANGERS) < value("csae-simulated", HEADLINE) - 0.2


@pytest.mark.parametrize("name", ["csae-khushaba-6", "lda-khushaba-6"])
def test_the_scores_on_the_card_are_those_that_evaluation_gives(name, shared_data):
    trials = load_trials(name.removeprefix("csae-").removeprefix("lda-"), shared_data("khushaba2012-2ch"))
    result = evaluate(load_model(name), [trial for trial in trials if trial.trial in {5, 6}])
    assert result.macro_f1 == pytest.approx(value(name, HEADLINE), abs=0.002)
    assert result.smoothed_macro_f1 == pytest.approx(value(name, SMOOTHED), abs=0.002)
