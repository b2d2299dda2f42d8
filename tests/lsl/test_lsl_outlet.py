"""Predictions sent over LSL, received by liblsl."""

import pytest
from inlets import inlet_of

from drivers.lsl_outlet import PredictionOutlet

pylsl = pytest.importorskip("pylsl")


def test_values_at_every_push_and_a_marker_at_every_change(stream_name):
    with PredictionOutlet(stream_name) as outlet:
        values, markers = inlet_of(outlet, stream_name), inlet_of(outlet, stream_name, markers=True)
        for stamp, (index, text) in enumerate([(0, "rest"), (2, "pinch"), (2, "pinch"), (0, "rest")], start=1000):
            outlet.push(index, 0.5, text, lsl_s=stamp)
        assert [values.pull_sample(60) for _ in range(4)] == [
            ([0.0, 0.5], 1000.0),
            ([2.0, 0.5], 1001.0),
            ([2.0, 0.5], 1002.0),
            ([0.0, 0.5], 1003.0),
        ]
        assert [markers.pull_sample(60) for _ in range(3)] == [
            (["rest"], 1000.0),
            (["pinch"], 1001.0),
            (["rest"], 1003.0),
        ]
        description = values.info(60)
        assert description.get_channel_labels() == ["gesture index", "confidence"]
        assert description.nominal_srate() == pylsl.IRREGULAR_RATE


def test_without_a_time_it_is_stamped_now(stream_name):
    with PredictionOutlet(stream_name) as outlet:
        values = inlet_of(outlet, stream_name)
        before = pylsl.local_clock()
        outlet.push(1, 0.9, "fist")
        _, stamp = values.pull_sample(60)
        assert before <= stamp <= pylsl.local_clock()


def test_it_opens_again_and_repeats_the_word(stream_name):
    outlet = PredictionOutlet(stream_name)
    for _ in range(2):
        with outlet:
            markers = inlet_of(outlet, stream_name, markers=True)
            outlet.push(1, 0.9, "fist")
            assert markers.pull_sample(60)[0] == ["fist"]
