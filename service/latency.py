"""Counts latencies in buckets: one cheap call for each prediction, whatever is asked of them later."""

from bisect import bisect_left
from typing import Final

from service.messages import Latency

#: Upper bounds in milliseconds. Fine where a live path should be, coarse where it hurts a hand.
BOUNDS_MS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 250.0, 1000.0)


class Buckets:
    """How often a latency fell between two bounds. One thread counts, any may look."""

    def __init__(self, bounds: tuple[float, ...] = BOUNDS_MS) -> None:
        self.bounds = bounds
        self.sum = 0.0
        """Of everything observed, in the unit of the bounds."""
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one; a value on a bound is below it."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    @property
    def counts(self) -> tuple[int, ...]:
        """Those up to each bound, and last, those above all."""
        return tuple(self._counts)


class Latencies:
    """Where a stream's time went, since the service started."""

    def __init__(self) -> None:
        self.wait_ms, self.compute_ms = Buckets(), Buckets()

    def observe(self, latency: Latency) -> None:
        """Count the latency of one prediction."""
        self.wait_ms.observe(latency.wait_ms)
        self.compute_ms.observe(latency.compute_ms)
