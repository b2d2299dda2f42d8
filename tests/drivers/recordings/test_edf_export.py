from pathlib import Path

import edfio
import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.edf_export import annotations_of, labels_of, layout_of, survey, write_edf
from drivers.recordings.native import NativeRecording, Recorder, read
from drivers.recordings.segments import Segment, SegmentedRecording
from drivers.source import Chunk, Marker, SourceInfo

BAND = SourceInfo("band", 1000.0, ("left", "right"))


@pytest.fixture
def recording(tmp_path, signal) -> NativeRecording:
    """2.5 s from index 100 on, in chunks of 5 ms; 300 samples are missing, 2 are no numbers; two markers."""
    samples = signal.copy()
    samples[[700, 701], [0, 1]] = np.nan, np.inf
    with Recorder(tmp_path / "session.palmaris", BAND) as recorder:
        for at in [*range(0, 1000, 5), *range(1300, 2500, 5)]:
            recorder.write(Chunk(100 + at, samples[at : at + 5], at * 1_000_000, at / 1000))
        recorder.mark(Marker(100, "rest"))
        recorder.mark(Marker(1500, "fist"))
    return read(tmp_path / "session.palmaris")


def export(recording: NativeRecording, path: Path):
    found = survey(recording)
    layout = layout_of(recording.info, found, path.suffix)
    write_edf(path, recording, found, layout, None)
    return found, layout


def test_samples_are_where_they_were(recording, tmp_path, signal):
    _, layout = export(recording, tmp_path / "session.bdf")
    file = edfio.read_bdf(tmp_path / "session.bdf")
    values = np.stack([channel.data for channel in file.signals], axis=1)
    there = np.r_[0:700, 702:1000, 1300:2500]
    assert layout.step.max() / 2 < 0.1  # microvolts
    np.testing.assert_allclose(values[there], signal[there], rtol=0, atol=layout.step.max() / 2 + 1e-6)
    nearest = np.clip(0, layout.low, layout.high)
    for filled in (slice(1000, 1300), slice(2500, 3000)):
        np.testing.assert_allclose(values[filled] - nearest, 0, atol=layout.step.max())


def test_what_is_missing_is_marked(recording, tmp_path):
    found, layout = export(recording, tmp_path / "session.bdf")
    file = edfio.read_bdf(tmp_path / "session.bdf")
    words = [(word.onset, word.duration, word.text) for word in file.annotations]
    assert words == [
        (0.0, None, "rest"),
        (0.7, 0.002, "BAD_VALUE"),
        (1.0, 0.3, "BAD_ACQ_SKIP"),
        (1.4, None, "fist"),
        (2.5, 0.5, "BAD_ACQ_SKIP"),
    ]
    assert words == [(word.onset_s, word.duration_s, word.text) for word in annotations_of(found, layout)]


def test_the_range_of_a_channel_is_that_of_its_values(recording):
    found = survey(recording)
    values = np.concatenate([block.samples for block in recording.blocks()])
    np.testing.assert_array_equal(found.low, np.nanmin(np.where(np.isfinite(values), values, np.nan), axis=0))
    np.testing.assert_array_equal(found.high, np.nanmax(np.where(np.isfinite(values), values, np.nan), axis=0))
    assert (found.first, found.rows) == (100, 2500)


def test_a_channel_without_any_number_is_exported(tmp_path):
    samples = np.full((10, 2), np.nan, np.float32)
    samples[:, 0] = 3
    recording = SegmentedRecording(BAND, [Segment(10, lambda low, high: samples[low:high])])
    export(recording, tmp_path / "session.edf")
    file = edfio.read_edf(tmp_path / "session.edf")
    assert [channel.data[0] for channel in file.signals] == pytest.approx([3.0, 0.0], abs=1e-4)


@pytest.mark.parametrize(
    ("channels", "labels"),
    [
        (("left", "right"), ("left", "right")),
        (("µV", "a name of 17 char"), ("channel 1", "channel 2")),
        (("same", "same", "", "other"), ("channel 1", "channel 2", "channel 3", "other")),
    ],
)
def test_labels_fit_the_header(channels, labels):
    assert labels_of(channels) == labels


def test_nothing_and_disorder_are_refused():
    with pytest.raises(RecordingError, match="no samples"):
        survey(SegmentedRecording(BAND, [Segment(0, lambda low, high: np.empty((0, 2), np.float32))]))

    class Backwards(SegmentedRecording):
        def blocks(self, start: int = 0):
            yield from [*super().blocks(), *super().blocks()]

    with pytest.raises(RecordingError, match="comes twice"):
        survey(Backwards(BAND, [Segment(5, lambda low, high: np.zeros((high - low, 2), np.float32))]))
