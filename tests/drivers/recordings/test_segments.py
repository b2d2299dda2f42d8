import numpy as np
import pytest

from drivers.recordings.segments import Segment, SegmentedRecording, label_changes
from drivers.source import Marker, SourceInfo


@pytest.mark.parametrize("start", [0, 1, 2999, 3000, 3001, 3005, 8000])
def test_segments_are_one_stream_with_one_index_left_out(start, everything):
    data = [np.arange(length, dtype=np.float32)[:, None] for length in (3000, 1, 5000)]
    segments = [Segment(len(x), lambda low, high, x=x: x[low:high], ((0, "go"),)) for x in data]
    recording = SegmentedRecording(SourceInfo("band", 1000.0, ("ch1",)), segments)
    expected = np.concatenate([np.arange(3000), [3001], np.arange(3003, 8003)])
    index, samples, markers = everything(recording, start)
    assert np.array_equal(index, expected[expected >= start])
    assert np.array_equal(samples[:, 0], np.concatenate(data)[expected >= start, 0])
    assert markers == [Marker(at, "go") for at in (0, 3001, 3003) if at >= start]
    assert recording.length == 8003
    assert "3 trials" in recording.notes[0]


def test_changes_of_label():
    assert label_changes(["a", "a", "b", "a"]) == ((0, "a"), (2, "b"), (3, "a"))
    assert label_changes([]) == ()
