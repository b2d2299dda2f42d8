"""A language model by the name of its file: one of ours, an ARPA file, or one of KenLM's own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from models.errors import ModelUnknown
from models.pipeline.arpa import KenLM, read_arpa
from models.pipeline.ngram import LanguageModel, NGram

READERS: Final[Mapping[str, Callable[[Path], LanguageModel]]] = {".npz": NGram.load, ".arpa": read_arpa, ".klm": KenLM}
"""What reads a file, by how its name ends."""


def load_language_model(file: Path) -> LanguageModel:
    """The model in a file.

    Raises:
        ModelUnknown: there is no such file, or its name says nothing of what it is.
        ModelUnreadable: it is damaged, or something else.
        ModelError: it needs a library that is not installed.
    """
    if file.suffix not in READERS or not file.is_file():
        raise ModelUnknown(
            f"no language model {file}: give a file of palmaris train language (.npz), an ARPA file (.arpa) or a "
            "binary one of KenLM (.klm)"
        )
    return READERS[file.suffix](file)
