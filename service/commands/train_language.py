"""``palmaris train language``: from plain text to a model of what is likely to be typed."""

import sys
from pathlib import Path

from models.errors import DatasetError
from models.pipeline.symbols import typed
from models.training.train_ngram import train_ngram


def train_language(texts: Path, out: Path, order: int) -> None:
    """Learn n-grams of the keys that write these lines. Raises ``DatasetError`` where none can be."""
    try:
        lines = [typed(line) for line in texts.read_text(encoding="utf-8").splitlines(keepends=True)]
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"cannot read {texts} ({error}): give a file of text in UTF-8") from error
    if not any(lines):
        raise DatasetError(f"{texts} has nothing that can be typed: give a file of text in UTF-8")
    if out.suffix != ".npz":
        raise DatasetError(f"{out} must end with .npz: its name says what it is")
    out.parent.mkdir(parents=True, exist_ok=True)
    train_ngram(filter(None, lines), order).save(out)
    sys.stdout.write(f"{sum(map(len, lines))} keys of {len(lines)} lines -> {out}, {out.stat().st_size} bytes\n")
