"""The reader in docs/recording-format.md reads what the recorder writes."""

import re
from pathlib import Path

import numpy as np
import pytest

from drivers.recordings.native import Recorder, relabel
from drivers.source import Chunk, Marker, SourceInfo

PAGE = Path(__file__).parents[2] / "docs" / "recording-format.md"


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the page keeps its reader short
def test_the_reader_on_the_page_reads_a_recording(tmp_path, signal):
    path = tmp_path / "session.palmaris"
    with Recorder(path, SourceInfo("band", 1000.0, ("left", "right"))) as recorder:
        recorder.write(Chunk(0, signal[:5], 1, 0.0, (Marker(3, "rest"),)))
        recorder.write(Chunk(7, signal[7:20], 2, 0.007))
    relabel(path, [Marker(8, "fist"), Marker(9, "slip")], [])
    relabel(path, [], [Marker(9, "slip"), Marker(3, "none")])
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    page: dict = {}
    exec(code, page)  # noqa: S102 - the page is ours

    header, samples, markers = page["read"](path)

    assert header["source"]["channels"] == ["left", "right"]
    assert [index for index, _ in samples] == [0, 7]
    np.testing.assert_array_equal(
        np.concatenate([block for _, block in samples]), np.delete(signal[:20], [5, 6], axis=0)
    )
    assert markers == [(3, "rest"), (8, "fist")]


def test_the_page_states_the_length_of_a_chunk_on_disk(tmp_path, signal):
    def size(chunks: int) -> int:
        path = tmp_path / f"{chunks}.palmaris"
        with Recorder(path, SourceInfo("band", 1000.0, ("left", "right"))) as recorder:
            for at in range(chunks):
                recorder.write(Chunk(5 * at, signal[:5], 0, 0.0))
        return path.stat().st_size

    (stated,) = re.findall(r"(\d+) bytes per chunk are added", PAGE.read_text())
    assert size(3) - size(2) == int(stated) + signal[:5].nbytes
