"""The files beside the database: whole or not there, and known by their SHA-256.

A file gets its name when all its bytes are on the disk, and a row gets its file before it is committed. So whatever
is killed at whatever moment, a row never points at half a file or none; at worst a file has no row, and is harmless.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from calibration.errors import StoreDamaged
from calibration.store.explain import explained

USERS: Final = "users"
_UNFINISHED: Final = ".part"

#: The names that the store gives; nothing else is read from a backup.
PATTERN: Final = re.compile(
    r"users/[A-Za-z0-9_-]{1,64}/(trials/[0-9a-f]{32}\.safetensors|heads/[0-9a-f]{32}\.head\.onnx)"
)


class Files:
    """All files of a data directory, by their path below it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with explained(str(root)):
            _make_folder(root / USERS)

    def path(self, name: str) -> Path:
        """Where the file lies."""
        return self._root / name

    @contextmanager
    def adding(self, name: str, content: bytes) -> Iterator[str]:
        """Write a new file, give its SHA-256, and take the file back where what happens inside raises."""
        path = self.path(name)
        with explained(str(path)):
            (self._root / USERS).stat()  # never made anew: a lost disk must not look like an empty store
            _write(path, content)
        try:
            yield hashlib.sha256(content).hexdigest()
        except BaseException:
            with suppress(OSError):  # a file without a row is harmless
                path.unlink()
            raise

    def read(self, name: str, sha256: str) -> bytes:
        """The bytes that were written.

        Raises:
            StoreDamaged: they are not there any more.
        """
        path = self.path(name)
        with explained(str(path)):
            try:
                content = path.read_bytes()
            except FileNotFoundError as error:
                raise StoreDamaged(f"{path} is missing: take it from a backup, or record anew") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreDamaged(f"{path} is not what was written: take it from a backup, or record anew")
        return content

    def all(self) -> set[str]:
        """Names of all finished files."""
        with explained(str(self._root)):
            found = (path for path in (self._root / USERS).rglob("*") if not path.is_dir())
            return {path.relative_to(self._root).as_posix() for path in found}

    def remove_user(self, user_id: str) -> None:
        """Remove everything of a user."""
        folder = self._root / USERS / user_id
        with explained(str(folder)):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
            sync_folder(folder.parent)

    def remove_unfinished(self) -> None:
        """Remove what was being written when a process was killed; only while nobody writes."""
        with explained(str(self._root)):
            for path in (self._root / USERS).rglob(f"*{_UNFINISHED}"):
                path.unlink()


def _write(path: Path, content: bytes) -> None:
    _make_folder(path.parent)
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with open(unfinished, "xb", opener=private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    sync_folder(path.parent)


def private(path: str, flags: int) -> int:
    """An opener of files that only their owner may read."""
    return os.open(path, flags, 0o600)


def _make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, and those above it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk: without it a power cut may leave the bytes and no file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
