import numpy as np
import pytest
from scipy.stats import gmean

from models.pipeline.decision import DecisionSpec, DecisionStage

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1]])
LOG = np.log(P).astype(np.float32)


def test_without_smoothing_each_window_speaks_for_itself() -> None:
    decide = DecisionStage(DecisionSpec())
    for row, p in zip(LOG, P, strict=True):
        decision = decide(row)
        assert decision.gesture == p.argmax()
        assert decision.probabilities == pytest.approx(p, abs=1e-6)
        assert decision.accepted


def test_smoothing_is_the_geometric_mean_of_the_last_windows() -> None:
    decide = DecisionStage(DecisionSpec(smoothing=2))
    decide(LOG[0])
    decide(LOG[1])
    expected = gmean(P[1:], axis=0)
    assert decide(LOG[2]).probabilities == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_uncertain_decisions_are_not_accepted() -> None:
    decide = DecisionStage(DecisionSpec(reject_below=0.6))
    assert [decide(row).accepted for row in LOG] == [True, True, False]


def test_reset_forgets() -> None:
    decide = DecisionStage(DecisionSpec(smoothing=3))
    decide(LOG[1])
    decide.reset()
    assert decide(LOG[0]).probabilities == pytest.approx(P[0], abs=1e-6)


@pytest.mark.parametrize("values", [{"smoothing": 0}, {"reject_below": 1.5}, {"reject_below": -0.1}])
def test_meaningless_values_are_refused(values: dict) -> None:
    with pytest.raises(ValueError, match="smoothing|reject_below"):
        DecisionSpec(**values)
