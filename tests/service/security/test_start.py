"""When a service may start."""

import logging
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.security.scopes import Scope
from service.security.start import require_closed
from service.security.tokens import FILE, Tokens, TokensDamaged

SUBSCRIBE = frozenset({Scope.SUBSCRIBE})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_needs_no_token(host: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    require_closed(host, Tokens(tmp_path / FILE))
    assert not caplog.records


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.5", "box.local"])  # noqa: S104
def test_elsewhere_needs_one_that_is_valid(host: str, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / FILE)
    tokens.create("old", SUBSCRIBE, days=-1)
    with pytest.raises(SettingsError, match="palmaris token create NAME"):
        require_closed(host, tokens)
    tokens.create("new", SUBSCRIBE)
    require_closed(host, tokens, tls=True)


def test_a_name_for_a_proxy_needs_one_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="palmaris token create"):
        require_closed("127.0.0.1", Tokens(tmp_path / FILE), ["clinic.example"])


def test_no_tls_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tokens = Tokens(tmp_path / FILE)
    tokens.create("new", SUBSCRIBE)
    require_closed("192.168.1.5", tokens, tls=True)
    require_closed("127.0.0.1", tokens, ["clinic.example"])
    assert not caplog.records
    require_closed("192.168.1.5", tokens)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "tls_cert" in record.getMessage()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(TokensDamaged):
        require_closed("192.168.1.5", Tokens(tmp_path / FILE))
