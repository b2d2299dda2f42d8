"""Secrets do not reach the log, whoever logs and whoever listens: uvicorn logs addresses, websockets logs headers."""

import logging
import re
from typing import Final

_SECRETS: Final = re.compile(r"(palm_|ticket=|bearer\s+|://[^/\s:@]+:(?=[^\s/@]+@))[^\s\"'&;,)@]+", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without tokens, tickets and passwords of addresses."""
    return _SECRETS.sub(r"\1***", text)


def redact_log() -> None:
    """From now on in this process, no record is made with a secret in it.

    At the making, because a filter hears only its own logger or handler, and handlers may be added by others.
    """
    make = logging.getLogRecordFactory()

    def make_redacted(*args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = make(*args, **kwargs)
        if isinstance(record.args, tuple):  # one by one: uvicorn's formatter wants as many as there were
            record.args = tuple(map(_redacted_argument, record.args))
        text = record.getMessage()
        if (clean := redacted(text)) != text:
            record.msg, record.args = clean, ()
        return record

    logging.setLogRecordFactory(make_redacted)


def _redacted_argument(argument: object) -> object:
    """The same object where it holds no secret: formats and formatters want numbers to be numbers."""
    text = str(argument)
    return argument if (clean := redacted(text)) == text else clean
