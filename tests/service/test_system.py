"""What the service says of the machine it runs on."""

from pathlib import Path

from clinic import Clinic
from serving import serving

from calibration.store.database import NAME


def test_disk_uptime_and_a_database_that_nobody_needed_yet(tmp_path: Path) -> None:
    with serving(data_dir=tmp_path) as address:
        clinic = Clinic(address)
        first, later = (clinic.ask("GET", "/system").json() for _ in range(2))
    assert 0 < first["disk"]["free_bytes"] <= first["disk"]["total_bytes"]
    assert 0 < first["uptime_s"] < later["uptime_s"]
    assert first["version"]
    assert first["database"] == {"state": "unopened", "problem": None}
    assert not (tmp_path / NAME).exists()


def test_a_database_that_is_gone_is_told(tmp_path: Path) -> None:
    with serving(data_dir=tmp_path) as address:
        clinic = Clinic(address)
        clinic.ask("GET", "/users")
        assert clinic.ask("GET", "/system").json()["database"] == {"state": "ok", "problem": None}
        (tmp_path / NAME).rename(tmp_path / "elsewhere")
        found = clinic.ask("GET", "/system").json()["database"]
    assert found["state"] == "gone"
    assert "restore a backup" in found["problem"]
