"""Tickets: a browser cannot send headers with a websocket, so it swaps its token for a word in the address.

An address may end up in a log, so the word is good once, for half a minute, and dies with the token that asked for it.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Final

from service.security.identity import Identity

LIFE_S: Final = 30
#: Tickets that wait to be used; one more makes the oldest void.
MOST: Final = 1024


class Tickets:
    """The tickets that were given and not yet used. They live in memory: a restart voids them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._given: dict[bytes, tuple[Identity, float]] = {}  # the oldest first

    def give(self, identity: Identity) -> str:
        """A ticket for someone who was let in; only its hash is kept."""
        while len(self._given) >= MOST:
            del self._given[next(iter(self._given))]
        ticket = secrets.token_urlsafe(32)
        self._given[_hash(ticket)] = identity, self._clock() + LIFE_S
        return ticket

    def use(self, ticket: str) -> Identity | None:
        """Who asked for it; ``None`` if it is not ours, was used, or is too old."""
        identity, until = self._given.pop(_hash(ticket), (None, 0.0))
        return identity if self._clock() < until else None


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
