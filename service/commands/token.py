"""``palmaris token``: who may use the service. A running one heeds changes within a second."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.errors import SettingsError
from service.security.scopes import Scope
from service.security.tokens import FILE, Token, Tokens


def create_token(data_dir: Path, name: str, scopes: str, days: float | None) -> None:
    """Print a new token, once: only its hash is kept. ``scopes`` has commas between them."""
    text = Tokens(data_dir / FILE).create(name, _scopes(scopes), days)
    Console(stderr=True).print(f"token {name}, shown only now; revoke it with: palmaris token revoke {name}")
    Console(soft_wrap=True, highlight=False).print(text)


def list_tokens(data_dir: Path) -> None:
    """Print who has a token, for what and until when."""
    table = Table("name", "scopes", "created", "expires")
    for token in Tokens(data_dir / FILE).all():
        table.add_row(token.name, " ".join(token.scopes), _day(token.created), _end(token))
    Console().print(table)


def revoke_token(data_dir: Path, name: str) -> None:
    """Remove a token; what it opened is closed."""
    Tokens(data_dir / FILE).revoke(name)
    Console().print(f"token {name} is revoked")


def _scopes(text: str) -> frozenset[Scope]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(Scope)]
    if unknown or not words:
        problem = f"{unknown[0]!r} is no scope" if unknown else "a token needs a scope"
        raise SettingsError(f"{problem}: write some of {','.join(Scope)}")
    return frozenset(map(Scope, words))


def _end(token: Token) -> str:
    if token.expires is None:
        return "never"
    return "expired" if token.expired else _day(token.expires)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
