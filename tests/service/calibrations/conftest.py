"""A clinic with a tiny model and a source that is fed by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import Clinic, stream
from serving import HandFedSource, serving
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def source() -> HandFedSource:
    return HandFedSource()


@pytest.fixture
def clinic(tiny, source, tmp_path) -> Iterator[Clinic]:
    with serving(stream(tiny, source), data_dir=tmp_path) as address:
        yield Clinic(address)
