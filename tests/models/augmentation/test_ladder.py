from dataclasses import replace

import numpy as np
import pytest

from models.augmentation.ladder import GeneratorTraining, Rung, Synthesis, synthesise, train_generator
from models.augmentation.levels import Levels
from models.augmentation.sparse import SASSOptions
from models.errors import DatasetError
from models.training.splits import identity

QUICK = Synthesis(Rung.SRG, SASSOptions(neighbours=3, confidence=0.2), steps=2)


@pytest.mark.parametrize("rung", list(Rung))
def test_every_rung_makes_windows_of_all_gestures(tiny_generator, windows, rung):
    generator = tiny_generator("label" if rung == Rung.LABEL_ONLY else "semantic")
    made = synthesise(generator, windows, 4, replace(QUICK, rung=rung))
    assert made.x.shape[1:] == (64, 2)
    assert made.x.dtype == np.float32
    if rung == Rung.SASS:  # this generator has hardly learned: what it makes is mostly refused
        assert np.bincount(made.y, minlength=3).max() <= 4
    else:
        assert np.bincount(made.y).tolist() == [4, 4, 4]
    np.testing.assert_array_equal(made.items, np.arange(len(made)))


def test_what_sass_keeps_is_recognised(tiny_generator, windows):
    generator = tiny_generator("semantic")
    made = synthesise(generator, windows, 12, replace(QUICK, rung=Rung.SASS))
    even = Levels.of(windows).even(made.x, made.subjects)
    said = generator.encoder.probabilities(generator.encoder.features(even)).argmax(axis=1)
    assert len(made) > 0
    np.testing.assert_array_equal(said, made.y)


def test_its_provenance_names_all_that_was_seen(tiny_generator, windows):
    generator = tiny_generator("semantic")
    own = replace(windows, trials=tuple(replace(trial, session="new") for trial in windows.trials))
    made = synthesise(generator, own, 2, replace(QUICK, seed=5))
    told = made.provenance
    assert set(told.trials) == {identity(trial) for trial in (*windows.trials, *own.trials)}
    assert (told.rung, told.seed, told.rate_hz, told.simulated) == ("SRG", 5, 1000.0, True)
    assert told.generator == generator.digest
    assert len(told.generator) == 64
    with pytest.raises(DatasetError, match="the generator has seen"):
        told.apart_from(own.trials)


def test_windows_are_as_strong_as_their_subject(tiny_generator, windows):
    generator = tiny_generator("semantic")
    louder = replace(windows, x=windows.x * 7)
    plain, loud = (synthesise(generator, real, 5, QUICK) for real in (windows, louder))
    np.testing.assert_allclose(loud.x, 7 * plain.x, rtol=1e-3, atol=1e-3 * 7 * plain.x.std())
    assert set(plain.subjects) == {"0", "1"}


def test_the_seed_decides(tiny_generator, windows):
    generator = tiny_generator("semantic")
    first, again, other = (synthesise(generator, windows, 2, replace(QUICK, seed=seed)).x for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(("condition", "rung"), [("label", Rung.SASS), ("semantic", Rung.LABEL_ONLY)])
def test_a_rung_needs_its_kind_of_generator(tiny_generator, windows, condition, rung):
    with pytest.raises(DatasetError, match=f"rung {rung.value.replace('+', '.')} needs a generator of the other kind"):
        synthesise(tiny_generator(condition), windows, 2, replace(QUICK, rung=rung))


def test_a_gesture_without_real_windows_is_refused(tiny_generator, windows):
    few = replace(windows, y=np.zeros_like(windows.y))
    with pytest.raises(DatasetError, match="no real window of point: give at least one trial of each"):
        synthesise(tiny_generator("semantic"), few, 2, QUICK)


def test_a_training_tells_what_goes_wrong(tiny_generator, windows, tmp_path):
    how = tiny_generator("semantic").how
    short = GeneratorTraining(how.labels, how.encoder, replace(how.diffusion, epochs=4, rate=1e-5))
    findings = []
    train_generator(windows, short, tmp_path, on_finding=findings.append)
    assert "condition-ignored" in {finding.signature for finding in findings}
    assert "train longer" in str(findings[0])
