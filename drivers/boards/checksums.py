"""Checksums of many frames at once: (n, size) bytes -> (n, width) bytes, most significant first."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Crcs = npt.NDArray[np.uint16]


def sum8(frames: Bytes) -> Bytes:
    """The sum of all bytes, modulo 256."""
    total: Bytes = frames.sum(axis=1, dtype=np.uint8)
    return total[:, None]


def xor8(frames: Bytes) -> Bytes:
    """All bytes, combined by exclusive or."""
    total: Bytes = np.bitwise_xor.reduce(frames, axis=1, dtype=np.uint8)
    return total[:, None]


def crc16(frames: Bytes) -> Bytes:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, check value 0x29B1 (reveng catalogue, "CRC-16/IBM-3740").

    A CRC is linear: it is the combination of what each byte would give at its place, were all others 0.
    """
    start, places = _places(frames.shape[1])
    at_place = places.take(frames + 256 * np.arange(frames.shape[1]))
    crc: Crcs = start ^ np.bitwise_xor.reduce(at_place, axis=1, dtype=np.uint16)
    return np.column_stack([crc >> 8, crc & 0xFF]).astype(np.uint8)


@cache
def _places(length: int) -> tuple[np.uint16, Crcs]:
    """The CRC of ``length`` zeros, and (length * 256,) what each byte adds at each place."""
    table, start = _table(), np.array([0xFFFF], np.uint16)
    places: list[Crcs] = []
    for _ in range(length):
        places.insert(0, _zero_after(places[0], table) if places else table)
        start = _zero_after(start, table)
    return start[0], np.array(places, np.uint16).ravel()


def _zero_after(crc: Crcs, table: Crcs) -> Crcs:
    after: Crcs = (crc << np.uint16(8)) ^ table[crc >> np.uint16(8)]
    return after


def _table() -> Crcs:
    crc = np.arange(256, dtype=np.uint16) << np.uint16(8)
    for _ in range(8):
        crc = (crc << np.uint16(1)) ^ np.where(crc & 0x8000, np.uint16(0x1021), np.uint16(0))
    return crc


#: name -> (width in bytes, function)
CHECKSUMS: dict[str, tuple[int, Callable[[Bytes], Bytes]]] = {
    "none": (0, lambda frames: frames[:, :0]),
    "sum8": (1, sum8),
    "xor8": (1, xor8),
    "crc16": (2, crc16),
}
