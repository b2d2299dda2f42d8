"""Frames with marks: sync bytes, counter, samples, ignored bytes, checksum, end bytes, in that order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from drivers.boards.board import NEVER, Counters
from drivers.boards.checksums import CHECKSUMS
from drivers.boards.frame_parser import Bytes, Mask, cut
from drivers.boards.number_types import WIDTHS, Counts, encode_numbers, numbers
from drivers.source import Samples


@dataclass(frozen=True)
class FrameFormat:
    """Where the bytes of a frame stand, and what its counts mean."""

    sync: bytes
    channels: int
    sample: str
    """A key of ``WIDTHS``: u8, i8, u16, i16, u24, i24, u32, i32 or f32."""
    endian: str = "little"
    counter: str = "none"
    """u8, u16, u32 or none; in the byte order of the samples."""
    ignored: int = 0
    """Bytes after the samples that carry nothing we use."""
    checksum: str = "none"
    """A key of ``CHECKSUMS``. It covers what stands between the sync bytes and itself."""
    end: bytes = b""
    end_mask: int = 0xFF
    """Only these bits of the end bytes are fixed."""
    scale: float = 1.0
    """Unit of the samples per count."""
    ceiling: int | None = None
    """Counts from here on cannot come from this converter: such a frame is refused."""

    @cached_property
    def size(self) -> int:
        """Bytes in a frame."""
        return self._at_check + CHECKSUMS[self.checksum][0] + len(self.end)

    @property
    def period(self) -> int:
        """Where the counter wraps."""
        return 256 ** WIDTHS[self.counter] if self.counter != "none" else NEVER

    @property
    def settling(self) -> int:
        """None: sync bytes mark the beginning."""
        return 0

    def begins(self, frame: Bytes) -> bool:
        """Whether (size,) bytes begin like a frame, whatever their end; unknown, so no, without a counter."""
        return self.counter != "none" and frame.tobytes().startswith(self.sync)

    def fits(self, stream: Bytes) -> Mask:
        """Whether a whole frame may start at each byte: (n,) -> (n - size + 1,)."""
        places = max(len(stream) - self.size + 1, 0)
        fits: Mask = stream[:places] == self.sync[0]
        for offset, byte in enumerate(self.sync[1:], 1):
            fits &= stream[offset:][:places] == byte
        for offset, byte in enumerate(self.end, self.size - len(self.end)):
            fits &= stream[offset:][:places] & self.end_mask == byte & self.end_mask
        candidates = np.flatnonzero(fits)
        if len(candidates):
            fits[candidates] = self._sound(cut(stream, candidates, self.size))
        return fits

    def counters(self, frames: Bytes) -> Counters | None:
        """(n, size) -> (n,); ``None`` when frames carry none."""
        if self.counter == "none":
            return None
        at = len(self.sync)
        return numbers(frames[:, at : self._at_samples], self.counter, self.endian)[:, 0].astype(np.int64)

    def samples(self, frames: Bytes) -> Samples:
        """(n, size) -> (n, channel), scaled."""
        return (self._counts(frames) * self.scale).astype(np.float32)

    def encode(self, counters: npt.NDArray[np.int64], counts: Counts) -> bytes:
        """The frames of counts (n, channel) with their counters (n,): what the board sends."""
        body = [encode_numbers(counts, self.sample, self.endian), np.zeros((len(counts), self.ignored), np.uint8)]
        if self.counter != "none":
            body.insert(0, encode_numbers(counters[:, None] % self.period, self.counter, self.endian))
        middle = np.hstack(body)
        parts = [
            self._repeated(self.sync, len(counts)),
            middle,
            self._check(middle),
            self._repeated(self.end, len(counts)),
        ]
        return np.hstack(parts).tobytes()

    @cached_property
    def _at_samples(self) -> int:
        return len(self.sync) + (WIDTHS[self.counter] if self.counter != "none" else 0)

    @cached_property
    def _at_ignored(self) -> int:
        return self._at_samples + self.channels * WIDTHS[self.sample]

    @cached_property
    def _at_check(self) -> int:
        return self._at_ignored + self.ignored

    def _sound(self, frames: Bytes) -> Mask:
        check = self._check(frames[:, len(self.sync) : self._at_check])
        sound: Mask = (frames[:, self._at_check :][:, : check.shape[1]] == check).all(axis=1)
        if self.sample == "f32":
            sound &= np.isfinite(self.samples(frames)).all(axis=1)
        if self.ceiling is not None:
            sound &= (self._counts(frames) < self.ceiling).all(axis=1)
        return sound

    def _counts(self, frames: Bytes) -> npt.NDArray[np.float64]:
        return numbers(frames[:, self._at_samples : self._at_ignored], self.sample, self.endian)

    def _check(self, middle: Bytes) -> Bytes:
        check = CHECKSUMS[self.checksum][1](middle)
        return check if self.endian == "big" else check[:, ::-1]

    @staticmethod
    def _repeated(mark: bytes, times: int) -> Bytes:
        return np.tile(np.frombuffer(mark, np.uint8), (times, 1))
