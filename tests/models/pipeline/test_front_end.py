import numpy as np
import pytest
from scipy.signal import resample_poly
from tiny_sequence_model import NETWORKS, build

from models.datasets.grabmyo import FOREARM
from models.datasets.wfdb import read_wfdb
from models.pipeline.filters import StreamFilter, design
from models.pipeline.front_end import FrontEnd, frame_shape, frames_of, heard
from models.pipeline.rolling_norm import Prior
from models.spec import SequenceSpec

SIGNAL = (40 * np.random.default_rng(0).standard_normal((3000, 16))).astype(np.float32)


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - {"events"}))  # whose samples overlap: test_blocks.py
def test_chunks_give_what_the_whole_gives(name):
    _, spec, prior = build(name)
    whole = FrontEnd(spec, prior).feed(SIGNAL)
    answers = (len(SIGNAL) - spec.window) // spec.hop + 1
    assert whole.shape == heard(answers, spec)
    front = FrontEnd(spec, prior)
    chunks = np.concatenate([front.feed(part) for part in np.split(SIGNAL, [1, 70, 71, 1500])])
    np.testing.assert_allclose(chunks, whole, atol=1e-4)


def test_samples_are_heard_with_their_overlap():
    _, spec, _ = build("events")
    assert FrontEnd(spec, None).feed(SIGNAL).shape == heard((len(SIGNAL) - 21) // 10 + 1, spec)


def test_frames_are_of_the_filtered_signal():
    _, spec, _ = build("offline")
    filtered = StreamFilter(design(spec.filters, spec.rate_hz))(SIGNAL).astype(np.float32)
    np.testing.assert_array_equal(FrontEnd(spec, None).feed(SIGNAL), frames_of(filtered, spec))


def test_too_few_samples_give_nothing_of_the_right_shape():
    _, spec, prior = build("splashnet")
    assert FrontEnd(spec, prior).feed(SIGNAL[:63]).shape == (0, *frame_shape(spec))


def test_a_reset_starts_anew():
    _, spec, prior = build("splashnet")
    front = FrontEnd(spec, prior)
    first = front.feed(SIGNAL)
    front.reset()
    np.testing.assert_array_equal(front.feed(SIGNAL), first)


@pytest.mark.parametrize("name", ["small", "gru", "events", "wrist"])
def test_a_real_forearm_is_heard(name, shared_data):
    """The first recording of GRABMyo, a person at 2048 Hz under 16 electrodes, at the rate of the wristbands."""
    first = min(shared_data("grabmyo-sample-28ch").glob("*.hea"))
    samples, rate_hz = read_wfdb(first, FOREARM)
    assert rate_hz == 2048
    signal = resample_poly(samples, 125, 128).astype(np.float32)
    _, spec, prior = build(name)
    raw = FrontEnd(spec.model_copy(update={"sequence": _unnormalised(spec.sequence)}), None).feed(signal)
    mine = None if prior is None else Prior.of([raw])
    whole, front = FrontEnd(spec, mine).feed(signal), FrontEnd(spec, mine)
    assert whole.shape == heard((len(signal) - spec.window) // spec.hop + 1, spec)
    assert np.isfinite(whole).all()
    assert (whole.std(axis=0) > 0.01).all()  # no electrode and no frequency is still
    if mine is not None:
        assert np.abs(whole.mean(axis=0)).max() < 1
    chunks = np.concatenate([front.feed(part) for part in np.split(signal, range(20, len(signal), 333))])
    assert chunks.shape[1:] == whole.shape[1:]
    if name != "events":  # whose samples overlap
        np.testing.assert_allclose(chunks, whole, atol=2e-4)


def _unnormalised(says: SequenceSpec) -> SequenceSpec:
    return says.model_copy(update={"rolling": None})
