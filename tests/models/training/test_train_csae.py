from dataclasses import replace

import numpy as np
import pytest
import torch

from models.errors import DatasetError, ModelMismatch
from models.training.augment import Augmentation, Rotation
from models.training.train_csae import CSAETraining, train_csae

torch.set_num_threads(1)

LABELS = ("fist", "point", "rest")
QUICK = CSAETraining(
    "tiny",
    LABELS,
    validation_trial=2,
    autoencoder_epochs=4,
    head_epochs=20,
    batch=8,
    augmentation=Augmentation(jitter=10),
)
SHORT = replace(QUICK, autoencoder_epochs=2, head_epochs=3)


class Stopped(Exception):
    """The training is killed."""


def weights(model):
    return {**model.encoder.state_dict(prefix="encoder."), **model.head.state_dict(prefix="head.")}


@pytest.fixture(scope="module")
def trained(synthetic_trials, tmp_path_factory):
    return train_csae(synthetic_trials(), QUICK, tmp_path_factory.mktemp("trained"))


def test_it_learns_what_is_easy(trained, synthetic_trials):
    spec = trained.spec
    assert (spec.rate_hz, spec.channels, spec.window, spec.hop, spec.features) == (1000, 2, 250, 25, 64)
    fresh = {trial.label: trial.samples[-250:] for trial in synthetic_trials(subjects=3) if trial.subject == "2"}
    with torch.no_grad():
        answers = [
            int(trained.head(trained.encoder(torch.from_numpy(fresh[label][np.newaxis]))).argmax()) for label in LABELS
        ]
    assert [LABELS[answer] for answer in answers] == list(LABELS)


def test_the_card_gets_what_the_training_found(trained):
    assert trained.facts["Training trials"] == "6: numbers 1 of each gesture"
    assert "encoder 21,440" in trained.facts["Network"]
    assert trained.facts["Shared by overlapping windows"] == "frames of 60 ms, one every 5 ms"
    assert "lambda 1e-07 x sum" in trained.facts["Sparsity"]


def test_without_padding_windows_share_frames(trained):
    frames, x = trained.spec.frames, torch.from_numpy(trained.examples)
    assert frames is not None
    with torch.no_grad():
        _, kept = trained.encoder.follow(x[:, : -frames.stride], torch.zeros(len(x), 0, frames.width))
        features, _ = trained.encoder.follow(x[:, -frames.receptive :], kept)
        torch.testing.assert_close(features, trained.encoder(x))


def test_with_padding_they_do_not(synthetic_trials, tmp_path):
    padded = replace(QUICK, autoencoder_epochs=1, head_epochs=1, shared=False)
    trained = train_csae(synthetic_trials(), padded, tmp_path)
    assert trained.spec.frames is None
    assert "encoder 25,600" in trained.facts["Network"]
    assert trained.facts["Shared by overlapping windows"] == "nothing, convolutions pad"


def test_at_2048_hz_live_windows_share_frames_too(synthetic_trials, tmp_path):
    trials = [replace(trial, rate_hz=2048.0) for trial in synthetic_trials(seconds=2.5)]
    spec = train_csae(trials, replace(QUICK, autoencoder_epochs=1, head_epochs=1), tmp_path).spec
    assert (spec.rate_hz, spec.window, spec.hop) == (2048, 510, 50)
    assert spec.hop % spec.frames.stride == 0


def test_a_ring_that_is_turned_is_another_training(synthetic_trials, tmp_path):
    quick = replace(QUICK, autoencoder_epochs=1, head_epochs=1)
    still = train_csae(synthetic_trials(), quick, tmp_path / "a")
    turned = train_csae(synthetic_trials(), replace(quick, rotation=Rotation(((0, 1),), 1)), tmp_path / "b")
    assert "Rotation" not in still.facts
    assert turned.facts["Rotation"] == "rings of 2 electrodes, each training window turned by up to 1 either way"
    assert not torch.equal(weights(still)["head.hidden.weight"], weights(turned)["head.hidden.weight"])


def test_statistics_come_from_training_trials_alone(synthetic_trials, tmp_path):
    trials = synthetic_trials()
    louder = [replace(trial, samples=10 * trial.samples) if trial.trial == 2 else trial for trial in trials]
    quick = replace(QUICK, autoencoder_epochs=1, head_epochs=1)
    quiet, loud = train_csae(trials, quick, tmp_path / "a"), train_csae(louder, quick, tmp_path / "b")
    assert torch.equal(quiet.encoder[0].microvolts, loud.encoder[0].microvolts)
    assert weights(quiet).keys() == weights(loud).keys()
    assert all(torch.equal(a, b) for a, b in zip(weights(quiet).values(), weights(loud).values(), strict=True))


@pytest.fixture(scope="module")
def uninterrupted(synthetic_trials, tmp_path_factory):
    return train_csae(synthetic_trials(), SHORT, tmp_path_factory.mktemp("uninterrupted"))


def kill_at(stage, epoch):
    def kill(progress):
        if (progress.stage, progress.epoch) == (stage, epoch):
            raise Stopped

    return kill


@pytest.mark.parametrize("killed_at", [("autoencoder", 1), ("head", 2)])
def test_a_killed_training_goes_on_where_it_was(uninterrupted, synthetic_trials, tmp_path, killed_at):
    with pytest.raises(Stopped):
        train_csae(synthetic_trials(), SHORT, tmp_path, kill_at(*killed_at))
    again = train_csae(synthetic_trials(), SHORT, tmp_path)
    for name, weight in weights(again).items():
        assert torch.equal(weight, weights(uninterrupted)[name]), name


def test_training_the_head_leaves_the_encoder_alone(synthetic_trials, tmp_path):
    with pytest.raises(Stopped):
        train_csae(synthetic_trials(), SHORT, tmp_path, kill_at("head", 1))
    before = torch.load(tmp_path / "autoencoder.pt", weights_only=True)["best"]
    after = train_csae(synthetic_trials(), SHORT, tmp_path).encoder[1].state_dict(prefix="0.")
    for name, weight in after.items():  # batch statistics included
        assert torch.equal(weight, before[name]), name


def test_a_folder_of_another_training_is_refused(synthetic_trials, tmp_path):
    quick = replace(QUICK, autoencoder_epochs=1, head_epochs=1)
    train_csae(synthetic_trials(), quick, tmp_path)
    with pytest.raises(ModelMismatch, match="empty folder"):
        train_csae(synthetic_trials(), replace(quick, seed=1), tmp_path)
    with pytest.raises(ModelMismatch, match="empty folder"):
        train_csae(synthetic_trials(subjects=3), quick, tmp_path)


def test_a_validation_trial_that_nobody_has_is_refused(synthetic_trials, tmp_path):
    with pytest.raises(DatasetError, match="empty"):
        train_csae(synthetic_trials(), replace(QUICK, validation_trial=4), tmp_path)


def test_no_trials_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no trials"):
        train_csae([], QUICK, tmp_path)


def test_a_rate_without_a_network_is_refused(synthetic_trials, tmp_path):
    trials = [replace(trial, rate_hz=1200.0) for trial in synthetic_trials()]
    with pytest.raises(ModelMismatch, match="no CSAE for 1200 Hz"):
        train_csae(trials, QUICK, tmp_path)
