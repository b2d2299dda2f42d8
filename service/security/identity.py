"""Who asks: a token's name with what it may do, found by the guard."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends
from fastapi.requests import HTTPConnection

from service.security.scopes import ALL, Scope
from service.security.who import NOBODY_ELSE


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone who was let in."""

    name: str
    scopes: frozenset[Scope]
    sha256: str | None
    """Of the token; ``None`` for who came without one."""

    def may(self, needed: Collection[Scope]) -> bool:
        """Whether one of these scopes, or admin, is among theirs; where none is needed, everybody may."""
        return not needed or not self.scopes.isdisjoint({Scope.ADMIN, *needed})


#: Whoever asks a service on loopback that has no tokens.
OPERATOR: Final = Identity(NOBODY_ELSE, ALL, None)
#: Whoever asks any other service without a token.
STRANGER: Final = Identity("stranger", frozenset(), None)


def _who(connection: HTTPConnection) -> Identity:
    identity: Identity = getattr(connection.state, "who", OPERATOR)
    return identity


Who = Annotated[Identity, Depends(_who)]
"""What a handler asks for."""
