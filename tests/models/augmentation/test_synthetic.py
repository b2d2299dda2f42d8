from dataclasses import fields, replace

import numpy as np
import pytest

from models.augmentation.synthetic import LearnSet, Provenance, Synthetic, mixed
from models.datasets import DATASETS, load_trials
from models.errors import DatasetError
from models.training.lesson import Lesson
from models.training.splits import Split, by_trial, identity
from models.training.windows import Cut, Windows, cut

LABELS = ("fist", "point", "rest")


@pytest.fixture(scope="module")
def split(synthetic_trials):
    return by_trial(synthetic_trials(subjects=1, repetitions=3, seconds=1.0), {3})


@pytest.fixture(scope="module")
def real(split) -> Windows:
    return cut(split.train, LABELS, Cut(100, 50))


@pytest.fixture
def made(split) -> Synthetic:
    seen = tuple(map(identity, split.train))
    provenance = Provenance("0" * 64, "SRG", 7, seen, LABELS, 1000.0, True, "2026-01-31", "1234567")
    x = np.random.default_rng(0).standard_normal((120, 100, 2)).astype(np.float32)
    return Synthetic(x, np.tile([0, 1, 2], 40), np.arange(120), np.tile(["0", "1"], 60), provenance)


def test_a_file_keeps_everything(made, tmp_path):
    made.save(tmp_path / "generated.npz")
    back = Synthetic.load(tmp_path / "generated.npz")
    assert back.provenance == made.provenance
    for name in ("x", "y", "items", "subjects"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
        assert getattr(back, name).dtype == getattr(made, name).dtype


def test_a_part_keeps_provenance_and_numbers(made):
    part = made.of(made.y == 1)
    assert part.provenance is made.provenance
    assert part.items.tolist() == list(range(1, 120, 3))
    assert len(part) == 40


def test_two_generated_windows_join_each_real_one(real, made, split):
    learn = mixed(real, made, split.test)
    assert (learn.generated.sum(), (~learn.generated).sum()) == (2 * len(real), len(real))
    for label in range(3):
        own = learn.y == label
        assert (own & learn.generated).sum() == 2 * (own & ~learn.generated).sum()
    np.testing.assert_array_equal(learn.x[~learn.generated], real.x)
    assert learn.provenance == made.provenance
    assert (mixed(real, made, split.test, 0.5).generated.sum(), len(real)) == (len(real) // 2, 54)


def test_what_is_missing_is_not_made_up(real, made, split):
    assert mixed(real, made, split.test, 1000).generated.sum() == len(made)


def test_no_trial_that_the_generator_saw_may_judge(real, made, split):
    with pytest.raises(DatasetError, match="the generator has seen trial 1 of fist, subject 0, session 1: judge by"):
        made.provenance.apart_from(split.train)
    leaking = replace(made.provenance, trials=tuple(map(identity, (*split.train, split.test[0]))))
    with pytest.raises(DatasetError, match="the generator has seen trial 3 of fist"):
        mixed(real, replace(made, provenance=leaking), split.test)


def test_no_trial_that_is_learned_from_may_judge(real, made, split):
    with pytest.raises(DatasetError, match="is on both sides: split by trial"):
        mixed(real, made, (*split.test, split.train[0]))


@pytest.mark.parametrize("side", [0, 1])
def test_a_split_takes_recorded_trials_alone(made, split, side):
    sides = [split.train, split.test]
    sides[side] = (*sides[side], made)
    with pytest.raises(DatasetError, match="only recorded trials are split: generated windows join"):
        Split(*sides)


def test_it_is_not_what_judges_take(made):
    needed = {field.name for field in fields(Windows)}
    for kind in (Synthetic, LearnSet, Lesson):
        assert not issubclass(kind, Windows)
        assert {"source", "trials"} <= needed - {field.name for field in fields(kind)}


@pytest.mark.parametrize("file", ["generated.npz", "S01.npz", "user-01.npz", "male_1.npz"])
@pytest.mark.parametrize("name", ["khushaba-6", "simulated", "uci-hand", "flexemg"])
def test_no_loader_of_recordings_takes_its_file(made, tmp_path, file, name):
    assert name in DATASETS
    made.save(tmp_path / file)
    with pytest.raises(DatasetError):
        load_trials(name, tmp_path)


def test_its_file_says_what_it_is(made, tmp_path):
    made.save(tmp_path / "S01.npz")
    with pytest.raises(DatasetError, match="holds generated windows, which are only learned from: give a folder"):
        load_trials("khushaba-6", tmp_path)


def test_neither_is_it_replayed(made, tmp_path, palmaris):
    made.save(tmp_path / "generated.npz")
    code, _, err = palmaris("replay", tmp_path / "generated.npz", "--model", "csae-simulated")
    assert code == 4
    assert "no known layout" in err


@pytest.mark.parametrize("told", ["not json", "{}", '{"trials": [["a"]]}'])
def test_a_damaged_provenance_is_refused(made, tmp_path, told):
    arrays = {"windows": made.x, "gestures": made.y, "items": made.items, "subjects": made.subjects}
    np.savez(tmp_path / "x.npz", provenance=np.array(told), **arrays)
    with pytest.raises(DatasetError, match="the provenance in .* is damaged .* generate it again"):
        Synthetic.load(tmp_path / "x.npz")


def test_a_recording_is_nothing_generated(tmp_path):
    np.savez(tmp_path / "x.npz", samples=np.zeros((4, 2)))
    with pytest.raises(DatasetError, match="is damaged or has another layout"):
        Synthetic.load(tmp_path / "x.npz")


def test_windows_must_be_cut_alike(made, split):
    with pytest.raises(DatasetError, match=r"real windows are \(80, 2\) \(time, channel\), generated ones \(100, 2\)"):
        mixed(cut(split.train, LABELS, Cut(80, 50)), made, split.test)
