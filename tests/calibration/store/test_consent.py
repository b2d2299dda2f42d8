import numpy as np
import pytest

from calibration.errors import StoreDamaged
from calibration.store.check import check


def test_without_consent_the_raw_signal_goes_and_the_rest_stays_bit_for_bit(clinic):
    store = clinic.store
    calibration = clinic.start("p-1")
    trials = [clinic.trial(calibration, repetition=number) for number in (1, 2)]
    other = clinic.trial(clinic.start("p-2"))
    assert not store.users.set_consent("p-1", "bob", consent_raw=False).consent_raw
    for before, after in zip(trials, store.trials.of(calibration.id), strict=True):
        data = store.trials.read(after)
        assert data.raw is None
        np.testing.assert_array_equal(data.features, clinic.data().features, strict=True)
        np.testing.assert_array_equal(data.last_samples, clinic.data().last_samples, strict=True)
        assert (after.id, after.gesture, after.created) == (before.id, before.gesture, before.created)
    findings = check(store)
    assert findings.damage == findings.orphans == []
    assert store.trials.read(other).raw is not None
    assert clinic.store.trials.read(clinic.trial(calibration, repetition=3)).raw is None
    assert store.audit(last=2)[1].what == "change consent"


def test_a_withdrawal_that_fails_changes_nothing(clinic, place):
    store, calibration = clinic.store, clinic.start("p-1")
    first, second = (clinic.trial(calibration, repetition=number) for number in (1, 2))
    (place.data_dir / second.file).write_bytes(b"damaged")
    with pytest.raises(StoreDamaged, match="not what was written"):
        store.users.set_consent("p-1", "bob", consent_raw=False)
    assert store.users.get("p-1").consent_raw
    assert store.trials.read(first).raw is not None
    assert store.files.all() == {first.file, second.file}


def test_raw_signal_that_a_killed_withdrawal_left_goes_at_the_next_start(clinic, place):
    trial = clinic.trial(clinic.start("p-1"))
    old = (place.data_dir / trial.file).read_bytes()
    clinic.store.users.set_consent("p-1", "bob", consent_raw=False)
    (place.data_dir / trial.file).write_bytes(old)  # as if the process was killed before it was removed
    with place.open() as store:
        assert store.files.all() == {store.trials.get(trial.id).file}


def test_consent_given_again_is_for_what_comes(clinic):
    store, calibration = clinic.store, clinic.start("p-1")
    first = clinic.trial(calibration)
    store.users.set_consent("p-1", "bob", consent_raw=False)
    store.users.set_consent("p-1", "bob", consent_raw=True)
    assert store.trials.read(store.trials.get(first.id)).raw is None
    assert store.trials.read(clinic.trial(calibration, repetition=2)).raw is not None
