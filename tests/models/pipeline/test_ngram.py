import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelUnreadable
from models.pipeline.ngram import NGram
from models.training.train_ngram import train_ngram


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("ab ⇧", max_size=12), max_size=4), st.text("ab ⇧c", max_size=6))
def test_what_is_saved_is_read_again(tmp_path_factory, texts, before):
    model = train_ngram(texts, 3)
    file = tmp_path_factory.mktemp("lm") / "model.npz"
    model.save(file)
    read = NGram.load(file)
    assert read.order == model.order
    assert np.array_equal(read.scores(before), model.scores(before))


def test_scores_look_back_no_further_than_the_order():
    model = train_ngram(["abcabd"], 3)
    assert np.array_equal(model.scores("xyzab"), model.scores("ab"))


def test_scores_cannot_be_spoiled():
    with pytest.raises(ValueError, match="read-only"):
        train_ngram(["ab"], 2).scores("a")[0] = 0


def test_a_file_is_small(tmp_path):
    rng = np.random.default_rng(1)
    text = "".join(rng.choice(list("abcdefgh "), 20000))
    train_ngram([text], 4).save(tmp_path / "model.npz")
    assert (tmp_path / "model.npz").stat().st_size < 60_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"text"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(ModelUnreadable, match="no language model of ours"):
        NGram.load(tmp_path / "model.npz")


def test_a_damaged_model_is_refused(tmp_path):
    model = train_ngram(["abab"], 2)
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as data:
        parts = dict(data)
    np.savez(tmp_path / "model.npz", **(parts | {"counts": parts["counts"][:-1]}))
    with pytest.raises(ModelUnreadable):
        NGram.load(tmp_path / "model.npz")
