"""Integers and floats as boards write them, 24-bit included: bytes <-> arrays."""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]

#: name -> bytes of one number
WIDTHS = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "f32": 4}
ENDIANS = {"big": ">", "little": "<"}


def numbers(data: Bytes, kind: str, endian: str) -> npt.NDArray[np.float64]:
    """(n, count * width) bytes -> (n, count). ``kind`` is a key of ``WIDTHS``, ``endian`` one of ``ENDIANS``."""
    if WIDTHS[kind] == 3:
        return _from24(data, kind, endian)
    return np.ascontiguousarray(data).view(_dtype(kind, endian)).astype(np.float64)


def encode_numbers(values: Counts, kind: str, endian: str) -> Bytes:
    """(n, count) -> (n, count * width) bytes; the inverse of ``numbers``."""
    if WIDTHS[kind] == 3:
        wide = np.ascontiguousarray(values).astype(_dtype("i32", endian)).view(np.uint8).reshape(*values.shape, 4)
        return (wide[..., 1:] if endian == "big" else wide[..., :3]).reshape(len(values), 3 * values.shape[1])
    return np.ascontiguousarray(values).astype(_dtype(kind, endian)).view(np.uint8)


def _from24(data: Bytes, kind: str, endian: str) -> npt.NDArray[np.float64]:
    """The three bytes become the upper ones of four; the shift back down extends the sign."""
    wide = np.zeros((len(data), data.shape[1] // 3, 4), np.uint8)
    upper = wide[..., :3] if endian == "big" else wide[..., 1:]
    upper[:] = data.reshape(upper.shape)
    return (wide.view(_dtype(f"{kind[0]}32", endian))[..., 0] >> 8).astype(np.float64)


def _dtype(kind: str, endian: str) -> np.dtype[np.generic]:
    return np.dtype(f"{ENDIANS[endian]}{kind[0]}{WIDTHS[kind]}")
