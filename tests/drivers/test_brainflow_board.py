"""The BrainFlow source with BrainFlow's own synthetic board."""

import sys
import time

import numpy as np
import pytest

from drivers.brainflow_board import PARAMETERS, BrainFlowSource, from_uri, load_brainflow
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri

pytest.importorskip("brainflow")


def read_samples(source, count):
    chunks, end = [], time.monotonic() + 60
    while sum(len(chunk.samples) for chunk in chunks) < count:
        assert time.monotonic() < end
        if (chunk := source.read(0.1)) is not None:
            chunks.append(chunk)
    return chunks


def test_the_synthetic_board_gives_consecutive_microvolts_over_a_wrap_of_its_counter():
    with from_uri(SourceUri.parse("brainflow://SYNTHETIC_BOARD")) as source:
        chunks = read_samples(source, 300)  # its numbers wrap at 256
        info = source.info
    assert (info.rate_hz, len(info.channels), info.unit, info.simulated) == (250.0, 16, "uV", True)
    assert chunks[0].samples.shape[1] == 16
    assert chunks[0].samples.dtype == np.float32
    assert [chunk.first for chunk in chunks] == [0, *np.cumsum([len(chunk.samples) for chunk in chunks])[:-1]]
    assert source.losses.samples == 0
    assert chunks[0].device_s == pytest.approx(time.time(), abs=10)


def test_silence_is_none_within_the_timeout_and_the_session_is_released():
    source = BrainFlowSource("synthetic_board")
    for _ in range(2):  # a session that was not released would refuse the second
        with source:
            read_samples(source, 1)
            start = time.monotonic()
            while source.read(0.0) is not None:
                assert time.monotonic() - start < 1
            assert read_samples(source, 1)[0].first > 0


def test_lost_packets_are_a_jump_in_the_index():
    with BrainFlowSource("SYNTHETIC_BOARD") as source:
        read_samples(source, 50)
        while source._board.get_board_data_count() < 5:
            pass
        lost = source._board.get_board_data().shape[1]  # taken away behind its back
        before = source._index
        after = read_samples(source, 5)
        assert after[0].first == before + lost
        assert source.losses.samples == lost


def test_a_board_that_is_not_there_names_the_options():
    with pytest.raises(SourceUnavailable, match="serial_port"), BrainFlowSource("CYTON_BOARD"):
        pass


def test_an_unknown_board_names_the_nearest():
    with pytest.raises(SourceUnavailable, match="CYTON_BOARD"), BrainFlowSource("CYTON"):
        pass


def test_a_board_without_emg_is_refused():
    with pytest.raises(SourceUnavailable, match="no EMG"), BrainFlowSource("EMOTIBIT_BOARD"):
        pass


def test_an_option_that_brainflow_does_not_have_is_unknown():
    with pytest.raises(SourceUnknown, match="unknown option 'port'"):
        from_uri(SourceUri.parse("brainflow://CYTON_BOARD?port=1"))
    parameters = vars(load_brainflow().BrainFlowInputParams())
    assert {name: type(parameters[name]) for name in PARAMETERS} == dict(PARAMETERS)


def test_without_brainflow_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "brainflow.board_shim", None)
    with pytest.raises(SourceUnavailable, match=r"pip install 'palmaris\[brainflow\]'"), BrainFlowSource("X"):
        pass
