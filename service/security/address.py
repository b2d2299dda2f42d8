"""Which addresses are ours: against pages elsewhere that make a visitor's browser talk to the service.

A page may point its own name at this machine and so read answers (DNS rebinding): hence the check of ``Host``. And it
may open a websocket, or post a form, to an address of ours in the visitor's name: hence the check of ``Origin``.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.datastructures import Headers

from service.security.refusal import Refusal

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def require_our_host(headers: Headers, bound: str, allowed: Collection[str]) -> str:
    """The ``Host`` of a request, lower case, if it names this service, which listens at ``bound``.

    Raises:
        Refusal: it does not; no page elsewhere can give an address in place of its own name, so one is enough for a
            service that listens everywhere.
    """
    given = headers.getlist("host")
    match = _AUTHORITY.fullmatch(given[0].lower()) if len(given) == 1 else None
    if match is None:
        raise Refusal(421, "host: one name or address with its port is needed, for example localhost:8765")
    name, address = match[1], _address(match[1])
    ours = _address(bound or "0.0.0.0")  # noqa: S104 - as sockets read it
    by_address = address is not None and ours is not None and (ours.is_unspecified or address == ours)
    if by_address or name in {*LOCAL_NAMES, bound.lower(), *map(str.lower, allowed)}:
        return match[0]
    raise Refusal(421, f"host: {name[:100]} is not this service: use its address, or add the name to allowed_hosts")


def require_our_page(headers: Headers, host: str, allowed: Collection[str], *, secure: bool) -> None:
    """Refuse what a page of another origin sends. Programs send no ``Origin``; browsers always do where it matters."""
    ours = {f"https://{host}", *([] if secure else [f"http://{host}"]), *map(str.lower, allowed)}
    for origin in headers.getlist("origin"):
        if origin.lower() not in ours:
            raise Refusal(
                403,
                f"origin: a page of {origin[:100]!r} may not use this service: "
                "open the page of the service itself, or add that origin to allowed_origins",
            )


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
