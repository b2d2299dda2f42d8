"""The page docs/operating.md: what it shows must be valid, what it names must exist, what can be run is run."""

import os
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from serving import serving

from service.live import Live
from service.settings import read_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

Palmaris = Callable[..., tuple[int, str, str]]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    (tmp_path / "palmaris.toml").write_text(blocks("toml")[0])
    settings = read_settings(tmp_path / "palmaris.toml")
    assert [order.name for order in settings.orders] == ["left", "right"]
    assert settings.log_format == "json"


def test_every_metric_exists(live: Live) -> None:
    with serving(live) as address:
        scrape = httpx.get(f"http://{address}/metrics").raise_for_status().text
    there = set(re.findall(r"^# TYPE (\w+)", scrape, re.MULTILINE))
    named = {name.removesuffix("_bucket") for name in re.findall(r"\b(?:palmaris|process)_[a-z_]+\b", PAGE)}
    assert named - {"palmaris_stream_prediction_age_seconds"} <= there  # that one is there after the first prediction
    ours = {name for name in there if name.startswith("palmaris_stream_")}
    assert ours <= named


def test_alerts_and_scrapes_are_yaml_with_all_that_prometheus_wants() -> None:
    scrape, alerts = map(yaml.safe_load, blocks("yaml"))
    (job,) = scrape["scrape_configs"]
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    assert all({"alert", "expr"} <= set(rule) <= {"alert", "expr", "for"} for rule in rules)
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {used for rule in rules for used in re.findall(r'job="(\w+)"', rule["expr"])} == {job["job_name"]}


def test_the_commands_of_the_box_run_in_their_order(
    palmaris: Palmaris, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PALMARIS_")]:
        monkeypatch.delenv(name)
    outputs = []
    for line in "".join(blocks("sh")).splitlines():
        word, *rest = shlex.split(line)
        if word == "export":
            monkeypatch.setenv("PALMARIS_DATA_DIR", str(tmp_path / "data"))
            (tmp_path / "data").mkdir()
            continue
        code, output, errors = palmaris(*rest)
        assert (word, code) == ("palmaris", 0), errors
        outputs.append(output)
    assert outputs[0].strip() != outputs[1].strip()
    assert "pump" in outputs[2]
    assert (tmp_path / "palmaris-backup.zip").is_file()
    assert "0 users, 0 trials, 0 heads" in outputs[-1]


def test_every_file_and_option_of_the_images_exists() -> None:
    for name in set(re.findall(r"\bdocker/[\w./-]*\w", PAGE)) - {"docker/secrets/palmaris.toml", "docker/.env"}:
        assert (ROOT / name).exists(), name
    recipe = (ROOT / "docker" / "Dockerfile").read_text()
    for target in re.findall(r"--target (\w+)", PAGE):
        assert f" AS {target}\n" in recipe
    for argument in re.findall(r"--build-arg (\w+)=", PAGE):
        assert f"ARG {argument}=" in recipe


def test_every_extra_exists() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"install\.sh /opt/palmaris ([\w,]+)", PAGE) + re.findall(r"EXTRAS=([\w,]+)", PAGE)
    assert {extra for names in named for extra in names.split(",")} <= set(extras)
