import binascii

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.checksums import CHECKSUMS, crc16

CHECK = np.frombuffer(b"123456789", np.uint8)[None]


def test_crc_gives_its_catalogue_value() -> None:
    assert crc16(CHECK).tobytes().hex() == "29b1"


@given(st.integers(0, 40).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), max_size=4)))
def test_crc_agrees_with_python(frames: list[bytes]) -> None:
    size = len(frames[0]) if frames else 3
    stacked = np.frombuffer(b"".join(frames), np.uint8).reshape(len(frames), size)
    expected = [binascii.crc_hqx(frame, 0xFFFF).to_bytes(2, "big") for frame in frames]
    assert crc16(stacked).tobytes() == b"".join(expected)


def test_sum_and_exclusive_or() -> None:
    assert CHECKSUMS["sum8"][1](CHECK).tolist() == [[sum(b"123456789") % 256]]
    assert CHECKSUMS["xor8"][1](CHECK).tolist() == [[0x31]]


def test_each_has_the_width_it_says() -> None:
    for width, checksum in CHECKSUMS.values():
        assert checksum(CHECK).shape == (1, width)
        assert checksum(CHECK[:0]).shape == (0, width)
