import pytest

from calibration.errors import StoreDamaged
from service.commands.store import back_up, check_store, restore_store


def test_check_backup_and_restore_say_what_is_there(clinic, place, tmp_path, capsys):
    clinic.calibrated("p-1")
    check_store(place.data_dir, place.url)
    back_up(place.data_dir, place.url, tmp_path / "b.zip")
    restore_store(tmp_path / "restored", None, tmp_path / "b.zip")
    assert capsys.readouterr().out.count("1 users, 2 trials, 1 heads\n") == 3


def test_a_check_that_finds_damage_fails_and_names_it(clinic, place, tmp_path, capsys):
    head = clinic.calibrated("p-1")
    (place.data_dir / head.file).unlink()
    with pytest.raises(StoreDamaged, match="1 things"):
        check_store(place.data_dir, place.url)
    with pytest.raises(StoreDamaged):
        back_up(place.data_dir, place.url, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").exists()
    assert f"{head.file} is missing" in capsys.readouterr().out
