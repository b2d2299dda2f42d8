"""Generated windows as a supplement: what they may join, and what a training makes of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.augmentation.supplement import Supplement
from models.augmentation.synthetic import Provenance, Synthetic
from models.errors import DatasetError, ModelMismatch
from models.training.augment import Augmentation
from models.training.splits import identity
from models.training.train_csae import CSAETraining, train_csae
from models.training.train_lda import LDATraining, features_of, fit_head, train_lda
from models.training.windows import Cut, cut

torch.set_num_threads(1)

LABELS = ("fist", "point", "rest")
MARGIN = 10
CSAE = CSAETraining(
    "tiny",
    LABELS,
    validation_trial=2,
    autoencoder_epochs=1,
    head_epochs=2,
    batch=8,
    augmentation=Augmentation(jitter=MARGIN),
)
LDA = LDATraining("tiny", LABELS)


@pytest.fixture(scope="module")
def trials(synthetic_trials):
    return synthetic_trials(subjects=1, repetitions=3, seconds=1.2)


@pytest.fixture(scope="module")
def taught(trials):
    """What a training may see: trial 2 stops the CSAE."""
    return [trial for trial in trials if trial.trial < 3]


@pytest.fixture(scope="module")
def supplement(trials) -> Supplement:
    """120 windows of 250 ms, drawn by something that has seen the first trial of each gesture."""
    seen = tuple(identity(trial) for trial in trials if trial.trial == 1)
    told = Provenance("a" * 64, "SRG", 7, seen, LABELS, 1000.0, True, "2026-01-31", "1234567", "palmaris augment")
    x = 100 * np.random.default_rng(0).standard_normal((120, 250, 2)).astype(np.float32)
    made = Synthetic(x, np.tile([0, 1, 2], 40), np.arange(120), np.full(120, "0"), told)
    return Supplement(made, tuple(trial for trial in trials if trial.trial == 3), simulated=True)


def changed(supplement: Supplement, **provenance) -> Supplement:
    made = supplement.made
    return replace(supplement, made=replace(made, provenance=replace(made.provenance, **provenance)))


def shaped(supplement: Supplement, x: np.ndarray) -> Supplement:
    return replace(supplement, made=replace(supplement.made, x=x))


@pytest.fixture(scope="module")
def real(trials):
    return cut([trial for trial in trials if trial.trial == 1], LABELS, Cut(250 + 2 * MARGIN, 125))


def test_two_join_each_recorded_one_and_their_ends_are_mirrored(real, supplement):
    lesson = supplement(real, LABELS, MARGIN, ())
    assert len(lesson) == 3 * len(real)
    np.testing.assert_array_equal(lesson.x[: len(real)], real.x)
    first, given = lesson.x[len(real)], supplement.made.x[0]
    np.testing.assert_array_equal(first[MARGIN:-MARGIN], given)
    np.testing.assert_array_equal(first[:MARGIN], given[MARGIN:0:-1])
    np.testing.assert_array_equal(first[-MARGIN:], given[-2 : -MARGIN - 2 : -1])


def test_of_windows_a_little_longer_than_the_models_all_is_used_and_of_much_longer_ones_the_middle(real, supplement):
    """At 2048 Hz, 250 ms are 512 samples, and the CSAE's windows 510."""
    for length in (253, 301):
        x = np.random.default_rng(0).standard_normal((120, length, 2)).astype(np.float32)
        lesson = shaped(supplement, x)(real, LABELS, MARGIN, ())
        assert lesson.x.shape[1] == 270
        window = x[0] if length < 270 else x[0, 15:285]
        start = (270 - len(window)) // 2
        np.testing.assert_array_equal(lesson.x[len(real), start : start + len(window)], window)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": ("fist", "rest", "point")}, "are of fist, rest, point, the recordings of fist, point, rest: draw"),
        (
            {"rate_hz": 2000.0},
            "250 samples of 2 channels at 2000 Hz, the model needs 250 samples of 2 channels at 1000",
        ),
        ({"simulated": False}, "generated windows are of people, the recordings of simulated users: draw them from"),
    ],
    ids=["labels", "rate", "simulated"],
)
def test_those_of_something_else_are_refused(real, supplement, change, told):
    with pytest.raises(DatasetError, match=told):
        changed(supplement, **change)(real, LABELS, MARGIN, ())


@pytest.mark.parametrize("shape", [(120, 249, 2), (120, 250, 3)], ids=["short", "channels"])
def test_windows_of_another_shape_are_refused(real, supplement, shape):
    with pytest.raises(
        DatasetError, match=f"{shape[1]} samples of {shape[2]} channels at 1000 Hz, the model needs 250"
    ):
        shaped(supplement, np.zeros(shape, np.float32))(real, LABELS, MARGIN, ())


@pytest.mark.parametrize(("number", "remedy"), [(2, "--no-validation"), (3, "--test-trials")])
def test_a_generator_that_saw_a_judge_is_refused_before_anything_is_trained(
    trials, taught, supplement, tmp_path, number, remedy
):
    leaking = changed(supplement, trials=tuple(identity(trial) for trial in trials if trial.trial in (1, number)))
    told = f"the generator has seen trial {number} of fist, subject 0, session 1: .*{remedy}.*palmaris augment --trials"
    with pytest.raises(DatasetError, match=told):
        train_csae(taught, CSAE, tmp_path / "out", more=leaking)
    assert not (tmp_path / "out").exists()


def test_a_trial_that_stops_nothing_may_have_been_seen(taught, supplement, tmp_path):
    seen = changed(supplement, trials=tuple(map(identity, taught)))
    model = train_csae(taught, replace(CSAE, validation_trial=None, head_epochs=1), tmp_path, more=seen)
    assert "after trials 1, 2 of 0" in model.facts["Generated windows"]


@pytest.fixture(scope="module")
def plain(taught, tmp_path_factory):
    return train_csae(taught, CSAE, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("more")


@pytest.fixture(scope="module")
def more(taught, supplement, place):
    return train_csae(taught, CSAE, place, more=supplement)


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_the_classifier_alone_learns_from_them(plain, more):
    scale, encoder, *_ = plain.encoder
    assert same(scale, more.encoder[0])
    assert same(encoder, more.encoder[1])
    assert not same(plain.head, more.head)


def test_efforts_and_examples_are_of_recorded_windows(plain, more):
    assert plain.effort == more.effort
    np.testing.assert_array_equal(plain.examples, more.examples)


def test_the_card_of_a_csae_tells_them_apart_from_recorded_ones(plain, more):
    told = more.facts
    assert told["Generated windows"].startswith(
        "42 beside the 21 recorded ones; conditions SRG, seed 7, after trials 1"
    )
    assert told["Generator"] == f"SHA-256 {'a' * 64}; windows drawn 2026-01-31, on commit 1234567"
    assert told["Learned from them"] == "the classifier; the autoencoder from recorded ones alone"
    assert told["Training windows"] == plain.facts["Training windows"]
    assert not {"Generated windows", "Generator", "Learned from them"} & plain.facts.keys()


def test_a_training_goes_on_with_the_same_windows_and_with_no_others(taught, supplement, place, more):
    ended = []
    again = train_csae(taught, CSAE, place, ended.append, more=supplement)
    assert same(again.head, more.head)
    assert not ended
    others = shaped(supplement, supplement.made.x[::-1].copy())
    for other in (None, others):
        with pytest.raises(ModelMismatch, match="give an empty folder"):
            train_csae(taught, CSAE, place, more=other)


def test_a_discriminant_is_fitted_on_both(taught, supplement):
    plain, model = train_lda(taught, LDA), train_lda(taught, LDA, supplement)
    recorded = cut(taught, LABELS, Cut.of(model.spec, LDA.train_hop_s))
    lesson = supplement(recorded, LABELS, 0, ())
    assert len(lesson) == 3 * len(recorded)
    assert same(model.head, fit_head(features_of(model.encoder, lesson.x), lesson.y))
    assert not same(model.head, plain.head)
    assert model.effort == plain.effort
    np.testing.assert_array_equal(model.examples, plain.examples)
    assert model.facts["Generated windows"].startswith(f"{2 * len(recorded)} beside the {len(recorded)} recorded ones")
