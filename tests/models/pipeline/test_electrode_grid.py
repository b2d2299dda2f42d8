import numpy as np
import pytest

from models.errors import GridUnusable
from models.pipeline.electrode_grid import electrode_grid


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ([], "equally long, not none"),
        ([[0, 1], [2]], "equally long, not 2, 1"),
        ([[-1, -1]], "no electrode"),
        ([[0, 1], [1, 2]], "channel 1 stands at two places"),
        ([[1, 2], [3, 4]], "names channel 4, the source has channels 0 to 3: count from 0"),
        ([[0, -2]], "names channel -2"),
    ],
)
def test_a_grid_that_does_not_fit_says_why(grid, reason):
    with pytest.raises(GridUnusable, match=reason):
        electrode_grid(grid, 4)


def test_channels_may_stand_nowhere():
    assert np.array_equal(electrode_grid([[3, 0]], 4), [[3, 0]])
