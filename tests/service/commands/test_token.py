"""``palmaris token``, on real files: what is shown, what is kept, and what a wrong word is told."""

import json
from pathlib import Path

import pytest

from service.commands.token import create_token, list_tokens, revoke_token
from service.errors import SettingsError, TokenUnknown
from service.security.tokens import FILE, Tokens


def test_a_token_is_shown_once_and_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_token(tmp_path, "wrist", "subscribe, operate", days=30)
    out, err = capsys.readouterr()
    text = out.strip()
    found = Tokens(tmp_path / FILE).find(text)
    assert found is not None
    assert found.scopes == ("operate", "subscribe")
    assert found.expires is not None
    assert (found.expires - found.created).days == 30
    assert text not in err
    assert "palmaris token revoke wrist" in " ".join(err.split())
    list_tokens(tmp_path)
    shown = capsys.readouterr().out
    assert "wrist" in shown
    assert "operate subscribe" in shown
    assert f"{found.expires:%Y-%m-%d}" in shown
    assert text not in shown


def test_a_revoked_token_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_token(tmp_path, "wrist", "admin", days=None)
    revoke_token(tmp_path, "wrist")
    assert "token wrist is revoked" in capsys.readouterr().out
    assert json.loads((tmp_path / FILE).read_text()) == {"tokens": []}
    with pytest.raises(TokenUnknown, match="palmaris token list"):
        revoke_token(tmp_path, "wrist")


def test_an_expired_token_is_listed_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_token(tmp_path, "old", "subscribe", days=-1)
    create_token(tmp_path, "new", "subscribe", days=None)
    capsys.readouterr()
    list_tokens(tmp_path)
    shown = capsys.readouterr().out
    assert "expired" in shown
    assert "never" in shown


@pytest.mark.parametrize("scopes", ["", ",", "everything", "subscribe;operate", "Admin"])
def test_scopes_that_are_none_are_refused(tmp_path: Path, scopes: str) -> None:
    with pytest.raises(SettingsError, match="write some of subscribe,operate,calibrate,admin"):
        create_token(tmp_path, "wrist", scopes, days=None)
    assert not (tmp_path / FILE).exists()
