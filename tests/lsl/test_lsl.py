"""The LSL source against real outlets."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from drivers.errors import SourceLost, SourceUnavailable, SourceUnknown
from drivers.lsl import LslSource, from_uri
from drivers.lsl_streams import StreamQuery, list_streams
from drivers.registry import SourceUri

pylsl = pytest.importorskip("pylsl")
RATE_HZ = 500.0


@pytest.fixture
def outlet(stream_name):
    """An outlet of two channels whose samples the test itself pushes and stamps."""
    info = pylsl.StreamInfo(stream_name, "EMG", 2, RATE_HZ, "float32", f"id {stream_name}")
    info.set_channel_labels(["flexor", "extensor"])
    info.set_channel_units("millivolts")
    return pylsl.StreamOutlet(info)


def push(outlet, numbers, at_s):
    """Samples (number, -number), the first stamped ``at_s``."""
    for offset, number in enumerate(numbers):
        outlet.push_sample([number, -number], at_s + offset / RATE_HZ)


def total(chunks):
    return sum(len(chunk.samples) for chunk in chunks)


def test_samples_arrive_in_order_in_microvolts_with_their_labels(outlet, stream_name, read_until):
    with LslSource(StreamQuery(stream_name)) as source:
        push(outlet, range(300), pylsl.local_clock())
        chunks = read_until(source, lambda got: total(got) == 300)
        info = source.info
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert (info.name, info.rate_hz, info.channels, info.unit) == (stream_name, RATE_HZ, ("flexor", "extensor"), "uV")
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples[:, 0], np.arange(300) * 1e3)
    np.testing.assert_array_equal(samples[:, 1], -samples[:, 0])
    assert [chunk.first for chunk in chunks] == [0, *np.cumsum([len(chunk.samples) for chunk in chunks])[:-1]]
    assert source.losses.samples == 0


def test_silence_is_none_within_the_timeout(outlet, stream_name):
    with LslSource(StreamQuery(stream_name)) as source:
        start = time.monotonic()
        assert source.read(0.05) is None
        assert time.monotonic() - start < 1


def test_missing_samples_are_a_jump_in_the_index_even_inside_one_burst(outlet, stream_name, read_until):
    with LslSource(StreamQuery(stream_name)) as source:
        start = pylsl.local_clock()
        push(outlet, range(100), start)
        push(outlet, range(200, 260), start + 200 / RATE_HZ)
        chunks = read_until(source, lambda got: total(got) == 160)
    for chunk in chunks:
        np.testing.assert_array_equal(chunk.samples[:, 0], (chunk.first + np.arange(len(chunk.samples))) * 1e3)
    assert source.losses.samples == 100
    after = next(chunk for chunk in chunks if chunk.first == 200)
    assert after.device_s == pytest.approx(start + 200 / RATE_HZ, abs=2e-3)


def test_values_that_are_not_finite_are_counted(outlet, stream_name, read_until):
    with LslSource(StreamQuery(stream_name)) as source:
        push(outlet, [1, np.nan, 3], pylsl.local_clock())
        read_until(source, lambda got: total(got) == 3)
        assert source.losses.samples == 1


def test_it_opens_again_and_counts_from_zero(outlet, stream_name, read_until):
    source = LslSource(StreamQuery(stream_name))
    for _ in range(2):
        with source:
            push(outlet, range(10), pylsl.local_clock())
            chunks = read_until(source, lambda got: total(got) == 10)
            assert chunks[0].first == 0


@pytest.mark.parametrize("query", ["?type={kind}", "?source_id=id%20{kind}"])
def test_a_stream_is_found_by_type_or_source_id(query, stream_name, read_until):
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo("any", stream_name, 2, RATE_HZ, "int16", f"id {stream_name}"))
    with from_uri(SourceUri.parse("lsl://" + query.format(kind=stream_name.replace(" ", "%20")))) as source:
        push(outlet, range(5), pylsl.local_clock())
        chunks = read_until(source, lambda got: total(got) == 5)
        assert source.info.unit == "a.u."  # the description names no unit
        assert source.info.channels == ("ch1", "ch2")
    assert chunks[0].samples[0].tolist() == [0, 0]


def test_a_sender_that_dies_and_returns_leaves_a_gap(start_sender, stream_name, read_until):
    first = start_sender(stream_name, "band 7")
    with LslSource(StreamQuery(stream_name)) as source:
        before = read_until(source, lambda got: total(got) >= 100)
        first.kill()
        first.wait()
        while (chunk := source.read(0.3)) is not None:  # what was still under way
            before.append(chunk)
        silent_since = time.monotonic()
        start_sender(stream_name, "band 7")
        after = read_until(source, lambda got: total(got) >= 100)
        silent_s = time.monotonic() - silent_since
    jump = after[0].first - (before[-1].first + len(before[-1].samples))
    assert 0.25 * RATE_HZ < jump < (silent_s + 0.5) * RATE_HZ
    assert jump == source.losses.samples
    assert after[0].samples[0, 0] < before[-1].samples[-1, 0] + jump  # it is the new sender that speaks


def test_a_sender_without_source_id_that_dies_is_lost(start_sender, stream_name, read_until):
    sender = start_sender(stream_name, "")
    with LslSource(StreamQuery(stream_name)) as source:
        read_until(source, lambda got: total(got) >= 10)
        sender.kill()
        sender.wait()
        with pytest.raises(SourceLost, match="start its sender again"):
            read_until(source, lambda got: False)


def test_no_such_stream_is_said_within_the_timeout(stream_name):
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match="start its sender"), LslSource(StreamQuery(stream_name), timeout_s=0.3):
        pass
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(("rate_hz", "values"), [(pylsl.IRREGULAR_RATE, "float32"), (RATE_HZ, "string")])
def test_markers_and_irregular_streams_are_refused(rate_hz, values, stream_name):
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(stream_name, "EMG", 1, rate_hz, values, "markers"))
    with pytest.raises(SourceUnavailable, match="set the nominal rate"), LslSource(StreamQuery(stream_name)):
        pass
    del outlet


def test_two_streams_of_one_name_are_not_guessed_between(stream_name):
    outlets = [pylsl.StreamOutlet(pylsl.StreamInfo(stream_name, "EMG", 1, RATE_HZ, "float32", i)) for i in "ab"]
    with (
        pytest.raises(SourceUnavailable, match=r"add source_id= \(they have a, b\)"),
        LslSource(StreamQuery(stream_name)),
    ):
        pass
    del outlets


def test_streams_are_listed(outlet, stream_name):
    found = {stream.name: stream for stream in list_streams(wait_s=0.5)}
    assert (found[stream_name].kind, found[stream_name].channels, found[stream_name].rate_hz) == ("EMG", 2, RATE_HZ)


def test_a_uri_must_say_which_stream():
    with pytest.raises(SourceUnknown, match="which stream"):
        from_uri(SourceUri.parse("lsl://?timeout=1"))


def test_a_quote_in_a_name_is_not_a_query():
    assert StreamQuery("Ann's band", "EMG").predicate() == "name=\"Ann's band\" and type='EMG'"


def test_without_liblsl_the_remedy_is_named(tmp_path):
    broken = tmp_path / "liblsl.so"
    broken.write_bytes(b"not a library")
    code = "from drivers.lsl_streams import list_streams; list_streams()"
    environment = os.environ | {"PYLSL_LIB": str(broken)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "SourceUnavailable" in ran.stderr
    assert "set PYLSL_LIB" in ran.stderr
