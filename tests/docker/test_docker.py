"""What can be known of the images and boxes without an engine; docker/check does what the Dockerfile says."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from serving import HandFedSource, serving, wait_for

from service.live import Live
from service.settings import read_settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE = ("compose.demo.yaml", "compose.clinic.yaml")
SITE, DEVICE = "band.clinic.example", "/dev/ttyACM0"


def tool(name: str) -> str:
    """Path of a program, beside this Python or anywhere; the test is skipped where it is not installed."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{name} is not installed here")
    return path


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The program docker/check, which reads the Dockerfile."""
    loader = SourceFileLoader("docker_check", str(DOCKER / "check"))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recipe(check: ModuleType) -> list[tuple[str, str]]:
    return check.steps((DOCKER / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder docker in which prepare-clinic was run."""
    folder = tmp_path_factory.mktemp("clinic") / "docker"
    shutil.copytree(DOCKER, folder, ignore=shutil.ignore_patterns("secrets", ".env", "__pycache__"))
    done = run(folder / "prepare-clinic", SITE, DEVICE)
    assert done.returncode == 0, done.stderr
    return folder


def services(name: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((DOCKER / name).read_text())["services"]


# The image


def test_the_linter_has_nothing_to_say() -> None:
    done = run(tool("hadolint"), DOCKER / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("target", ["serve", "trainer"])
def test_an_image_runs_as_nobody_in_particular_and_looks_after_itself(
    target: str, check: ModuleType, recipe: list[tuple[str, str]]
) -> None:
    stage = check.stage(recipe, target)
    assert int(check.last(stage, "USER")) > 0
    assert f"--uid {check.last(stage, 'USER')} " in check.last(stage, "RUN")
    assert check.words(stage, "ENTRYPOINT") + check.words(stage, "CMD") == ["palmaris", "serve"]
    assert "/readyz" in check.words(stage, "HEALTHCHECK")[-1]
    assert check.variables(stage)["PALMARIS_DATA_DIR"] == check.last(stage, "VOLUME")


def test_the_image_that_is_built_by_default_has_no_torch(check: ModuleType, recipe: list[tuple[str, str]]) -> None:
    targets = [value.partition(" AS ")[2] for word, value in recipe if word == "FROM"]
    assert targets[-1] == "serve"
    installs = {
        target: [value for word, value in check.stage(recipe, builder) if word == "RUN"]
        for target in ("serve", "trainer")
        for builder in [check.last(check.stage(recipe, target), "COPY").split()[0].removeprefix("--from=")]
    }
    assert not any("train" in command for command in installs["serve"])
    assert installs["trainer"] == [*installs["serve"], "docker/install.sh /opt/palmaris train"]


def test_a_build_sees_what_it_needs_and_nothing_else(check: ModuleType, tmp_path: Path) -> None:
    check.copy_context(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "LICENSE",
        "README.md",
        "calibration",
        "constraints.txt",
        "docker",
        "drivers",
        "models",
        "pyproject.toml",
        "service",
    }
    assert [path.name for path in (tmp_path / "docker").iterdir()] == ["install.sh"]
    assert list((tmp_path / "models" / "zoo").glob("*.head.onnx"))
    assert not list(tmp_path.rglob("__pycache__"))


def test_the_health_check_tells_whether_the_service_is_ready(
    live: Live, source: HandFedSource, signal: np.ndarray, check: ModuleType, recipe: list[tuple[str, str]]
) -> None:
    _, *words = check.words(check.stage(recipe, "serve"), "HEALTHCHECK")

    def is_well_with(samples: np.ndarray) -> bool:
        source.feed(samples)
        return run(sys.executable, *(word.replace(":8765", f":{port}") for word in words)).returncode == 0

    with serving(live) as address:
        port = address.rpartition(":")[2]
        wait_for(lambda: is_well_with(signal))
    assert not is_well_with(signal)


# The boxes


@pytest.mark.parametrize("name", COMPOSE)
def test_every_container_is_closed(name: str) -> None:
    for service in services(name).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", COMPOSE)
def test_what_a_compose_file_names_exists(name: str, clinic: Path, recipe: list[tuple[str, str]]) -> None:
    whole = yaml.safe_load((clinic / name).read_text())
    targets = {value.partition(" AS ")[2] for word, value in recipe if word == "FROM"}
    for service in whole["services"].values():
        if "build" in service:
            assert service["build"]["target"] in targets
        for volume in service["volumes"]:
            place = volume.split(":")[0]
            assert (clinic / place).is_file() if place.startswith(".") else place in whole["volumes"]
        assert set(service.get("networks", ())) <= set(whole.get("networks", ()))
        assert set(service.get("secrets", ())) <= set(whole.get("secrets", ()))
        assert set(service.get("depends_on", ())) <= set(whole["services"])
    for secret in whole.get("secrets", {}).values():
        assert (clinic / secret["file"]).is_file()


def test_every_variable_is_prepared_or_has_a_default(clinic: Path) -> None:
    prepared = dict(line.split("=", 1) for line in (clinic / ".env").read_text().splitlines())
    assert prepared == {"PALMARIS_SITE": SITE, "PALMARIS_DEVICE": DEVICE}
    required = re.findall(r"\$\{(\w+):\?", (clinic / "compose.clinic.yaml").read_text())
    assert set(required) == set(prepared)


def test_the_network_meets_only_the_proxy() -> None:
    (demo,) = services("compose.demo.yaml").values()
    assert all(port.startswith("127.0.0.1:") for port in demo["ports"])
    clinic = services("compose.clinic.yaml")
    assert [name for name, service in clinic.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in clinic.items() if "outside" in service["networks"]] == ["proxy"]
    assert yaml.safe_load((DOCKER / "compose.clinic.yaml").read_text())["networks"]["inside"]["internal"] is True


def test_the_service_believes_its_proxy_alone() -> None:
    whole = yaml.safe_load((DOCKER / "compose.clinic.yaml").read_text())
    proxy = whole["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    assert whole["services"]["palmaris"]["environment"]["PALMARIS_TRUSTED_PROXIES"] == proxy
    (network,) = whole["networks"]["inside"]["ipam"]["config"]
    assert ip_address(proxy) in ip_network(network["subnet"])
    assert ip_address(proxy) not in ip_network(network["ip_range"])  # no other container ever gets it


def test_the_prepared_configuration_is_valid_and_knows_the_password(clinic: Path) -> None:
    settings = read_settings(clinic / "secrets" / "palmaris.toml")
    password = (clinic / "secrets" / "database-password").read_text()
    assert len(password) >= 32
    assert settings.database_url == f"postgresql://palmaris:{password}@database/palmaris"
    assert settings.allowed_hosts == (SITE,)
    assert settings.orders[0].source.startswith("serial:///dev/band?")
    device = services("compose.clinic.yaml")["palmaris"]["devices"][0]
    assert device.endswith(":/dev/band")


def test_secrets_are_kept_from_others_and_never_replaced(clinic: Path) -> None:
    secrets = clinic / "secrets"
    before = (secrets / "database-password").read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    again = run(clinic / "prepare-clinic", SITE, DEVICE)
    assert again.returncode != 0
    assert (secrets / "database-password").read_text() == before
    ignored = (DOCKER / ".gitignore").read_text().split()
    assert ignored == ["/.env", "/secrets/"]


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_itself_understands_it(name: str, clinic: Path) -> None:
    docker = tool("docker")
    if run(docker, "compose", "version").returncode:
        pytest.skip("docker compose is not installed here")
    done = run(docker, "compose", "-f", clinic / name, "config", "--quiet")
    assert done.returncode == 0, done.stderr


def test_the_proxy_understands_its_configuration() -> None:
    caddy = tool("caddy")
    done = run(caddy, "validate", "--adapter", "caddyfile", "--config", DOCKER / "Caddyfile", PALMARIS_SITE=SITE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["install.sh", "prepare-clinic"])
def test_a_script_is_whole_and_can_be_started(name: str) -> None:
    assert run("sh", "-n", DOCKER / name).returncode == 0
    assert os.access(DOCKER / name, os.X_OK)


# systemd


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as systemd sees it on a box: its program is there."""
    path = tmp_path / "palmaris.service"
    path.write_text((DOCKER / "palmaris.service").read_text().replace("/opt/palmaris/bin/palmaris", "/bin/true"))
    return path


def test_systemd_understands_the_unit(unit: Path) -> None:
    done = run(tool("systemd-analyze"), "verify", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_the_unit_well_closed(unit: Path) -> None:
    done = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=30", unit)
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_what_there_is(palmaris: Callable[..., tuple[int, str, str]]) -> None:
    (start,) = re.findall(r"^ExecStart=\S+ (.*)$", (DOCKER / "palmaris.service").read_text(), re.MULTILINE)
    code, _, errors = palmaris(*start.split())
    assert code == 2
    assert "there is no configuration file /etc/palmaris/palmaris.toml" in errors
