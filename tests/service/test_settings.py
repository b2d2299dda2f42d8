"""The configuration file: several streams, wrong words, and who wins where two say something."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.errors import SettingsError
from service.settings import read_settings

Run = Callable[..., tuple[int, str, str]]

TWO = """
[[streams]]
name = "left"
source = "sim://two-channel?user=1"
lost_s = 5.0

[[streams]]
name = "right"
source = "sim://two-channel?user=2"
smoothing = 1
safe_gesture = "rest"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes palmaris.toml where the service is started."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        (tmp_path / "palmaris.toml").write_text(text, encoding="utf-8")
        return tmp_path / "palmaris.toml"

    return write


def test_each_table_is_a_stream(config: Callable[[str], Path]) -> None:
    config(TWO)
    left, right = read_settings().orders
    assert (left.name, left.lost_s, left.smoothing, left.safe_gesture) == ("left", 5.0, None, "")
    assert (right.name, right.lost_s, right.smoothing, right.safe_gesture) == ("right", 2.0, 1, "rest")


def test_without_a_table_there_is_one_stream_of_the_settings(config: Callable[[str], Path]) -> None:
    config('user = "p-17"\nsmoothing = 5')
    (order,) = read_settings(reject_below=0.7).orders
    assert (order.name, order.user, order.smoothing, order.reject_below) == ("default", "p-17", 5, 0.7)


def test_the_environment_wins_over_the_file_and_flags_over_both(
    config: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config("port = 1\n" + TWO)
    monkeypatch.setenv("PALMARIS_PORT", "2")
    monkeypatch.setenv("PALMARIS_STREAMS", '[{"name": "only", "lost_s": 9}]')
    settings = read_settings(port=3)
    assert settings.port == 3
    assert [(order.name, order.lost_s) for order in settings.orders] == [("only", 9.0)]


WRONG = {
    "unknown key": ('[[streams]]\nsorce = "sim://two-channel"', r"streams\.0\.sorce"),
    "same name": ('[[streams]]\nname = "a"\n[[streams]]\nname = "a"', "same name"),
    "same name by default": ("[[streams]]\n[[streams]]", "same name"),
    "no name": ('[[streams]]\nname = "left arm"', r"streams\.0\.name"),
    "no number": ('[[streams]]\n[[streams]]\nname = "b"\nlost_s = "long"', r"streams\.1\.lost_s"),
    "nan": ("[[streams]]\nlost_s = nan", r"streams\.0\.lost_s"),
    "one table": ('[streams]\nname = "a"', "streams"),
    "no table": ('streams = ["a"]', r"streams\.0"),
    "no TOML": ("[[streams]\n", "palmaris.toml is not TOML"),
    "a proxy's name": ('trusted_proxies = "10.0.0.2, proxy"', "trusted_proxies: .*'proxy'"),
    "any proxy": ('trusted_proxies = "*"', "trusted_proxies"),
    "no text": ("\x00[[streams]]", "palmaris.toml is not TOML"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_in_the_file_is_named(palmaris: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "palmaris.toml").write_text(text, encoding="utf-8")
    code, out, err = palmaris("serve", "--port", 0)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert re.search(message, err), err


def test_a_stream_that_can_never_be_served_stops_the_start(palmaris: Run, tmp_path: Path, tiny_model: Path) -> None:
    for source, expected in (("smi://x", 2), ("sim://two-channel", 4)):  # no driver; a device that does not fit
        table = f'[[streams]]\nname = "a"\nsource = "{source}"\nmodel = "{tiny_model}"\n'
        (tmp_path / "palmaris.toml").write_text(f'data_dir = "{tmp_path}"\n{table}', encoding="utf-8")
        code, _, err = palmaris("serve", "--port", 0)
        assert (code, len(err.splitlines())) == (expected, 1), err


@pytest.mark.parametrize("flag", [{"source": "sim://two-channel?user=7"}, {"smoothing": 9}, {"user": "p-17"}])
def test_a_flag_that_has_no_effect_beside_streams_is_refused(
    config: Callable[[str], Path], flag: dict[str, Any]
) -> None:
    config(TWO)
    with pytest.raises(SettingsError, match="streams"):
        read_settings(**flag)


def test_a_broken_variable_is_not_blamed_on_the_file(
    config: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config("")
    monkeypatch.setenv("PALMARIS_STREAMS", "[{")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "TOML" not in str(refused.value)
