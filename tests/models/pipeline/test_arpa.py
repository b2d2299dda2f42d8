import sys

import numpy as np
import pytest

from models.errors import ModelError, ModelUnreadable
from models.pipeline.arpa import KenLM, read_arpa
from models.pipeline.symbols import CLASS_OF

ARPA = r"""
\data\
ngram 1=6
ngram 2=4
ngram 3=1

\1-grams:
-2.0	<unk>
-99	<s>	-0.3
-1.0	</s>
-0.5	a	-0.2
-0.7	b	-0.1
-0.9	▁

\2-grams:
-0.4	<s> a	-0.6
-0.2	a b	-0.5
-0.6	b ▁
-0.8	b </s>

\3-grams:
-0.1	a b ▁

\end\
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.arpa"
    path.write_text(ARPA, encoding="utf-8")
    return path


def ten(model, before, symbol):
    return model.scores(before)[CLASS_OF[symbol]] / np.log(10)


def test_what_is_in_the_file_and_what_backs_off(file):
    model = read_arpa(file)
    assert model.order == 3
    assert ten(model, "", "a") == pytest.approx(-0.5)
    assert ten(model, "a", "b") == pytest.approx(-0.2)
    assert ten(model, "ab", " ") == pytest.approx(-0.1)
    assert ten(model, "b", " ") == pytest.approx(-0.6)
    assert ten(model, "ab", "a") == pytest.approx(-0.5 - 0.1 - 0.5)
    assert ten(model, "a", "z") == pytest.approx(-0.2 - 2.0)


def test_without_unknown_words_the_rarest_symbol_stands_for_them(file):
    file.write_text(ARPA.replace("-2.0\t<unk>\n", ""), encoding="utf-8")
    assert ten(read_arpa(file), "", "z") == pytest.approx(-0.9)


@pytest.mark.parametrize("before", ["", "a", "b", "ab", " ab", "z", "az", "ba "])
def test_kenlm_reads_the_same(file, before):
    pytest.importorskip("kenlm", reason="pip install 'palmaris[kenlm]'")
    assert KenLM(file).order == 3
    assert KenLM(file).scores(before) == pytest.approx(read_arpa(file).scores(before), abs=1e-5)


def test_without_kenlm_the_remedy_is_named(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "kenlm", None)
    with pytest.raises(ModelError, match=r"pip install 'palmaris\[kenlm\]'"):
        KenLM(file)


@pytest.mark.parametrize("content", [b"\\1-grams:\nnumber a\n", b"\\1-grams:\n-1\n", b"\xff\xfe", b"words"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "model.arpa").write_bytes(content)
    with pytest.raises(ModelUnreadable):
        read_arpa(tmp_path / "model.arpa")


def test_kenlm_refuses_other_files(tmp_path):
    pytest.importorskip("kenlm", reason="pip install 'palmaris[kenlm]'")
    (tmp_path / "model.arpa").write_text("words")
    with pytest.raises(ModelUnreadable, match="no model of KenLM"):
        KenLM(tmp_path / "model.arpa")
