import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from models.errors import DatasetError
from models.training.train_lda import LDATraining, fit_head, train_lda

LABELS = ("rest", "fist", "point")


@pytest.mark.parametrize("classes", [2, 5])
def test_the_head_is_scikit_learns_discriminant(classes):
    rng = np.random.default_rng(0)
    y = np.arange(200) % classes
    features = (rng.standard_normal((200, 6)) * [1, 10, 100, 1, 1, 1] + y[:, np.newaxis] + 50).astype(np.float32)
    standard = (features - features.mean(0)) / features.std(0)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(standard, y).predict_log_proba(standard)
    with torch.no_grad():
        ours = fit_head(features, y)(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_features_that_never_change_tell_nothing():
    y = np.arange(40) % 2
    head = fit_head(np.stack([np.full(40, 7.0), y, y]).T.astype(np.float32), y)
    with torch.no_grad():
        assert head(torch.tensor([[7.0, 0, 0], [7.0, 1, 1]])).argmax(dim=1).tolist() == [0, 1]
        silent = fit_head(np.full((40, 3), 7, np.float32), y)(torch.full((1, 3), 7.0))
    np.testing.assert_allclose(silent.exp(), 0.5, atol=1e-6)


def test_it_learns_what_is_easy(synthetic_trials):
    model = train_lda(synthetic_trials(), LDATraining("easy", LABELS))
    assert (model.spec.rate_hz, model.spec.window, model.spec.hop, model.spec.features) == (1000, 250, 25, 29)
    for trial in synthetic_trials(subjects=3)[-6:]:
        with torch.no_grad():
            answer = model.head(model.encoder(torch.from_numpy(trial.samples[np.newaxis, -250:]))).argmax()
        assert LABELS[int(answer)] == trial.label


def test_no_trials_are_refused():
    with pytest.raises(DatasetError, match="no trials"):
        train_lda([], LDATraining("easy", LABELS))


def test_the_card_gets_what_it_was_fitted_on(synthetic_trials):
    facts = train_lda(synthetic_trials(), LDATraining("easy", LABELS)).facts
    assert facts["Training trials"] == "12: numbers 1, 2 of each gesture"
    assert facts["Training windows"] == "84, every 125 ms"
