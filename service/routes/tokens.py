"""Tokens: who may use the service, for admins. Plain functions: they wait for the disk and for other processes.

Each works on a reading of the file of its own, as ``palmaris token`` does; the door hears of changes as it does then.
"""

import logging
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.errors import TokenRefused
from service.routes.deps import DataDir
from service.routes.refusals import refused
from service.security.identity import Who
from service.security.scopes import Scope
from service.security.tokens import FILE, NAME, Token, Tokens
from service.security.who import who

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/tokens", tags=["service"])
REFUSED = refused(409)
UNKNOWN = refused(404, 409)

TokenName = Annotated[str, Field(pattern=f"^{NAME}$")]


class TokenOrder(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: TokenName = Field(description="Whose it is; the audit trail names it.")
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    days: Annotated[float, Field(gt=0, le=36500)] | None = Field(
        default=None, description="Until it expires; null: never."
    )


class TokenInfo(BaseModel):
    """What can be told of a token: everything but the token."""

    name: str
    scopes: tuple[Scope, ...]
    created: AwareDatetime
    expires: AwareDatetime | None = Field(description="Null: never.")
    expired: bool
    yours: bool = Field(description="Whether this request came with it.")

    @classmethod
    def of(cls, token: Token, sha256: str | None) -> Self:
        """Of a token, for somebody whose own has that hash."""
        yours = token.sha256 == sha256
        return cls(**token.model_dump(exclude={"sha256"}), expired=token.expired, yours=yours)


class NewToken(BaseModel):
    """A token that was just made."""

    token: str = Field(description="The secret, shown here and never again.")
    info: TokenInfo


class TokenList(BaseModel):
    """Who has a token."""

    open: bool = Field(description="Whether everybody on this machine may do everything: nobody ever made a token.")
    tokens: tuple[TokenInfo, ...]


@router.get("", responses=REFUSED)
def list_tokens(data_dir: DataDir, asker: Who) -> TokenList:
    """All tokens, also those that have expired."""
    found = tuple(TokenInfo.of(token, asker.sha256) for token in Tokens(data_dir / FILE).all())
    return TokenList(open=asker.sha256 is None, tokens=found)


@router.post("", status_code=201, responses=REFUSED)
def create_token(order: TokenOrder, data_dir: DataDir, asker: Who) -> NewToken:
    """A new token. The first one closes the service for everybody who has none, so it has to be one with admin."""
    if asker.sha256 is None and Scope.ADMIN not in order.scopes:
        raise TokenRefused(
            "the first token closes this service for everybody without one: give it the scope admin, "
            "so that it can make others, or make it on the machine: palmaris token create"
        )
    tokens = Tokens(data_dir / FILE)
    text = tokens.create(order.name, order.scopes, order.days)
    log.info("token %s (%s) was made by %s", order.name, " ".join(sorted(order.scopes)), who())
    made = next(token for token in tokens.all() if token.name == order.name)
    return NewToken(token=text, info=TokenInfo.of(made, asker.sha256))


@router.delete("/{token}", status_code=204, responses=UNKNOWN)
def revoke_token(token: Annotated[str, Path(max_length=64)], data_dir: DataDir) -> None:
    """Remove a token; what it opened is closed. The last one with admin stays: nobody could make others here."""
    Tokens(data_dir / FILE).revoke(token, leave_admin=True)
    log.info("token %s was revoked by %s", token, who())
