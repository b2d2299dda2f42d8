"""What a simulated user types arrives from a serial band and over LSL as it was, at the samples where it was."""

from pathlib import Path

import numpy as np
import pytest
from emulators import EmulatedBoard
from wristbands import OPTIONS, RATE_HZ, LslWristband, serial_wristband

from drivers.registry import open_source
from drivers.simulation.user import Recorded
from drivers.simulator import SimulatedSource
from drivers.source import Chunk, Source

HALF_COUNT_UV = 0.25


@pytest.fixture(scope="module")
def taken() -> Recorded:
    source = open_source("sim://wristband?user=3&text=hello&wpm=80")
    assert isinstance(source, SimulatedSource)
    return source.record(2.5)


def read(source: Source, count: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    while sum(len(chunk.samples) for chunk in chunks) < count:
        chunk = source.read(timeout_s=60)
        assert chunk is not None, "it fell silent"
        chunks.append(chunk)
    return chunks


def test_a_serial_band_brings_the_typing_sample_for_sample(taken: Recorded, tmp_path: Path) -> None:
    with (
        EmulatedBoard(serial_wristband(taken.samples), tmp_path) as board,
        open_source(f"serial://{board.port}?{OPTIONS}") as source,
    ):
        chunks = read(source, len(taken.samples) - 1)  # the last frame waits for the next one
        assert (source.info.rate_hz, len(source.info.channels), source.info.unit) == (RATE_HZ, 16, "uV")
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert [chunk.first for chunk in chunks] == [0, *np.cumsum([len(chunk.samples) for chunk in chunks])[:-1]]
    assert np.abs(samples - taken.samples[: len(samples)]).max() <= HALF_COUNT_UV + 1e-3
    assert (source.losses.samples, source.losses.bytes) == (0, 0)


def test_an_lsl_band_brings_the_typing_and_words_at_their_samples(taken: Recorded, tmp_path: Path) -> None:
    pylsl = pytest.importorskip("pylsl")
    name = f"typing {tmp_path}"  # that no other run on this machine uses
    with LslWristband(name, taken) as band, open_source(f"lsl://?source_id={name}") as source:
        (found,) = pylsl.resolve_byprop("name", f"{name} markers", timeout=60)
        markers = pylsl.StreamInlet(found)
        markers.open_stream(60)
        band.send(1000)
        band.send(len(taken.samples) - 1000)
        chunks = read(source, len(taken.samples))
        words = [markers.pull_sample(60) for _ in taken.markers]
        assert (source.info.rate_hz, len(source.info.channels), source.info.unit) == (RATE_HZ, 16, "uV")
    assert np.concatenate([chunk.samples for chunk in chunks]).tobytes() == taken.samples.tobytes()
    assert [text for (text,), _ in words] == [marker.text for marker in taken.markers] != []
    indices = [(stamp - band.zero_s) * RATE_HZ for _, stamp in words]
    assert indices == pytest.approx([marker.index for marker in taken.markers], abs=1e-3)
