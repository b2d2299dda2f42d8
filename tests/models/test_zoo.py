"""The shipped models: whole, small, and as good as their cards say."""

import re

import numpy as np
import pytest

from drivers.registry import open_source
from models.cards import CardScores, card_scores
from models.datasets import load_trials
from models.runtime import HEAD_SUFFIX, ZOO, Model, load_model, shipped_models
from models.training.evaluate import evaluate

KHUSHABA = ["csae-khushaba-6", "csae-khushaba-10", "lda-khushaba-6", "lda-khushaba-10"]
RING = "csae-ring-simulated"


def card(name: str) -> str:
    return (ZOO / f"{name}.md").read_text(encoding="utf-8")


def scores(name: str) -> CardScores:
    found = card_scores(card(name))
    assert found is not None
    return found


def test_the_zoo_is_complete():
    assert {*KHUSHABA, "csae-simulated", RING, "all-convnet-simulated"} <= set(shipped_models())
    names = {path.name for path in ZOO.iterdir()}
    assert names == {f"{name}{end}" for name in shipped_models() for end in (".onnx", HEAD_SUFFIX, ".md")}


def answer_to_noise(model: Model) -> np.ndarray:
    draw = np.random.default_rng(0)
    if model.spec.images is None:
        return model(100 * draw.standard_normal((model.spec.window, model.spec.channels), np.float32))
    image = 0.04 * draw.standard_normal((1, *model.spec.images.shape), np.float32)
    return model.head.batch(model.encoder.images(image))[0]


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_answers_and_its_card_is_its_own(name):
    model = load_model(name)
    spec = model.spec
    assert spec.name == name
    assert (spec.window_ms, spec.hop_ms) == ((250, 25) if spec.images is None else (40, 20))
    answer = answer_to_noise(model)
    assert np.exp(answer).sum() == pytest.approx(1, abs=1e-5)
    assert len(answer) == len(model.head.spec.labels)
    assert model.encoder.fingerprint in card(name)
    assert ", ".join(model.head.spec.labels) in card(name)
    assert 0 < scores(name).worst_macro_f1 <= scores(name).macro_f1 < scores(name).smoothed_macro_f1 < 1
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
    assert scores("csae-simulated").strangers_macro_f1 < scores("csae-simulated").macro_f1 - 0.2


def test_the_model_of_a_ring_fits_the_wristband_and_tells_what_turning_costs():
    wristband = open_source("sim://wristband").info
    spec = load_model(RING).spec
    spec.require(wristband.rate_hz, len(wristband.channels), wristband.unit, wristband.grid)
    assert wristband.rate_hz == spec.rate_hz
    found = dict(re.findall(r"rings ([a-z 12]+) \| macro-F1 (0\.\d+, LDA 0\.\d+) \|", card(RING)))
    network, control = zip(*(map(float, line.split(", LDA ")) for line in found.values()), strict=True)
    assert list(found) == ["as worn", "turned by 1", "turned by 2"]
    assert network[0] - min(network) < 0.1 < control[0] - max(control[1:])


@pytest.mark.parametrize("name", ["csae-khushaba-6", "lda-khushaba-6"])
def test_the_scores_on_the_card_are_those_that_evaluation_gives(name, shared_data):
    trials = load_trials(name.removeprefix("csae-").removeprefix("lda-"), shared_data("khushaba2012-2ch"))
    result = evaluate(load_model(name), [trial for trial in trials if trial.trial in {5, 6}])
    assert result.macro_f1 == pytest.approx(scores(name).macro_f1, abs=0.002)
    assert result.smoothed_macro_f1 == pytest.approx(scores(name).smoothed_macro_f1, abs=0.002)
