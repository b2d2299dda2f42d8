import pytest

from drivers.registry import open_source
from drivers.source import Performer


@pytest.mark.parametrize("option", ["unit_uv=2", "grid=1x2", "resample=2000", "unit_uv=2&resample=2000&grid=1x2"])
def test_a_simulated_user_obeys_behind_every_option(option):
    with open_source(f"sim://two-channel?user=3&speed=max&{option}") as source:
        assert isinstance(source, Performer)
        source.perform("pinch")
        chunks = [source.read(1) for _ in range(20)]
        assert "pinch" in [marker.text for chunk in chunks if chunk for marker in chunk.markers]
