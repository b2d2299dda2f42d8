"""The page docs/security.md: its commands, its program and its settings, run as its reader would."""

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_S, serving
from websockets.sync.client import connect

from service.live import Live
from service.security import guard, start
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens
from service.settings import read_settings

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_commands_do_what_the_page_says(palmaris: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    outputs = []
    for line in blocks("sh")[0].splitlines():
        code, out, err = palmaris(*shlex.split(line)[1:], "--data-dir", tmp_path)
        assert code == 0, err
        outputs.append(out)
    wrist, clinician, listed, _ = outputs
    assert "clinician" in listed
    tokens = Tokens(tmp_path / FILE)
    assert tokens.find(wrist.strip()) is None
    found = tokens.find(clinician.strip())
    assert found is not None
    assert set(found.scopes) == {Scope.SUBSCRIBE, Scope.OPERATE, Scope.CALIBRATE}


def test_the_program_reads_streams_and_joins_one(live: Live, tmp_path: Path) -> None:
    token = Tokens(tmp_path / FILE).create("wrist", frozenset({Scope.SUBSCRIBE}))
    with serving(live, data_dir=tmp_path) as address:
        names: dict[str, Any] = {"token": token}
        for program in blocks("python"):
            exec(program.replace("127.0.0.1:8765", address), names)  # noqa: S102 - the page's own code
        assert [stream["stream"] for stream in names["streams"].json()] == ["default"]
        with connect(names["address"]) as websocket:
            assert '"hello"' in str(websocket.recv(timeout=PATIENCE_S))


def test_the_settings_are_ones_and_need_a_token(tmp_path: Path) -> None:
    (tmp_path / "palmaris.toml").write_text(blocks("toml")[0])
    settings = read_settings(tmp_path / "palmaris.toml")
    assert settings.allowed_hosts == tuple(tomllib.loads(blocks("toml")[0])["allowed_hosts"])
    with pytest.raises(Exception, match="palmaris token create"):
        start.require_closed(settings.host, Tokens(tmp_path / FILE), settings.allowed_hosts)


def test_the_limits_are_those_of_the_program() -> None:
    told = " ".join(PAGE.split())
    reads, changes = guard.READS, guard.CHANGES
    assert f"{reads[0]:.0f} reads a second ({reads[1]} at once)" in told
    assert f"{changes[0]:.0f} changes a second ({changes[1]} at once)" in told


def test_the_scopes_are_those_of_the_program() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(Scope)
