"""The container of a profile: a zip whose members are stored as they are.

Whoever sends one is not trusted. Nothing is compressed, so that a file cannot hold more than its own size; names are
handed on to be compared, and never used as paths.
"""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

from calibration.errors import ProfileInvalid

MOST_BYTES: Final = 256 << 20
"""Of a file: more than a thousand trials of 5 s with 185 features."""
MOST_LISTED: Final = 1 << 20
"""Bytes of the list of members, which Python's reader takes in whole before any of them can be counted."""

_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\5\6"
_END64: Final = 20
_END64_MARK: Final = b"PK\6\7"
_REMEDY: Final = "export it again, or copy it again from where it came"
_DAMAGED: Final = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)
"""What Python's reader raises over bytes that are no zip, or one of a kind that we never write."""


def pack(members: Mapping[str, bytes]) -> bytes:
    """Members by name -> the bytes of the file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The bytes of the file -> members by name.

    Raises:
        ProfileInvalid: this is not a file that ``pack`` made.
    """
    _require_short_list(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _require_stored(entries, len(content))
            return {entry.filename: archive.read(entry) for entry in entries}
    except _DAMAGED as error:
        raise ProfileInvalid(f"the profile is damaged: {_REMEDY}") from error


def _require_short_list(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ProfileInvalid(f"the profile is larger than {MOST_BYTES >> 20} MiB: export it without its trials")
    end = content[-_END.size :]
    if len(end) < _END.size or not end.startswith(_END_MARK):
        raise ProfileInvalid(f"this is no profile, or its end is missing: {_REMEDY}")
    listed = _END.unpack(end)[5]
    if listed > MOST_LISTED or content[-_END.size - _END64 :].startswith(_END64_MARK):
        raise ProfileInvalid(f"the profile lists more parts than one may have: {_REMEDY}")


def _require_stored(entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    packed = any(
        entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size for entry in entries
    )
    if packed or sum(entry.file_size for entry in entries) > size:
        raise ProfileInvalid(f"the profile is packed, or claims to be larger than it is: {_REMEDY}")
    if len({entry.filename for entry in entries}) < len(entries):
        raise ProfileInvalid(f"the profile holds a part twice: {_REMEDY}")
