"""How often somebody may ask."""

from dataclasses import dataclass, field
from typing import Final

#: Askers that are remembered; who has not asked for longest is forgotten, and by then has a full bucket again.
MOST_ASKERS: Final = 4096


@dataclass
class Limiter:
    """A bucket of requests for each asker: ``burst`` at once, then ``rate_hz``."""

    rate_hz: float
    burst: int
    _full_at: dict[str, float] = field(default_factory=dict)
    """When each bucket is full again; who asked last stands last."""

    def wait_s(self, asker: str, now: float) -> float:
        """Take one request: 0. Where none is left, nothing is taken: the seconds until there is one again."""
        full_at = max(self._full_at.pop(asker, now), now)
        wait = full_at - now - (self.burst - 1) / self.rate_hz
        self._full_at[asker] = full_at if wait > 0 else full_at + 1 / self.rate_hz
        if len(self._full_at) > MOST_ASKERS:
            del self._full_at[next(iter(self._full_at))]
        return max(wait, 0.0)
