"""Fixtures that every room's tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED_DATA = Path(os.environ.get("PALMARIS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A folder or file of the real recordings; the test is skipped, saying why, where the set is not there."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the real recordings are not here ({name}); set PALMARIS_SHARED_DATA to their folder")
        return path

    return find
