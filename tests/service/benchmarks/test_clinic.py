"""What a subscriber's record says of its stream."""

import pytest

from service.benchmarks.clinic import Heard
from service.errors import ServiceError
from service.messages import Latency, Prediction

MS = 1_000_000


def a_prediction(seq: int, index: int, arrived_ns: int) -> Prediction:
    return Prediction(
        seq=seq,
        index=index,
        device_s=index / 1000,
        arrived_ns=arrived_ns,
        gesture="fist",
        confidence=1.0,
        probabilities=(1.0,),
        accepted=True,
        intensity=None,
        active=None,
        latency=Latency(signal_ms=0, wait_ms=0, compute_ms=0),
    )


@pytest.fixture
def heard() -> Heard:
    """Predictions 3, 4 and 6, every 25 samples at 1000 Hz, each 2 ms under way."""
    arrived = {3: 100 * MS, 4: 125 * MS, 6: 175 * MS}
    return Heard([(at + 2 * MS, a_prediction(seq, 25 * seq, at)) for seq, at in arrived.items()])


def test_a_skipped_sequence_number_is_a_missing_prediction(heard):
    assert heard.missing == 1


def test_latency_counts_what_arrived_in_the_time(heard):
    assert heard.latency_ms(100 * MS, 175 * MS) == [2, 2]


def test_a_sample_between_predictions_arrived_between_them(heard):
    assert heard.arrival_ns(110, 1000) == 135 * MS


def test_the_first_prediction_after_a_moment(heard):
    assert heard.first_after(120 * MS) == 127 * MS
    with pytest.raises(ServiceError, match="no prediction came"):
        heard.first_after(178 * MS)
