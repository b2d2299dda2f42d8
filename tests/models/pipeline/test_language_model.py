"""A language model is read as what its name says."""

import pytest

from models.errors import ModelUnknown, ModelUnreadable
from models.pipeline.language_model import load_language_model
from models.pipeline.symbols import CLASS_OF
from models.training.train_ngram import train_ngram

ARPA = "\\data\\\nngram 1=2\n\n\\1-grams:\n-1.0 a\n-2.0 b\n\n\\end\\\n"


def test_each_kind_of_file(tmp_path):
    train_ngram(["abab"], 2).save(tmp_path / "own.npz")
    (tmp_path / "other.arpa").write_text(ARPA)
    assert load_language_model(tmp_path / "own.npz").scores("a").argmax() == CLASS_OF["b"]
    assert load_language_model(tmp_path / "other.arpa").scores("").argmax() == CLASS_OF["a"]


@pytest.mark.parametrize("name", ["nothing.npz", "here.txt"])
def test_what_is_not_there_or_something_else_is_refused(tmp_path, name):
    (tmp_path / "here.txt").write_text("text")
    with pytest.raises(ModelUnknown, match="palmaris train language"):
        load_language_model(tmp_path / name)


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    (tmp_path / "wrong.npz").write_text(ARPA)
    with pytest.raises(ModelUnreadable, match="no language model of ours"):
        load_language_model(tmp_path / "wrong.npz")
