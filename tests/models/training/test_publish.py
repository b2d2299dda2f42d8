from models.cards import HEADLINE
from models.datasets import DATASETS
from models.runtime import load_model
from models.training.evaluate import evaluate


def test_three_files_and_the_scores_that_the_card_names(easy_model, synthetic_trials):
    assert {"easy.head.onnx", "easy.md", "easy.onnx"} == {path.name for path in easy_model.parent.iterdir()}
    test = [trial for trial in synthetic_trials(repetitions=3) if trial.trial == 3]
    scores = evaluate(load_model(str(easy_model)), test)
    card = easy_model.with_suffix(".md").read_text()
    assert f"| {HEADLINE} | {scores.macro_f1:.3f} |" in card
    assert "Tested once, on trials 3 of each gesture" in card
    assert DATASETS["simulated"].licence in card
    assert "    palmaris train lda" in card
