from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models.datasets.simulated_sequences import load
from models.errors import DatasetError


def write(file: Path, times: tuple[int, ...] = (3, 7), samples: npt.NDArray[np.float32] | None = None) -> None:
    samples = np.arange(160, dtype=np.float32).reshape(10, 16) if samples is None else samples
    np.savez(file, samples=samples, rate_hz=2000, keys=np.array(["⇧", "A"]), times=np.array(times, np.int64))


def test_each_recording_is_a_sequence_with_its_user_and_session(tmp_path: Path) -> None:
    write(tmp_path / "user-03.npz")
    write(tmp_path / "user-03_day-1.npz", (0, 9))
    (one, other) = load(tmp_path)
    assert (one.user, one.session, one.keys, one.text) == ("user-03", "1", ("⇧", "A"), "⇧A")
    assert (other.user, other.session, other.times.tolist()) == ("user-03", "day-1", [0, 9])
    assert (one.rate_hz, one.signal.shape) == (2000.0, (10, 16))
    assert one.signal.dtype == np.float32


def test_nothing_typed_yet_is_a_sequence_too(tmp_path: Path) -> None:
    keys, times = np.array([], np.str_), np.array([], np.int64)
    np.savez(tmp_path / "user-00.npz", samples=np.zeros((4, 16), np.float32), rate_hz=2000, keys=keys, times=times)
    assert load(tmp_path)[0].keys == ()


@pytest.mark.parametrize(
    ("times", "says"), [((3,), "2 keys have 1 times"), ((7, 3), "not in the order"), ((3, 10), "after the last sample")]
)
def test_keys_that_do_not_fit_the_signal_are_refused(tmp_path: Path, times: tuple[int, ...], says: str) -> None:
    write(tmp_path / "user-03.npz", times)
    with pytest.raises(DatasetError, match=rf"user-03.npz is damaged .*{says}"):
        load(tmp_path)


def test_gestures_in_place_of_keys_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "user-03.npz", samples=np.zeros((4, 2)), rate_hz=4000.0, labels=np.array(["rest"] * 4))
    with pytest.raises(DatasetError, match="another layout"):
        load(tmp_path)


def test_one_band_and_two_are_two_data_sets(tmp_path: Path) -> None:
    write(tmp_path / "user-03.npz")
    write(tmp_path / "user-04.npz", samples=np.zeros((10, 32), np.float32))
    with pytest.raises(DatasetError, match="different devices"):
        load(tmp_path)


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="palmaris simulate"):
        load(tmp_path)
