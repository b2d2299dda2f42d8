"""In whose name something is done: set at the door, read where the audit trail is written, by whatever thread that is.

Threads of requests inherit it. Work that is handed to another thread takes it along with ``copy_context().run``.
"""

from contextvars import ContextVar
from typing import Final

#: Who does things where there are no tokens, and in commands on the machine itself.
NOBODY_ELSE: Final = "operator"

asker: Final = ContextVar("asker", default=NOBODY_ELSE)


def who() -> str:
    """The name for the audit trail."""
    return asker.get()
