"""Tokens: a file that holds only their hashes, read by running services, changed by the command ``palmaris token``.

A token has 256 random bits, so its SHA-256 cannot be guessed back: a slow hash, which protects passwords that people
choose, would protect nothing here and cost every request.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from calibration.store.files import private, sync_folder
from service.errors import SettingsError, TokenRefused, TokenUnknown
from service.security.scopes import Scope

log = logging.getLogger(__name__)

FILE: Final = "tokens.json"
#: Every token begins with it, so that scanners find one that leaked into a repository or a log.
PREFIX: Final = "palm_"
#: Tokens that a file may hold: each request is compared with all of them.
MOST: Final = 1000
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


class TokensDamaged(SettingsError):
    """Nobody can be let in: the file of tokens cannot be read."""


class Token(BaseModel):
    """What is kept of a token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    created: AwareDatetime
    expires: AwareDatetime | None = None

    @property
    def expired(self) -> bool:
        """Whether its days are over."""
        return self.expires is not None and datetime.now(UTC) >= self.expires


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: tuple[Token, ...]


class Tokens:
    """The tokens of a data directory. What another process changes is seen at the next look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, int, int] | None = None  # which file was read
        self._tokens: tuple[Token, ...] = ()
        self._known = False  # whether the disk was ever asked with success

    def all(self) -> tuple[Token, ...]:
        """Every token, also those that have expired; the last known ones while the disk does not answer.

        Raises:
            TokensDamaged: the file is damaged, is gone although it was there, or could not be read from the start.
        """
        try:
            stat = self._path.stat()
            now = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if now != self._read:
                self._take(self._path.read_bytes())
                self._read = now
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._read is not None:
                raise TokensDamaged(
                    f"{FILE} is gone from the data directory: put it back, or restart the service"
                ) from error
        except OSError as error:
            if self._known:  # who is being served goes on being served: nobody can revoke anything now anyway
                return self._tokens
            raise TokensDamaged(
                f"{FILE} in the data directory cannot be read ({error.strerror}): give it to the user of the service"
            ) from error
        self._known = True
        return self._tokens

    @property
    def used(self) -> bool:
        """Whether there is such a file: who ever made a token wants to be closed. Raises ``TokensDamaged``."""
        self.all()
        return self._read is not None

    def find(self, text: str) -> Token | None:
        """The valid token with this text. Raises ``TokensDamaged``."""
        return self.valid(_sha256(text))

    def valid(self, sha256: str) -> Token | None:
        """The token with this hash, unless it has expired. Raises ``TokensDamaged``."""
        found = [token for token in self.all() if hmac.compare_digest(token.sha256, sha256)]
        return found[0] if found and not found[0].expired else None

    def create(self, name: str, scopes: frozenset[Scope], days: float | None = None) -> str:
        """A new token; its text is told here and never again.

        Raises:
            SettingsError: the name is taken or no name of ours, or the file cannot be written.
            TokenRefused: there are too many.
        """
        if not re.fullmatch(NAME, name):
            raise SettingsError(f"{name[:64]!r} is no name of a token: write 1 to 64 letters, digits, _ . and -")
        text = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(microsecond=0)
        expires = None if days is None else now + timedelta(days=days)
        token = Token(name=name, sha256=_sha256(text), scopes=tuple(sorted(scopes)), created=now, expires=expires)
        with self._changing() as tokens:
            if any(other.name == name for other in tokens):
                raise SettingsError(f"there is a token {name!r}: choose another name, or: palmaris token revoke {name}")
            if len(tokens) >= MOST:
                raise TokenRefused(f"there are {MOST} tokens: revoke those that nobody needs any more")
            self._write((*tokens, token))
        return text

    def revoke(self, name: str, *, leave_admin: bool = False) -> None:
        """Remove a token; running services close what it opened.

        Raises:
            TokenUnknown: there is none of that name.
            TokenRefused: ``leave_admin``, and no valid token with the scope admin would be left.
            SettingsError: the file cannot be written.
        """
        with self._changing() as tokens:
            left = tuple(token for token in tokens if token.name != name)
            if len(left) == len(tokens):
                raise TokenUnknown(f"there is no token {name!r}: see palmaris token list")
            if leave_admin and _admins(tokens) and not _admins(left):
                raise TokenRefused(
                    f"{name} is the last token with the scope admin: make another one first, "
                    f"or, on the machine: palmaris token revoke {name}"
                )
            self._write(left)
        self.all()

    def _take(self, content: bytes) -> None:
        try:
            tokens = _Content.model_validate_json(content).tokens
        except ValidationError as error:
            raise TokensDamaged(
                f"{FILE} in the data directory is damaged and lets nobody in: restore it, or remove it and begin anew"
            ) from error
        for gone in {token.name for token in self._tokens} - {token.name for token in tokens}:
            log.info("token %s was revoked", gone)
        self._tokens = tokens

    @contextmanager
    def _changing(self) -> Iterator[tuple[Token, ...]]:
        """The tokens, while no other process changes them."""
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield self.all()
            finally:
                os.close(lock)
        except OSError as error:
            raise SettingsError(f"{folder} cannot be written ({error.strerror}): choose another --data-dir") from error

    def _write(self, tokens: tuple[Token, ...]) -> None:
        """Replace the file in one step: a reader finds the old one or the new one."""
        unfinished = self._path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)  # of a process that was killed
        with open(unfinished, "xb", opener=private) as file:
            file.write(_Content(tokens=tokens).model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path)
        sync_folder(self._path.parent)


def _admins(tokens: tuple[Token, ...]) -> list[Token]:
    return [token for token in tokens if Scope.ADMIN in token.scopes and not token.expired]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
