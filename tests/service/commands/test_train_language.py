"""``palmaris train language``: a file of text becomes a model that knows what follows what."""

import pytest

from models.pipeline.ngram import NGram
from models.pipeline.symbols import CLASS_OF


def test_a_text_becomes_a_model(palmaris, tmp_path):
    (tmp_path / "texts.txt").write_text("the hand\nthe other hand\n" * 20)
    code, out, err = palmaris("train", "language", tmp_path / "texts.txt", "--out", tmp_path / "own" / "en.npz")
    assert code == 0, err
    assert "480 keys of 40 lines" in out
    model = NGram.load(tmp_path / "own" / "en.npz")
    assert [model.scores(before).argmax() for before in ("t", "the han", "the hand")] == [
        CLASS_OF[key] for key in ("h", "d", "\u23ce")
    ]


@pytest.mark.parametrize(
    ("text", "out", "words"),
    [
        (b"", "a.npz", "nothing that can be typed"),
        (b"\xff", "a.npz", "in UTF-8"),
        (None, "a.npz", "No such file"),
        (b"text", "a.bin", "must end with .npz"),
    ],
)
def test_what_cannot_be_learned_is_said(palmaris, tmp_path, text, out, words):
    if text is not None:
        (tmp_path / "texts.txt").write_bytes(text)
    code, _, err = palmaris("train", "language", tmp_path / "texts.txt", "--out", tmp_path / out)
    assert code == 4
    assert words in err
