import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DatasetError
from models.training.steps import counted


def drawn(count, size, steps):
    items = torch.arange(count)
    return [part.tolist() for _, part in counted(items.float(), items, size, steps)()]


@given(count=st.integers(2, 40), size=st.integers(1, 50), steps=st.integers(1, 12))
def test_an_epoch_has_its_steps_and_nobody_comes_twice_before_all_came(count, size, steps):
    parts = drawn(count, size, steps)
    assert [len(part) for part in parts] == [min(size, count)] * steps
    shown = [item for part in parts for item in part]
    times = torch.bincount(torch.tensor(shown), minlength=count)
    assert times.max() - times.min() <= 1


def test_labels_stay_with_their_windows_and_the_order_is_new():
    torch.manual_seed(0)
    x = torch.arange(20.0)
    epoch = counted(x, x.long(), 5, 4)
    first, second = list(epoch()), list(epoch())
    assert all(torch.equal(part.long(), labels) for part, labels in first)
    assert [part.tolist() for part, _ in first] != [part.tolist() for part, _ in second]


def test_one_window_is_too_few():
    with pytest.raises(DatasetError, match="at least one whole trial"):
        counted(torch.zeros(1), torch.zeros(1), 4, 2)
