"""What holds for the house as a whole."""

from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("calibration", "drivers", "models", "service")


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_claims_a_room(room: str) -> None:
    """The rooms are top-level names: in an environment of its own, nothing may stand in their way."""
    assert set(packages_distributions().get(room, ["palmaris"])) == {"palmaris"}
    found = find_spec(room)
    assert found is not None
    assert found.origin == str(ROOT / room / "__init__.py")
