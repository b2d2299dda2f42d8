"""A ring buffer that cuts a stream into overlapping windows."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt


class Windower:
    """Windows of ``size`` samples, one every ``hop`` samples, the first as soon as ``size`` samples are there."""

    def __init__(self, size: int, hop: int, channels: int) -> None:
        self._size = size
        self._hop = hop
        self._ring = np.zeros((2 * size, channels), np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the past: no window spans a reset."""
        self._seen = 0
        self._due = self._size

    @property
    def missing(self) -> int:
        """Samples until the next window is complete."""
        return self._due - self._seen

    def feed(self, x: npt.NDArray[np.floating]) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """Take (time, channel); yield (end, window) for each window that is now complete.

        ``end`` counts the samples since the last reset up to and with the window's last one. The window is a
        contiguous (size, channel) view, valid until the next step.
        """
        while len(x):
            part, x = x[: self._due - self._seen], x[self._due - self._seen :]
            self._store(part)
            if self._seen == self._due:
                self._due += self._hop
                start = self._seen % self._size
                yield self._seen, self._ring[start : start + self._size]

    def _store(self, part: npt.NDArray[np.floating]) -> None:
        """Keep what is no longer than a window; twice, so that every window is contiguous."""
        size, at = self._size, self._seen % self._size
        head = part[: size - at]
        tail = part[size - at :]
        self._ring[at : at + len(head)] = self._ring[at + size : at + size + len(head)] = head
        if len(tail):
            self._ring[: len(tail)] = self._ring[size : size + len(tail)] = tail
        self._seen += len(part)
