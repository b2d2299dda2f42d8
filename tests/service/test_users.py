"""Users over HTTP."""

import numpy as np
from clinic import Clinic
from serving import serving

from calibration.store.records import Device, NewCalibration, NewTrial, TrialData
from calibration.store.store import Store

PLAN = {"stream": "default", "plan": {"gestures": ["fist", "point"]}}


def store_a_trial(store: Store, user: str) -> str:
    device = Device("band", 1000.0, ("left", "right"), "uV")
    calibration = store.calibrations.start(NewCalibration(user, device, "tiny", "e" * 64, PLAN), "ann")
    data = TrialData(np.ones((4, 2), np.float32), np.arange(4), np.ones((100, 2), np.float32))
    store.trials.add(NewTrial(calibration.id, "fist", 1), data, "ann")
    return calibration.id


def test_withdrawn_consent_takes_the_raw_signal_away(live, tmp_path):
    with serving(live, data_dir=tmp_path) as address, Store.open(tmp_path) as store:
        clinic = Clinic(address)
        assert clinic.post("/users", user="p-17", consent_raw=True)["consent_raw"]
        calibration = store_a_trial(store, "p-17")
        assert clinic.ask("PATCH", "/users/p-17", consent_raw=True).json()["consent_raw"]
        assert store.trials.read(store.trials.of(calibration)[0]).raw is not None
        assert clinic.ask("PATCH", "/users/p-17", consent_raw=False).json()["consent_raw"] is False
        assert clinic.ask("GET", "/users/p-17").json()["consent_raw"] is False
        (trial,) = store.trials.of(calibration)
        assert store.trials.read(trial).raw is None
        assert store.files.all() == {trial.file}


def test_consent_of_nobody_and_no_consent_are_refused(live, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        assert clinic.refused("PATCH", "/users/p-17", consent_raw=False)[0] == 404
        assert clinic.refused("PATCH", "/users/p-17", consent_raw="perhaps")[1].startswith("body.consent_raw: ")
        assert clinic.refused("PATCH", "/users/p-17")[0] == 422
        assert clinic.refused("GET", f"/users/{'x' * 65}")[1].startswith("path.user: ")


def test_one_request_tells_of_everybody(live, tmp_path):
    with serving(live, data_dir=tmp_path) as address, Store.open(tmp_path) as store:
        clinic = Clinic(address)
        for user in ("p-1", "p-2"):
            clinic.post("/users", user=user)
        calibration = store_a_trial(store, "p-2")
        one, two = clinic.ask("GET", "/users").json()
        (told,) = clinic.ask("GET", "/users/p-2/calibrations").json()
    assert (one["user"], one["versions"], one["macro_f1"], one["calibrated"]) == ("p-1", 0, None, None)
    assert (two["user"], two["calibrated"]) == ("p-2", told["created"])
    assert told["calibration"] == calibration
