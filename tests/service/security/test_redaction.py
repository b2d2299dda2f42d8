"""What the log holds after a client came with a token, a wrong one and a ticket, everything logged that can be."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.logging import AccessFormatter
from websockets.exceptions import InvalidStatus

from service.security.redaction import redact_log, redacted
from service.security.scopes import Scope

LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets", "websockets.client", "httpx")


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)  # some other test's service may have had its log redacted
    yield caplog
    logging.setLogRecordFactory(before)


def secrets_used(door: Any) -> list[str]:
    """Come in by every way; the secrets that this took."""
    headers = door.token("wrist", Scope.SUBSCRIBE)
    with door.join(headers):
        pass
    door.ask("GET", "/v1/streams", headers)
    wrong = {"authorization": "Bearer palm_" + "w" * 43}
    door.ask("GET", "/v1/streams", wrong)
    with pytest.raises(InvalidStatus):
        door.join(wrong)
    ticket = door.ask("POST", "/v1/tickets", headers).json()["ticket"]
    with door.join(query=f"?rate=5&ticket={ticket}"):
        pass
    door.ask("GET", f"/v1/streams?ticket={ticket}&token={headers['authorization'].removeprefix('Bearer ')}")
    return [headers["authorization"].removeprefix("Bearer "), "w" * 43, ticket]


def test_no_secret_reaches_the_log(door: Any, everything: pytest.LogCaptureFixture) -> None:
    redact_log()
    secrets = secrets_used(door)
    assert "ticket=***" in everything.text
    assert "palm_***" in everything.text or "Bearer ***" in everything.text
    for secret in secrets:
        assert secret not in everything.text
        assert not any(secret in str(record.args) for record in everything.records)


def test_without_it_they_would(door: Any, everything: pytest.LogCaptureFixture) -> None:
    assert all(secret in everything.text for secret in secrets_used(door))


def test_formatters_still_find_their_arguments(everything: pytest.LogCaptureFixture) -> None:
    redact_log()
    log = logging.getLogger("uvicorn.access")
    log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", "/v1/streams?ticket=abc", "1.1", 200)
    text = AccessFormatter("%(message)s", use_colors=False).format(everything.records[-1])
    assert text == '127.0.0.1:1 - "GET /v1/streams?ticket=*** HTTP/1.1" 200'
    log.info("ticket=%s of %s", "abc", ["palm_abc"])
    assert everything.records[-1].getMessage() == "ticket=*** of ['palm_***']"
    log.info("%(a)s", {"a": "palm_abc"})
    assert everything.records[-1].getMessage() == "palm_***"
    log.info("%d of %.1f and 100%%", 3, 4.5)
    assert everything.records[-1].getMessage() == "3 of 4.5 and 100%"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("authorization: Bearer abc.def", "authorization: Bearer ***"),
        ("postgresql://operator:s3cret@db/palmaris", "postgresql://operator:***@db/palmaris"),
        ("GET /v1/streams?x=1&ticket=a-b_c&y=2 HTTP/1.1", "GET /v1/streams?x=1&ticket=***&y=2 HTTP/1.1"),
        ("http://127.0.0.1:8765/docs and sim://two-channel", "http://127.0.0.1:8765/docs and sim://two-channel"),
        ("serial:///dev/ttyACM0?board=cyton", "serial:///dev/ttyACM0?board=cyton"),
    ],
)
def test_what_is_a_secret(text: str, clean: str) -> None:
    assert redacted(text) == clean
