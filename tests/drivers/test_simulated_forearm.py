"""The simulated forearm under many electrodes: waves that run, zones that show, shifts that hurt."""

import time
from functools import cache

import numpy as np
import pytest
from scipy.signal import butter, sosfilt, welch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score

from drivers.errors import SourceUnknown
from drivers.registry import open_source
from drivers.simulation.arm import COLUMNS, ROW_MM, WHERE_IT_BELONGS, Arm, Donning
from drivers.simulation.behaviour import GESTURES
from drivers.simulation.blocks import BLOCK, BLOCK_S, RATE_HZ
from drivers.simulation.fibres import POTENTIAL, Units, action_potentials, sampled
from drivers.simulation.grid_user import HD_GRID, WRISTBAND, GridUser, SampledSkin
from drivers.simulation.neurons import UNITS
from drivers.source import Performer

HZ = 1000
SECONDS = 33  # every gesture once at least


@cache
def recording(user=3, donning=WHERE_IT_BELONGS, seed=0):
    return GridUser(HD_GRID, HZ, user, seed, donning).record(SECONDS)


# --- fibres -----------------------------------------------------------------------------------------------------------

ALONG = 10.0 * np.arange(-5, 6)  # contacts; pairs lie in the middle: -45, -35, ... 45
ABOVE = np.array([[40.0, 0.0]])
MIDDLES = (ALONG[1:] + ALONG[:-1]) / 2


def potentials_of(zone=0.0, half=60.0, speed=4.0, depth=10.0):
    """(row, time) of one unit under a line of pairs, at RATE_HZ."""
    unit = Units(
        np.array([[40.0 - depth, 0.0]]), np.array([zone]), np.array([[half, half]]), np.array([speed]), np.ones(1)
    )
    return action_potentials(unit, ALONG, ABOVE, RATE_HZ)[0, :, 0]


def test_over_the_innervation_zone_the_signal_is_weak_and_on_its_other_side_upside_down():
    rows = potentials_of(zone=-5.0)
    zone = int(np.flatnonzero(MIDDLES == -5.0)[0])
    size = np.abs(rows).max(axis=1)
    assert size[zone] < 0.05 * size[zone + 1]
    assert size[zone - 3 : zone + 4].argmin() == 3
    for away in (1, 2, 3):
        assert rows[zone + away] == pytest.approx(-rows[zone - away], abs=1e-9 * size.max())


@pytest.mark.parametrize("speed", [3.2, 4.0, 5.0])
def test_waves_run_from_the_zone_both_ways_at_the_speed_of_the_fibre(speed):
    rows = potentials_of(zone=0.0, half=80.0, speed=speed)
    peaks = rows.argmin(axis=1) * 1000 / RATE_HZ, rows.argmax(axis=1) * 1000 / RATE_HZ
    for side in (MIDDLES >= 15, MIDDLES <= -15):
        at = peaks[int(MIDDLES[side][0] > 0)][side]
        velocity = np.polyfit(at, MIDDLES[side], 1)[0]
        assert abs(velocity) == pytest.approx(speed, rel=0.1)
        assert np.sign(velocity) == np.sign(MIDDLES[side][0])


def test_waves_end_at_the_tendons():
    rows = potentials_of(half=22.0)
    inside, outside = np.abs(rows[MIDDLES == 15]).max(), np.abs(rows[MIDDLES == 45]).max()
    assert outside < 0.25 * inside
    late = round((22 + 25) / 4 * RATE_HZ / 1000) + 20
    assert np.abs(rows[:, late:]).max() < 0.02 * np.abs(rows).max()


def test_deep_units_are_weaker_and_more_blurred():
    near, far = potentials_of(depth=6.0), potentials_of(depth=18.0)
    assert np.abs(far).max() < 0.3 * np.abs(near).max()
    power = [np.abs(np.fft.rfft(rows[MIDDLES == 15][0])) ** 2 for rows in (near, far)]
    middle_hz = [np.searchsorted(part.cumsum(), part.sum() / 2) for part in power]
    assert middle_hz[1] < middle_hz[0]


@pytest.mark.parametrize("rate_hz", [1000, 2000])
def test_a_device_samples_the_wave_between_its_ticks_and_nothing_above_half_its_rate(rate_hz):
    unit = Units(np.array([[34.0, 0.0]]), np.array([3.0]), np.array([[50.0, 50.0]]), np.array([4.0]), np.ones(1))
    wave = action_potentials(unit, ALONG, ABOVE, rate_hz)[:, :, 0]  # (1, row, POTENTIAL)
    ticks = RATE_HZ // rate_hz
    found = sampled(wave, rate_hz)
    assert found.shape == (1, ticks, POTENTIAL // ticks, len(MIDDLES))
    for tick in range(ticks):
        assert pytest.approx(wave[0, :, ticks - tick :: ticks][:, : POTENTIAL // ticks - 1]) == found[0, tick, 1:].T
    assert found[0, 0, 0] == pytest.approx(wave[0, :, 0])
    spectrum = np.abs(np.fft.rfft(wave[0], axis=-1)) ** 2
    above = np.fft.rfftfreq(POTENTIAL, 1 / RATE_HZ) > 0.55 * rate_hz
    assert spectrum[:, above].sum() < 1e-4 * spectrum.sum()


def test_an_action_potential_goes_on_in_the_next_block():
    waves = np.random.default_rng(0).normal(size=(3, 4, 32, 2))  # four ticks: 1 kHz
    skin = SampledSkin(waves, 30)
    spikes = [([1, 2], [BLOCK - 1, 6]), ([], []), ([], [])]
    heard = np.concatenate([skin.block(np.array(units, int), np.array(at, int)).copy() for units, at in spikes])
    expected = np.zeros_like(heard)
    expected[29:][:32] += waves[1, 3]
    expected[1:][:32] += waves[2, 2]
    assert heard == pytest.approx(expected)


# --- the signal -------------------------------------------------------------------------------------------------------


ROWS_MM = ROW_MM * (np.arange(HD_GRID.rows) - (HD_GRID.rows - 1) / 2)


def over_muscles(user):
    """For each muscle of a person: how far each row is from its zone, and the waves of its units, (unit, time, row),
    in the column that sees most of it."""
    arm = Arm.of(np.random.default_rng(user))
    waves = arm.potentials(HD_GRID, Donning(), user, HZ)[:, 0].reshape(-1, POTENTIAL // 4, HD_GRID.rows, COLUMNS)
    for units in (slice(first, first + UNITS) for first in range(0, len(waves), UNITS)):
        column = (waves[units] ** 2).sum(axis=(0, 1, 2)).argmax()
        yield ROWS_MM - arm.units.zones[units].mean(), waves[units, ..., column]


def test_the_grid_shows_where_muscles_are_innervated():
    """Relative to its muscle, a row is weak over the zone, whatever the skin and the contact."""
    over, beside = [], []
    for user in range(4):
        for away_mm, waves in over_muscles(user):
            rms = np.sqrt((waves**2).sum(axis=(0, 1)))
            over += (rms / np.median(rms))[abs(away_mm) < 2].tolist()
            beside += (rms / np.median(rms))[(abs(away_mm) > 8) & (abs(away_mm) < 20)].tolist()
    assert min(len(over), len(beside)) >= 5
    assert np.mean(over) < 0.6 * np.mean(beside)
    assert np.mean(beside) == pytest.approx(1, abs=0.15)


def test_across_the_zone_neighbouring_differences_turn_upside_down():
    across, along = [], []
    for away_mm, waves in (muscle for user in range(4) for muscle in over_muscles(user)):
        for row in range(HD_GRID.rows - 1):
            near, far = sorted(abs(away_mm[row : row + 2]))
            if near > 3 and far < 25:
                (across if away_mm[row] < 0 < away_mm[row + 1] else along).append(likeness(waves[..., row : row + 2]))
    assert min(len(across), len(along)) >= 5
    assert max(across) < 0 < min(along)


def likeness(waves):
    """(unit, time, 2) -> the correlation of two rows at the lag where it is largest, from -1 to 1; mean over units."""
    found = []
    for one, other in np.moveaxis(waves, 2, 1):
        products = np.correlate(one, other, "full") / np.linalg.norm(one) / np.linalg.norm(other)
        found.append(products[abs(products).argmax()])
    return np.mean(found)


@pytest.mark.parametrize("user", range(3))
def test_amplitudes_and_spectra_are_those_of_a_forearm(user):
    samples, labels = recording(user)
    assert np.isfinite(samples).all()
    high_pass = butter(4, 20, "highpass", fs=HZ, output="sos")
    signal = sosfilt(high_pass, samples - samples[0], axis=0).astype(np.float32)
    rest = signal[HZ : HZ * 3 // 2].std(axis=0)
    assert ((rest > 1.5) & (rest < 7)).all()
    strongest = [signal[labels == gesture].std(axis=0).max() for gesture in GESTURES]
    assert min(strongest) > 15
    assert 50 < max(strongest) < 1000
    loud = np.argsort(signal.std(axis=0))[-20:]
    _, power = welch(samples[:, loud][labels != "rest"].astype(float), HZ, nperseg=HZ, axis=0)
    heard = power[20:450].cumsum(axis=0)
    median_hz = 20 + (heard < heard[-1] / 2).sum(axis=0)
    assert ((median_hz > 60) & (median_hz < 220)).all()


def test_user_day_seed_and_shift_decide_everything():
    samples, labels = GridUser(HD_GRID, HZ, 3).record(3.2)
    assert samples.shape == (3200, 128)
    assert samples.dtype == np.float32
    assert samples.tobytes() == recording()[0][:3200].tobytes()
    assert (labels == recording()[1][:3200]).all()
    others = [
        GridUser(HD_GRID, HZ, *who).record(3.2)[0].tobytes()
        for who in ((4,), (3, 1), (3, 0, Donning(1)), (3, 0, Donning(shift_rows=0.5)), (3, 0, Donning(2)))
    ]
    assert len({samples.tobytes(), *others}) == 6


def test_a_shift_by_whole_columns_turns_the_picture_and_moves_no_muscle():
    still, moved = map_of(), map_of(Donning(shift_columns=2.0))
    assert (recording(3, Donning(shift_columns=2.0))[1] == recording()[1]).all()
    turned = [likeness_of(still, np.roll(moved, by, axis=2)) for by in range(COLUMNS)]
    assert int(np.argmax(turned)) == 2
    assert turned[2] > 0.9
    assert turned[0] < 0.7


def test_a_shift_by_one_row_moves_the_zones_by_one_row():
    still, moved = map_of(), map_of(Donning(shift_rows=1.0))
    moved_back = likeness_of(still[:, 1:], moved[:, :-1])
    assert moved_back > 0.95
    assert moved_back > likeness_of(still[:, 1:], moved[:, 1:]) + 0.02


def map_of(donning=WHERE_IT_BELONGS):
    """(gesture, row, column) logarithm of the rms."""
    rms, labels = windows_of(3, donning)
    return np.array([rms[labels == gesture].mean(axis=0) for gesture in GESTURES]).reshape(-1, HD_GRID.rows, COLUMNS)


def likeness_of(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


# --- gestures ---------------------------------------------------------------------------------------------------------

WINDOW = 200


def windows_of(user=3, donning=WHERE_IT_BELONGS, seed=0):
    """Logarithm of each channel's rms in windows within one label, the first two of each gesture left out."""
    samples, labels = recording(user, donning, seed)
    count = len(samples) // WINDOW
    rms = np.log(samples[: count * WINDOW].reshape(count, WINDOW, -1).std(axis=1))
    context = np.lib.stride_tricks.sliding_window_view(labels, 3 * WINDOW)[::WINDOW]
    steady = (context == context[:, :1]).all(axis=1)
    return rms[-len(context) :][steady], context[steady, 0]


def lda(train, test):
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(*train)
    return balanced_accuracy_score(test[1], model.predict(test[0]))


def test_gestures_are_told_apart_within_a_user_and_less_after_a_shift():
    own, row, column = (
        [lda(windows_of(user), windows_of(user, donning, seed=1)) for user in range(2)]
        for donning in (Donning(), Donning(shift_rows=1.0), Donning(shift_columns=1.0))
    )
    others = [lda(windows_of(1 - user), windows_of(user, seed=1)) for user in range(2)]
    assert min(own) > 0.8
    assert np.mean(own) >= np.mean(row) > np.mean(column)
    assert np.mean(own) > np.mean(column) + 0.1
    assert np.mean(own) > np.mean(others) + 0.2


# --- the sources ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "rate_hz", "rows"),
    [
        ("sim://hd-grid?user=7", 1000, 8),
        ("sim://hd-grid?user=7&rate=2000", 2000, 8),
        ("sim://wristband?user=7", 2000, 1),
    ],
)
def test_it_says_what_it_is(uri, rate_hz, rows):
    info = open_source(uri).info
    assert info.simulated
    assert "simulated" in info.name
    assert "user 7" in info.name
    assert (info.rate_hz, info.unit) == (rate_hz, "uV")
    assert len(info.channels) == len(set(info.channels)) == rows * COLUMNS
    assert info.grid is not None
    assert np.array(info.grid).tolist() == np.arange(rows * COLUMNS).reshape(rows, COLUMNS).tolist()


def read(uri, chunks=100):
    with open_source(uri) as source:
        return [source.read(timeout_s=1) for _ in range(chunks)]


def test_options_reach_the_user():
    chunks = read("sim://hd-grid?user=3&speed=max")
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert samples.tobytes() == recording()[0][: len(samples)].tobytes()
    assert chunks[1].device_s == pytest.approx(chunks[1].first / HZ) == BLOCK_S
    moved = read("sim://hd-grid?user=3&speed=max&day=2&shift_rows=0.5&shift_columns=-1.5&seed=4", 5)
    expected, _ = GridUser(HD_GRID, HZ, 3, 4, Donning(2, 0.5, -1.5)).record(5 * BLOCK_S)
    assert np.concatenate([chunk.samples for chunk in moved]).tobytes() == expected.tobytes()


def test_the_wristband_turns_round_the_arm():
    chunks = read("sim://wristband?user=3&speed=max&rotation=1.5&day=2", 5)
    expected, _ = GridUser(WRISTBAND, 2000, 3, 0, Donning(2, 0.0, 1.5)).record(5 * BLOCK_S)
    assert np.concatenate([chunk.samples for chunk in chunks]).tobytes() == expected.tobytes()


def test_it_is_read_in_real_time_at_its_own_rate():
    with open_source("sim://wristband") as source:
        opened = time.monotonic()
        read = sum(len(source.read(timeout_s=5).samples) for _ in range(10))
        assert read >= 100
        assert time.monotonic() - opened > read / 2000 - 0.002


def test_who_is_told_what_to_do_does_it():
    with open_source("sim://hd-grid?user=3&speed=max") as source:
        assert isinstance(source, Performer)
        source.perform("pinch")
        assert [marker.text for marker in source.read(1).markers] == ["pinch"]
        pinched = np.concatenate([source.read(1).samples for _ in range(60)])[900:]
        source.perform("rest")
        rested = np.concatenate([source.read(1).samples for _ in range(60)])[900:]
    assert np.diff(pinched, axis=0).std() > 2 * np.diff(rested, axis=0).std()


@pytest.mark.parametrize("uri", ["sim://hd-grid?rate=2000", "sim://wristband"])
def test_it_costs_a_fraction_of_a_core(uri):
    user = open_source(uri)
    seconds = 12.0
    user.record(0.1)
    began = time.process_time()
    user.record(seconds)
    assert time.process_time() - began < 0.25 * seconds  # with what opening costs; measured: 0.05


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("sim://hd-grid?rate=4000", "rate=4000 is not valid .write 1000 or 2000"),
        ("sim://hd-grid?shift_rows=nan", "shift_rows=nan is not valid .write electrode distances"),
        ("sim://hd-grid?shift_columns=far", "shift_columns=far is not valid"),
        ("sim://hd-grid?shift_columns=9", "at most 8 either way"),
        ("sim://hd-grid?day=-1", "day=-1 is not valid"),
        ("sim://hd-grid?rotation=1", "unknown option 'rotation'; known options: .*shift_rows, shift_columns"),
        ("sim://wristband?shift_rows=1", "unknown option 'shift_rows'; known options: .*day, rotation"),
        ("sim://two-channel?day=1", "unknown option 'day'"),
        ("sim://grid", "no simulated device 'grid'; write sim://two-channel, sim://hd-grid, sim://wristband"),
    ],
)
def test_a_wrong_uri_is_answered_with_the_right_one(uri, says):
    with pytest.raises(SourceUnknown, match=says):
        open_source(uri)
