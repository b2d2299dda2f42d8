"""The door: one look at every request and every websocket before a route hears of it."""

import logging
import math
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from service.security.address import is_loopback, require_our_host, require_our_page
from service.security.connections import Connections
from service.security.exchange import Exchange
from service.security.identity import OPERATOR, STRANGER, Identity
from service.security.limits import Limiter
from service.security.refusal import Refusal
from service.security.scopes import required
from service.security.tickets import Tickets
from service.security.tokens import Token, Tokens, TokensDamaged
from service.security.who import asker

log = logging.getLogger(__name__)

#: A second, and at once: of one identity, of one identity, and with wrong tokens from one address.
READS: Final = (200.0, 1000)
CHANGES: Final = (20.0, 100)
FAILURES: Final = (0.1, 10)

#: Headers by which proxies give themselves away, besides ``X-Forwarded-...``.
_OF_PROXIES = ("forwarded", "via", "x-real-ip")
_READING = ("GET", "HEAD", "WEBSOCKET")
_ASK = {"www-authenticate": "Bearer"}
_WRONG = {
    "token": "the token is unknown, revoked or expired, or is no Bearer: palmaris token create makes another",
    "ticket": "the ticket is used, void or unknown: ask for another: POST /v1/tickets",
}


@dataclass(frozen=True)
class Security:
    """Whom the service lets in."""

    tokens: Tokens
    host: str
    """Address that the service listens on."""
    allowed_hosts: Collection[str] = ()
    """Further names of the service, without port."""
    allowed_origins: Collection[str] = ()
    """Pages from elsewhere that may use it, scheme://host[:port]."""
    tickets: Tickets = field(default_factory=Tickets)

    @property
    def open(self) -> bool:
        """Whether everybody on this machine may do everything: nobody ever made a token. Raises ``TokensDamaged``."""
        return not self.tokens.used and is_loopback(self.host) and not self.allowed_hosts

    def by_token(self, text: str) -> Identity | None:
        """Whose token it is. Raises ``TokensDamaged``."""
        return _identity(self.tokens.find(text))

    def by_ticket(self, text: str) -> Identity | None:
        """Whose ticket it is, if what they were let in with is still valid. Raises ``TokensDamaged``."""
        identity = self.tickets.use(text)
        return identity if identity is not None and self.still_valid(identity) else None

    def still_valid(self, identity: Identity) -> bool:
        """Whether someone who was let in would be let in now. Raises ``TokensDamaged``."""
        return self.open if identity.sha256 is None else self.tokens.valid(identity.sha256) is not None


def guarded(app: ASGIApp, security: Security) -> ASGIApp:
    """The app behind the door; routes find ``who`` and ``security`` in the request's state."""
    return _Guard(app, security)


class _Guard:
    def __init__(self, app: ASGIApp, security: Security) -> None:
        self._app = app
        self._security = security
        self._connections = Connections(self._still_valid)
        self._reads = Limiter(*READS)
        self._changes = Limiter(*CHANGES)
        self._failures = Limiter(*FAILURES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            who = self._admit(scope)
            if scope["type"] == "websocket":
                await self._connections.run(who, self._app, scope, receive, send)
            else:
                await Exchange(scope, receive, send).run(self._app)
        except Refusal as refusal:
            await refusal.answer(scope, receive, send)

    def _admit(self, scope: Scope) -> Identity:
        """Who it is, if they may do this. Raises ``Refusal``."""
        headers, security = Headers(scope=scope), self._security
        host = require_our_host(headers, security.host, security.allowed_hosts)
        secure = scope["scheme"] in ("https", "wss")
        require_our_page(headers, host, security.allowed_origins, secure=secure)
        try:
            who = self._identify(scope, headers)
        except TokensDamaged as error:
            raise Refusal(503, str(error)) from error
        self._require_patience(scope, who)
        self._require_scope(scope, who)
        scope.setdefault("state", {}).update(who=who, security=security)
        asker.set(who.name)  # for good: a server has a task for each request
        return who

    def _identify(self, scope: Scope, headers: Headers) -> Identity:
        """Who asks. Raises ``Refusal`` where it is not who they say, ``TokensDamaged``."""
        if self._security.open:
            if any(name in _OF_PROXIES or name.startswith("x-forwarded-") for name in headers):
                raise Refusal(403, "a proxy lets others in, and there is no token: palmaris token create")
            return OPERATOR
        ticket = QueryParams(scope["query_string"]).get("ticket") if scope["type"] == "websocket" else None
        if ticket is None and "authorization" not in headers:
            return STRANGER
        who = self._security.by_ticket(ticket) if ticket is not None else self._bearer(headers["authorization"])
        if who is None:
            raise self._failure(scope, "token" if ticket is None else "ticket")
        return who

    def _bearer(self, header: str) -> Identity | None:
        scheme, _, text = header.partition(" ")
        return self._security.by_token(text.strip()) if scheme.lower() == "bearer" else None

    def _failure(self, scope: Scope, kind: str) -> Refusal:
        """After many, guessing has to wait; a right token never waits because somebody else guessed."""
        if wait := self._failures.wait_s(_address(scope), time.monotonic()):
            return _too_fast(wait, "too many wrong tokens from this address")
        log.warning("refused a wrong %s from %s", kind, _address(scope))
        return Refusal(401, _WRONG[kind], _ASK)

    def _require_patience(self, scope: Scope, who: Identity) -> None:
        """A limit for each identity; the operator of an open service has this machine to themselves."""
        if who is not OPERATOR:
            asker = f"@{_address(scope)}" if who is STRANGER else who.name
            limiter = self._reads if _method(scope) in _READING else self._changes
            if wait := limiter.wait_s(asker, time.monotonic()):
                raise _too_fast(wait, "too many requests")

    def _require_scope(self, scope: Scope, who: Identity) -> None:
        needed = required(_method(scope), scope["path"])
        if who.may(needed):
            return
        if who is STRANGER:
            raise Refusal(401, "no token: send Authorization: Bearer TOKEN; palmaris token create makes one", _ASK)
        names = " or ".join(sorted(needed))
        raise Refusal(403, f"the token {who.name} does not allow this: use one with the scope {names}")

    def _still_valid(self, identity: Identity) -> bool:
        try:
            return self._security.still_valid(identity)
        except TokensDamaged:  # a hand that is being driven is not let go for a file; nobody new comes in
            return True


def _identity(token: Token | None) -> Identity | None:
    return Identity(token.name, frozenset(token.scopes), token.sha256) if token else None


def _method(scope: Scope) -> str:
    method: str = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
    return method


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else "unknown"


def _too_fast(wait: float, what: str) -> Refusal:
    return Refusal(429, f"{what}: wait {math.ceil(wait)} s", {"retry-after": str(math.ceil(wait))})
