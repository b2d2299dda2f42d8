"""``palmaris record``: what the device gave is in the file, whatever happened in between."""

from pathlib import Path

import numpy as np
import pytest
from serving import END, HandFedSource

from drivers.errors import RecordingError, SourceLost
from drivers.recordings.formats import open_recording
from drivers.simulation.user import SimulatedUser
from service.commands.record import record


def blocks(path: Path) -> list[tuple[int, np.ndarray]]:
    return [(block.first, block.samples) for block in open_recording(path).blocks()]


def test_a_simulated_user_is_recorded_exactly(tmp_path: Path) -> None:
    record("sim://two-channel?user=3", tmp_path / "session.palmaris", seconds=0.5)
    found = np.concatenate([samples for _, samples in blocks(tmp_path / "session.palmaris")])
    expected, _ = SimulatedUser(3).record(len(found) / 4000)
    assert len(found) >= 1600
    assert np.array_equal(found, expected)


def test_a_device_that_comes_back_leaves_a_gap(
    source: HandFedSource, signal: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.commands.record.open_source", lambda uri: source)
    source.feed(signal[:100], SourceLost("the cable was pulled"), signal[200:300], END)
    record("hand-fed", tmp_path / "session.palmaris", seconds=None)
    (first, before), (again, after) = blocks(tmp_path / "session.palmaris")
    assert (first, again) == (0, 101)
    assert np.array_equal(before, signal[:100])
    assert np.array_equal(after, signal[200:300])


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "session.palmaris"
    record("sim://two-channel", path, seconds=0.1)
    whole = path.read_bytes()
    with pytest.raises(RecordingError, match="choose another name"):
        record("sim://two-channel", path, seconds=0.1)
    assert path.read_bytes() == whole
