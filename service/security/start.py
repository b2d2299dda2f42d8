"""May the service start like this?"""

import logging
from collections.abc import Collection

from service.errors import SettingsError
from service.security.address import is_loopback
from service.security.tokens import Tokens

log = logging.getLogger(__name__)


def require_closed(host: str, tokens: Tokens, allowed_hosts: Collection[str] = (), *, tls: bool = False) -> None:
    """Refuse to be reachable by strangers without tokens, and warn where they could listen in on the wire.

    Raises:
        SettingsError: others can reach the service, directly or under a name through a proxy, and there is no token.
    """
    if is_loopback(host) and not allowed_hosts:
        return
    if not any(not token.expired for token in tokens.all()):
        raise SettingsError(
            f"{host} is open to others and there is no valid token: palmaris token create NAME --scopes subscribe"
        )
    if not tls and not is_loopback(host):
        log.warning("%s without TLS: tokens and gestures can be read on the way; set tls_cert and tls_key", host)
