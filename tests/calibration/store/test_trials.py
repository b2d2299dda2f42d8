from dataclasses import replace

import numpy as np
import pytest

from calibration.errors import NotStorable, StoreDamaged, TrialUnknown
from calibration.store.records import NewTrial, TrialData


def test_a_trial_is_read_back_bit_for_bit(clinic):
    running = clinic.start()
    trial = clinic.trial(running)
    assert clinic.store.trials.get(trial.id) == trial
    read, data = clinic.store.trials.read(trial), clinic.data()
    for name in ("features", "last_samples", "raw"):
        np.testing.assert_array_equal(getattr(read, name), getattr(data, name), strict=True)
    assert (trial.windows, trial.state, trial.quality) == (20, "kept", {"snr_db": 21.5})
    assert clinic.store.calibrations.get(running.id).position == {"prompt": 1}


def test_arrays_that_lie_otherwise_in_memory_are_stored_as_they_read(clinic):
    wide = np.arange(60, dtype=np.float64).reshape(6, 10)
    data = TrialData(wide.T[::2], np.arange(10)[::-2])
    trial = clinic.store.trials.add(NewTrial(clinic.start().id, "fist", 1), data, "ann")
    read = clinic.store.trials.read(trial)
    np.testing.assert_array_equal(read.features, data.features.astype(np.float32), strict=True)
    np.testing.assert_array_equal(read.last_samples, data.last_samples, strict=True)
    assert read.raw is None


def test_images_are_stored_with_the_features_that_were_made_of_them(clinic):
    images = np.random.default_rng(0).random((20, 4, 4), np.float32)
    running = clinic.start()
    trial = clinic.store.trials.add(NewTrial(running.id, "fist", 1), replace(clinic.data(), images=images), "ann")
    clinic.store.users.set_consent(running.user_id, "ann", consent_raw=False)
    trial = clinic.store.trials.get(trial.id)
    read = clinic.store.trials.read(trial)
    assert (read.raw, read.images.tobytes()) == (None, images.tobytes())
    with pytest.raises(NotStorable):
        clinic.store.trials.add(NewTrial(running.id, "fist", 2), replace(clinic.data(), images=images[1:]), "ann")


def test_raw_signal_is_stored_with_consent_only(clinic):
    clinic.store.users.create("p-1", "ann", consent_raw=False)
    trial = clinic.trial(clinic.start("p-1"))
    assert clinic.store.trials.read(trial).raw is None


def test_a_trial_done_again_takes_the_place_of_the_one_before(clinic):
    running = clinic.start()
    first, other = clinic.trial(running), clinic.trial(running, repetition=2)
    elsewhere = clinic.store.trials.add(NewTrial(running.id, "fist", 1, "up"), clinic.data(), "ann")
    refused = clinic.store.trials.add(
        NewTrial(running.id, "fist", 1, state="refused", reason="channel 2 is loose"), clinic.data(), "ann"
    )
    again = clinic.trial(running)
    assert [trial.id for trial in clinic.store.trials.kept("p-1", running.encoder_sha256)] == [
        *(other.id, elsewhere.id, again.id)
    ]
    assert [(trial.id, trial.state) for trial in clinic.store.trials.of(running.id)] == [
        *((first.id, "replaced"), (other.id, "kept"), (elsewhere.id, "kept")),
        *((refused.id, "refused"), (again.id, "kept")),
    ]
    assert clinic.store.trials.read(clinic.store.trials.get(first.id)).features.shape == (20, 8)


def test_what_a_head_can_learn_from_comes_from_all_calibrations_but_aborted_ones(clinic):
    kept = []
    for state in ("accepted", "aborted", "ready"):
        calibration = clinic.start("p-1")
        kept.append(clinic.trial(calibration).id)
        clinic.store.calibrations.set_state(calibration.id, state, "ann")
    clinic.trial(clinic.start("p-1", encoder="another"))
    clinic.trial(clinic.start("p-2"))
    assert [trial.id for trial in clinic.store.trials.kept("p-1", "e" * 64)] == [kept[0], kept[2]]


def test_a_trial_without_windows_is_stored(clinic):
    data = TrialData(np.zeros((0, 8), np.float32), np.zeros(0, np.int64))
    trial = clinic.store.trials.add(NewTrial(clinic.start().id, "fist", 1, state="refused"), data, "ann")
    assert clinic.store.trials.read(trial).features.shape == (0, 8)


@pytest.mark.parametrize(("features", "last"), [((5, 8), 4), ((5,), 5), ((5, 2, 2), 5)])
def test_arrays_that_do_not_belong_together_are_refused(clinic, features, last):
    data = TrialData(np.zeros(features, np.float32), np.arange(last))
    with pytest.raises(NotStorable, match=r"\(window, feature\)"):
        clinic.store.trials.add(NewTrial(clinic.start().id, "fist", 1), data, "ann")


def test_a_trial_that_cannot_be_stored_leaves_no_file_and_replaces_none(clinic, place):
    running = clinic.start()
    first = clinic.trial(running)
    with pytest.raises(NotStorable):
        clinic.store.trials.add(NewTrial(running.id, "fist", 1, reason="\0"), clinic.data(), "ann")
    assert [trial.id for trial in clinic.store.trials.kept("p-1", running.encoder_sha256)] == [first.id]
    assert clinic.store.files.all() == {first.file}


def test_an_unknown_trial_is_named(clinic):
    with pytest.raises(TrialUnknown, match="'t-9'"):
        clinic.store.trials.get("t-9")


def test_every_damaged_byte_is_noticed(clinic, place):
    trial = clinic.trial(clinic.start())
    path = place.data_dir / trial.file
    whole = path.read_bytes()
    for at in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreDamaged, match="from a backup, or record anew"):
            clinic.store.trials.read(trial)
    path.unlink()
    with pytest.raises(StoreDamaged, match="is missing"):
        clinic.store.trials.read(trial)
