"""The file of tokens: what is in it, who sees a change, and what it is after somebody broke it."""

import json
import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import SettingsError, TokenRefused, TokenUnknown
from service.security.scopes import Scope
from service.security.tokens import FILE, PREFIX, Tokens, TokensDamaged

SUBSCRIBE = frozenset({Scope.SUBSCRIBE})


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "data" / FILE)


def test_a_token_is_found_by_its_text_alone(tokens: Tokens) -> None:
    text = tokens.create("wrist", frozenset({Scope.OPERATE, Scope.SUBSCRIBE}))
    found = tokens.find(text)
    assert found is not None
    assert (found.name, found.scopes, found.expires) == ("wrist", (Scope.OPERATE, Scope.SUBSCRIBE), None)
    for wrong in (
        "",
        PREFIX,
        text[:-1],
        text + "x",
        text.upper(),
        found.sha256,
        "wrist",
        "\udcff".encode("utf-8", "ignore").decode(),
    ):
        assert tokens.find(wrong) is None


def test_texts_are_random_and_long_enough(tokens: Tokens) -> None:
    texts = {tokens.create(f"t{number}", SUBSCRIBE) for number in range(10)}
    assert len(texts) == 10
    assert all(text.startswith(PREFIX) and len(text) == len(PREFIX) + 43 for text in texts)  # 43 x 6 bits


def test_the_file_holds_no_text_and_is_its_owners_alone(tokens: Tokens, tmp_path: Path) -> None:
    text = tokens.create("wrist", SUBSCRIBE)
    file = tmp_path / "data" / FILE
    assert text.removeprefix(PREFIX) not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == [FILE]


def test_what_another_process_changes_is_seen_at_once(
    tokens: Tokens, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    elsewhere = Tokens(tmp_path / "data" / FILE)
    assert tokens.all() == ()
    text = elsewhere.create("wrist", SUBSCRIBE)
    assert tokens.find(text) is not None
    elsewhere.revoke("wrist")
    assert tokens.find(text) is None
    assert tokens.all() == ()
    assert "token wrist was revoked" in caplog.text


def test_many_may_create_at_once(tmp_path: Path) -> None:
    def create(number: int) -> None:
        Tokens(tmp_path / FILE).create(f"t{number}", SUBSCRIBE)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {token.name for token in Tokens(tmp_path / FILE).all()} == {f"t{number}" for number in range(20)}


def test_a_token_expires(tokens: Tokens) -> None:
    text = tokens.create("old", SUBSCRIBE, days=-1)
    assert tokens.find(text) is None
    assert [token.name for token in tokens.all()] == ["old"], "it is listed, so that somebody notices"
    assert tokens.find(tokens.create("new", SUBSCRIBE, days=1)) is not None


@pytest.mark.parametrize("name", ["", "-x", ".x", "a b", "a/b", "../x", "a\n", "x" * 65, "ä", "\0"])
def test_names_that_are_none_are_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(SettingsError, match="is no name of a token: write"):
        tokens.create(name, SUBSCRIBE)
    assert tokens.all() == ()


def test_a_name_is_given_once(tokens: Tokens) -> None:
    text = tokens.create("wrist", SUBSCRIBE)
    with pytest.raises(SettingsError, match="there is a token 'wrist'.*palmaris token revoke wrist"):
        tokens.create("wrist", SUBSCRIBE)
    assert tokens.find(text) is not None


def test_only_what_is_there_can_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(TokenUnknown, match="there is no token 'wrist': see palmaris token list"):
        tokens.revoke("wrist")


def test_a_damaged_file_never_lets_in_and_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / FILE
    text = Tokens(file).create("wrist", SUBSCRIBE)
    whole = file.read_bytes()

    @given(cut=st.integers(0, len(whole)), noise=st.binary(max_size=3))
    def damage(cut: int, noise: bytes) -> None:
        file.write_bytes(damaged := whole[:cut] + noise)
        if damaged.rstrip() == whole:
            return
        with pytest.raises(TokensDamaged, match="restore it, or remove it"):
            Tokens(file).find(text)
        with pytest.raises(TokensDamaged):
            Tokens(file).create("other", SUBSCRIBE)
        assert file.read_bytes() == damaged

    damage()


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"sha256": ""},
        {"sha256": None},
        {"expires": "2999-01-01T00:00:00"},  # of which clock?
        {"days": 3},
    ],
)
def test_what_is_no_token_of_ours_is_damage(tokens: Tokens, tmp_path: Path, change: dict[str, object]) -> None:
    tokens.create("wrist", SUBSCRIBE)
    file = tmp_path / "data" / FILE
    content = json.loads(file.read_text())
    content["tokens"][0].update(change)
    file.write_text(json.dumps(content))
    with pytest.raises(TokensDamaged):
        tokens.all()


def test_a_file_that_vanishes_closes_and_comes_back(tokens: Tokens, tmp_path: Path) -> None:
    text = tokens.create("wrist", SUBSCRIBE)
    file = tmp_path / "data" / FILE
    assert tokens.find(text) is not None
    away = file.rename(file.with_suffix(".away"))
    with pytest.raises(TokensDamaged, match="gone"):
        tokens.all()
    away.rename(file)
    assert tokens.find(text) is not None


def test_what_a_killed_process_left_is_no_obstacle(tokens: Tokens, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tokens.part").write_text("half")
    assert tokens.find(tokens.create("wrist", SUBSCRIBE)) is not None


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written.*--data-dir"):
        Tokens(tmp_path / "file" / FILE).create("wrist", SUBSCRIBE)
    (tmp_path / FILE).mkdir()
    with pytest.raises(TokensDamaged, match="cannot be read"):
        Tokens(tmp_path / FILE).all()


def test_the_last_known_tokens_count_while_the_disk_does_not_answer(tokens: Tokens, tmp_path: Path) -> None:
    text = tokens.create("wrist", SUBSCRIBE)
    assert tokens.find(text) is not None
    file = tmp_path / "data" / FILE
    file.unlink()
    file.mkdir()  # as unreadable for root as for others
    assert tokens.find(text) is not None
    assert tokens.find("palm_another") is None


def test_the_last_admin_stays_where_that_is_asked(tokens: Tokens) -> None:
    for name, scope in (("chief", Scope.ADMIN), ("second", Scope.ADMIN), ("wrist", Scope.SUBSCRIBE)):
        tokens.create(name, frozenset({scope}))
    tokens.create("former", frozenset({Scope.ADMIN}), days=-1)
    tokens.revoke("second", leave_admin=True)
    with pytest.raises(TokenRefused, match="chief is the last token with the scope admin: make another one first"):
        tokens.revoke("chief", leave_admin=True)
    for name in ("wrist", "former"):  # they leave an admin
        tokens.revoke(name, leave_admin=True)
    tokens.revoke("chief")
    assert tokens.all() == ()


def test_there_is_an_end_to_tokens(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.security.tokens.MOST", 2)
    for name in ("a", "b"):
        tokens.create(name, SUBSCRIBE)
    with pytest.raises(TokenRefused, match="revoke those"):
        tokens.create("c", SUBSCRIBE)
