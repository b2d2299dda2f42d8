"""The simulated user: physiological, the same for every reader, and different enough from the next user."""

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from itertools import groupby, islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt, welch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score

from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import open_source
from drivers.simulation.behaviour import GESTURES, LABELS
from drivers.simulation.blocks import BLOCK, BLOCK_S, RATE_HZ
from drivers.simulation.forearm import POTENTIAL
from drivers.simulation.neurons import THRESHOLDS, UNITS, MotorNeurons, firing_rates
from drivers.simulation.user import SimulatedUser, Skin
from drivers.simulator import Pace, Session
from drivers.source import Chunk, Performer

SECONDS = 35  # every gesture at least once
BLOCKS = list(islice(SimulatedUser(3).blocks(), 40 * RATE_HZ // BLOCK))
RECORDED, LABELLED = SimulatedUser(3).record(SECONDS)
CHANGES = [0, *(np.flatnonzero(LABELLED[1:] != LABELLED[:-1]) + 1)]


@cache
def recording(user, seed=0):
    return SimulatedUser(user, seed).record(60 if seed == 0 else SECONDS)


# --- the neurons ------------------------------------------------------------------------------------------------------


def test_units_are_recruited_in_the_order_of_their_size_and_the_first_stays_the_fastest():
    rates = firing_rates(np.linspace(0, 1, 50))
    assert not rates[0].any()
    assert (np.diff(rates > 0, axis=0) >= 0).all()
    assert (np.diff(rates, axis=1) <= 0).all()
    assert THRESHOLDS[-1] == pytest.approx(30)
    assert rates[-1, [0, -1]] == pytest.approx([35, 25], abs=0.5)


def test_units_fire_as_often_as_their_rate_says_at_irregular_intervals():
    neurons = MotorNeurons(1, np.random.default_rng(0))
    blocks = 3000
    spikes = [neurons.fire(np.array([0.6])) + np.array([[0], [block * BLOCK]]) for block in range(blocks)]
    units, samples = np.hstack(spikes)
    counts = np.bincount(units, minlength=UNITS)
    assert counts / (blocks * BLOCK_S) == pytest.approx(firing_rates(np.array([0.6]))[0], rel=0.05)
    intervals = np.diff(np.sort(samples[units == UNITS // 2]))
    assert intervals.std() / intervals.mean() == pytest.approx(0.2, abs=0.03)


def test_relaxed_muscles_do_not_fire():
    units, samples = MotorNeurons(2, np.random.default_rng(0)).fire(np.zeros(2))
    assert len(units) == len(samples) == 0


# --- the signal -------------------------------------------------------------------------------------------------------


def high_passed(samples):
    return sosfilt(butter(4, 20, "highpass", fs=RATE_HZ, output="sos"), samples - samples[0], axis=0)


def test_an_action_potential_goes_on_in_the_next_block():
    potentials = np.random.default_rng(0).normal(size=(3, POTENTIAL, 2))
    skin = Skin(potentials)
    spikes = [([1, 2], [BLOCK - 1, 5]), ([], []), ([], [])]
    heard = np.concatenate([skin.block(np.array(units, int), np.array(at, int)) for units, at in spikes])
    expected = np.zeros_like(heard)
    expected[BLOCK - 1 :][:POTENTIAL] += potentials[1]
    expected[5:][:POTENTIAL] += potentials[2]
    assert heard == pytest.approx(expected)


@pytest.mark.parametrize("user", range(8))
def test_amplitudes_are_those_of_a_forearm(user):
    samples, labels = recording(user)
    signal = high_passed(samples)
    rest = signal[RATE_HZ : RATE_HZ * 3 // 2].std(axis=0)  # within the first rest
    assert ((rest > 2) & (rest < 6)).all()
    strongest = [signal[labels == gesture].std(axis=0).max() for gesture in GESTURES]
    assert min(strongest) > 15
    assert 50 < max(strongest) < 800


@pytest.mark.parametrize("user", range(4))
def test_muscles_are_heard_between_20_and_450_hz(user):
    samples, labels = recording(user)
    hz, power = welch(samples[labels != "rest"].astype(float), RATE_HZ, nperseg=RATE_HZ, axis=0)
    band = (hz >= 20) & (hz <= 450)
    assert (power[band].sum(axis=0) > 0.9 * power[hz >= 5].sum(axis=0)).all()
    median_hz = hz[(power[band].cumsum(axis=0) < power[band].sum(axis=0) / 2).sum(axis=0)] + 20
    assert ((median_hz > 70) & (median_hz < 250)).all()


def test_at_rest_there_is_hum_noise_and_drift():
    rests, _ = zip(*(SimulatedUser(5, seed).record(1.8) for seed in range(12)), strict=True)
    hz, power = welch(np.array(rests, float), RATE_HZ, nperseg=RATE_HZ, axis=1)
    mean = power.mean(axis=0)
    for hum in (50, 150):
        assert (mean[hz == hum] > 2 * mean[(abs(hz - hum) > 5) & (abs(hz - hum) < 15)].mean(axis=0)).all()
    assert np.std([rest[0] for rest in rests]) > 20  # electrodes differ by more than any noise


# --- what the user does -----------------------------------------------------------------------------------------------


def test_gestures_alternate_with_rest_and_each_is_done_once_before_any_is_repeated():
    done = [label for label, _ in groupby(block.label for block in islice(SimulatedUser().blocks(), 2500))]
    assert set(done[::2]) == {"rest"}
    gestures = done[1::2]
    for at in range(0, len(gestures) - len(GESTURES), len(GESTURES)):
        assert sorted(gestures[at : at + len(GESTURES)]) == sorted(GESTURES)


def test_a_rest_takes_two_seconds_and_a_gesture_three():
    seconds = {LABELLED[a]: (b - a) / RATE_HZ for a, b in pairwise(CHANGES)}
    for label in seconds:
        assert seconds[label] == pytest.approx(2 if label == "rest" else 3, abs=0.31)


def test_the_muscles_wake_up_right_after_the_label():
    size = np.abs(high_passed(RECORDED)).max(axis=1)
    for onset in (at for at in CHANGES if LABELLED[at] != "rest"):
        before = size[onset - RATE_HZ : onset].max()
        assert before < 20
        assert size[onset : onset + int(0.15 * RATE_HZ)].max() > 2 * before


def test_user_and_seed_decide_everything():
    again, labels = SimulatedUser(3).record(SECONDS)
    assert again.tobytes() == RECORDED.tobytes()
    assert (labels == LABELLED).all()
    firsts = {SimulatedUser(user, seed).record(3)[0].tobytes() for user in range(4) for seed in range(4)}
    assert len(firsts) == 16


def test_the_signal_is_the_one_that_models_were_trained_on():
    """A simulated user's number is a promise: shipped models and their scores rest on it."""
    expected = [[104.42651, -4.9918985], [82.30433, -33.222813], [56.224556, -279.92462], [47.233192, -12.142862]]
    assert RECORDED[[0, 4000, 20_000, 50_000]] == pytest.approx(np.array(expected), abs=1e-3)
    assert LABELLED[[0, 4000, 20_000, 50_000]].tolist() == ["rest", "rest", "wrist_extension", "point"]


def test_a_longer_recording_begins_like_a_shorter_one():
    samples, labels = SimulatedUser(3).record(1.2345)
    assert samples.shape == (4938, 2)
    assert samples.tobytes() == RECORDED[:4938].tobytes()
    assert (labels == LABELLED[:4938]).all()
    assert SimulatedUser(3).record(0)[0].shape == (0, 2)


# --- people differ ----------------------------------------------------------------------------------------------------

WINDOW = RATE_HZ // 4


def features(samples):
    """(T, channel) -> (window, feature): log MAV, log WL, ZC and SSC of each 250 ms window, every 125 ms."""
    signal = sosfilt(butter(4, (20, 450), "bandpass", fs=RATE_HZ, output="sos"), samples, axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(signal, WINDOW, axis=0)[:: WINDOW // 2]
    slopes = np.diff(windows)
    parts = [np.log(abs(windows).mean(-1)), np.log(abs(slopes).mean(-1))]
    parts += [(part[..., 1:] * part[..., :-1] < 0).mean(-1) for part in (windows, slopes)]
    return np.hstack(parts)


def windows_of(user, seed):
    """Features and label of each window that lies within one label, at least 400 ms after its beginning."""
    samples, labels = recording(user, seed)
    context = np.lib.stride_tricks.sliding_window_view(labels, WINDOW + int(0.4 * RATE_HZ))[:: WINDOW // 2]
    ends = features(samples)[-len(context) :]
    steady = (context == context[:, :1]).all(axis=1)
    return ends[steady], context[steady, 0]


def score(train, test):
    model = LinearDiscriminantAnalysis().fit(*train)
    return balanced_accuracy_score(test[1], model.predict(test[0]))


def test_a_model_of_other_users_needs_calibration():
    x, y = zip(*(windows_of(user, 0) for user in range(8)), strict=True)
    others = np.concatenate(x), np.concatenate(y)
    own_scores, others_scores = [], []
    for user in range(8, 12):
        later = windows_of(user, 1)
        own_scores.append(score(windows_of(user, 0), later))
        others_scores.append(score(others, later))
    assert set(others[1]) == set(LABELS)
    assert min(own_scores) > 0.6
    assert np.mean(own_scores) > 0.85
    assert np.mean(own_scores) - np.mean(others_scores) > 0.25


# --- the source -------------------------------------------------------------------------------------------------------


def taken(sizes: Sequence[int]) -> list[Chunk]:
    session = Session(iter(BLOCKS), open_source("sim://two-channel").info)
    return [session.take(size) for size in sizes]


@given(st.lists(st.integers(0, 3000), max_size=12))
def test_the_way_of_reading_changes_nothing(sizes):
    chunks = taken(sizes)
    total = sum(sizes)
    samples = np.concatenate([np.empty((0, 2), np.float32), *(chunk.samples for chunk in chunks)])
    assert samples.dtype == np.float32
    assert samples.tobytes() == RECORDED[:total].tobytes()
    assert [chunk.first for chunk in chunks] == list(np.cumsum([0, *sizes])[:-1])


@given(st.integers(50, 9000))
def test_markers_are_in_the_chunk_of_their_sample(size):
    chunks = taken([size] * (20 * RATE_HZ // size))
    for chunk in chunks:
        assert all(chunk.first <= marker.index < chunk.first + size for marker in chunk.markers)
    markers = [marker for chunk in chunks for marker in chunk.markers]
    total = sum(len(chunk.samples) for chunk in chunks)
    assert [marker.index for marker in markers] == [at for at in CHANGES if at < total]
    assert [marker.text for marker in markers] == [LABELLED[marker.index] for marker in markers]


def test_a_chunk_is_due_when_its_last_sample_is():
    assert Pace().wait_s(0, 0) == 0.005
    assert Pace().wait_s(0.004, 0) == pytest.approx(0.001)
    assert Pace(2).wait_s(0, 0) == 0.0025
    assert Pace(rate_hz=1000).wait_s(0, 5) == 0.010
    assert Pace().wait_s(7, 0) == 0
    assert Pace(math.inf).wait_s(0, 10**9) == 0


def test_what_has_become_due_is_handed_over_and_never_more():
    assert Pace().due(0.005, 0) == 20
    assert Pace().due(0.1, 100) == 300
    assert Pace(rate_hz=1000).due(0.1, 50) == 50
    assert Pace(math.inf, 1000).due(0, 0) == 1000 * BLOCK_S
    assert Pace(0.5).due(0.1, 100) == 100
    assert Pace(4).due(0.1, 0) == 1600
    assert Pace().due(3600, 0) == RATE_HZ
    assert Pace(1e306).due(3600, 0) == RATE_HZ
    assert Pace(math.inf).due(0, 0) == BLOCK


def test_it_is_read_in_real_time():
    with open_source("sim://two-channel") as source:
        opened_ns = time.monotonic_ns()
        assert source.read(timeout_s=0) is None
        read = 0
        for _ in range(10):
            chunk = source.read(timeout_s=5)
            assert chunk is not None
            assert chunk.first == read
            assert chunk.device_s == read / RATE_HZ
            read += len(chunk.samples)
            assert chunk.arrived_ns - opened_ns > (read / RATE_HZ - 0.002) * 1e9


def test_it_says_what_it_is():
    source = open_source("sim://two-channel?user=7&seed=1")
    assert source.info.simulated
    assert "simulated" in source.info.name
    assert "7" in source.info.name
    assert (source.info.rate_hz, source.info.unit, len(source.info.channels)) == (4000, "uV", 2)
    assert source.losses.samples == 0


def test_options_reach_the_user_and_reopening_starts_again():
    source = open_source("sim://two-channel?user=3&speed=max")
    for _ in range(2):
        with source:
            chunks = [source.read(timeout_s=0) for _ in range(5)]
        samples = np.concatenate([chunk.samples for chunk in chunks])
        assert samples.tobytes() == RECORDED[: len(samples)].tobytes()
        assert chunks[0].markers[0].text == "rest"


def test_reading_before_opening_is_refused():
    with pytest.raises(SourceUnavailable, match="with source"):
        open_source("sim://two-channel").read(timeout_s=0)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("sim://four-channel", "no simulated device 'four-channel'; write sim://two-channel"),
        ("sim://", "write sim://two-channel"),
        ("sim://two-channel?user=anna", "user=anna is not valid .write a whole number"),
        ("sim://two-channel?user=-1", "user=-1 is not valid"),
        ("sim://two-channel?seed=1.5", "seed=1.5 is not valid"),
        ("sim://two-channel?speed=0", "speed=0 is not valid .write a number above 0, or max"),
        ("sim://two-channel?speed=nan", "speed=nan is not valid"),
        ("sim://two-channel?speed=fast", "speed=fast is not valid .write a number above 0, or max"),
        ("sim://two-channel?users=3", "unknown option 'users'; known options: .*user, seed, speed"),
    ],
)
def test_a_wrong_uri_is_answered_with_the_right_one(uri, says):
    with pytest.raises(SourceUnknown, match=says):
        open_source(uri)


def test_it_starts_without_scipy():
    code = "import sys, drivers.simulator; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- told what to do --------------------------------------------------------------------------------------------------


def test_who_is_told_what_to_do_does_it_until_told_otherwise():
    user = SimulatedUser(3)
    blocks = user.blocks()
    done = []
    for told in ("hand_close", "rest", "juggle", None):  # the third is nobody's habit
        user.told = told
        done.append([block.label for block in islice(blocks, round(2 / BLOCK_S))])
    assert [set(labels) for labels in done[:3]] == [{"hand_close"}, {"rest"}, {"juggle"}]
    assert "rest" in done[3]
    user.told = "juggle"
    loud = strength(blocks)
    user.told = "rest"
    assert loud > 2 * strength(blocks)


def strength(blocks):
    """Rms of the second second from now on."""
    samples = np.concatenate([block.samples for block in islice(blocks, round(2 / BLOCK_S))])
    return samples[len(samples) // 2 :].std()


def test_a_source_passes_on_what_its_user_is_told():
    with open_source("sim://two-channel?user=3&speed=max") as source:
        assert isinstance(source, Performer)
        source.perform("pinch")
        assert [marker.text for marker in source.read(1).markers] == ["pinch"]
