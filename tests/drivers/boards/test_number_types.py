import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.number_types import WIDTHS, encode_numbers, numbers

LIMITS = {
    "u8": (0, 255),
    "i8": (-128, 127),
    "u16": (0, 2**16 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "u24": (0, 2**24 - 1),
    "i24": (-(2**23), 2**23 - 1),
    "u32": (0, 2**32 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "f32": (-(2**20), 2**20),
}


@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("kind", WIDTHS)
@given(data=st.data())
def test_numbers_come_back_as_they_were_written(kind: str, endian: str, data: st.DataObject) -> None:
    values = np.array([data.draw(st.lists(st.integers(*LIMITS[kind]), min_size=1, max_size=5))])
    written = encode_numbers(values, kind, endian)
    assert written.shape == (1, values.shape[1] * WIDTHS[kind])
    assert np.array_equal(numbers(written, kind, endian), values)


@pytest.mark.parametrize("kind", WIDTHS)
def test_no_frames_are_no_numbers(kind: str) -> None:
    assert numbers(np.empty((0, 4 * WIDTHS[kind]), np.uint8), kind, "big").shape == (0, 4)


@pytest.mark.parametrize(
    ("text", "value"), [("7fffff", 2**23 - 1), ("800000", -(2**23)), ("ffffff", -1), ("000102", 258)]
)
def test_24_bits_are_twos_complement(text: str, value: int) -> None:
    written = np.frombuffer(bytes.fromhex(text), np.uint8)[None]
    assert numbers(written, "i24", "big") == value
    assert numbers(written[:, ::-1], "i24", "little") == value
