"""A fitted head on its stream before anybody accepts it, over real sockets: it never stays where nobody wants it."""

from clinic import Clinic, User
from serving import serving, subscribed, wait_for

from service.live import Live

EVERYBODY = {"user": None, "version": None}
ON_TRIAL = {"user": "p-17", "version": None}
GESTURES = ["fist", "point"]
PREDICTIONS_PER_TENTH = 4


def worn(live: Live) -> dict[str, object]:
    """Whose head answers from the next chunk on."""
    return live.answers.worn.model_dump()


def fitted(clinic: Clinic, arm: User, **order) -> str:
    """A calibration whose report waits; its id."""
    calibration = clinic.begin(**order)
    with clinic.watching(calibration) as watcher:
        watcher.follow(arm)
    return calibration


def test_a_head_is_tried_given_back_tried_again_and_accepted(live, source, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = fitted(clinic, user)
        press = f"/calibrations/{calibration}/"
        with (
            clinic.watching(calibration) as one,
            clinic.watching(calibration) as other,
            subscribed(address) as controller,
        ):
            labels = controller.next("hello")["labels"]
            assert (one.next()["trying"], other.next()["trying"]) == (False, False)
            told = clinic.post(press + "try", on=True)
            assert (told["state"], told["trying"]) == ("ready", True)
            assert (one.until("trying"), other.until("trying")) == ({"type": "trying", "on": True},) * 2
            user.give("fist", 0.1)
            changed = controller.next("head")
            assert (changed["head"], changed["labels"]) == (ON_TRIAL, GESTURES)
            for gesture in GESTURES:
                heard = []
                for _ in range(6):
                    user.give(gesture, 0.1)
                    heard += [controller.next("prediction")["gesture"] for _ in range(PREDICTIONS_PER_TENTH)]
                assert heard[-4:] == [gesture] * 4
            assert clinic.ask("GET", "/users/p-17/heads").json()[0]["version"] is None, "it is no version of the user"

            assert clinic.post(press + "try", on=True)["trying"] is True  # asked again after a lost answer
            with clinic.watching(calibration) as late:
                assert late.next()["trying"] is True
            assert clinic.post(press + "try", on=False)["trying"] is False
            assert (one.until("trying"), other.until("trying")) == ({"type": "trying", "on": False},) * 2
            user.give("fist", 0.1)
            changed = controller.next("head")
            assert (changed["head"], changed["labels"]) == (EVERYBODY, labels)

            clinic.post(press + "try", on=True)
            told = clinic.post(press + "accept")
            assert (told["state"], told["trying"]) == ("accepted", False)
            assert one.leave() == other.leave() == (1000, "it is over")
            for watcher in (one, other):
                assert [frame["type"] for frame in watcher.seen][-3:] == ["trying", "accepted", "trying"]
                assert watcher.seen[-1]["on"] is False
            assert worn(live) == {"user": "p-17", "version": 1}
            user.give("fist", 0.1)
            assert controller.next("head")["head"] == {"user": "p-17", "version": 1}


def test_every_way_out_puts_the_head_of_before_back(live, source, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = fitted(clinic, user)
        press = f"/calibrations/{calibration}/"
        ways = {
            "fit": lambda: clinic.post(press + "fit"),
            "extend": lambda: clinic.post(press + "extend", gestures=["fist"]),
            "redo": lambda: clinic.post(press + "redo"),
            "wear": lambda: clinic.ask("PUT", "/streams/default/user", user="p-17"),
            "abort": lambda: clinic.post(press + "abort"),
        }
        for way, leave in ways.items():
            with clinic.watching(calibration) as watcher:
                if (now := watcher.next())["state"] != "ready":
                    watcher.obey(user, now)
                    watcher.follow(user)
                clinic.post(press + "try", on=True)
                watcher.until("trying")
                assert worn(live) == ON_TRIAL, way
                if way == "wear":  # somebody else chooses, and is obeyed
                    assert clinic.ask("PUT", "/streams/default/user", user="p-17").status_code == 422
                    assert worn(live) == ON_TRIAL, "what is refused changes nothing"
                    answer = clinic.ask("PUT", "/streams/default/user", user=None)
                    assert answer.is_success, answer.text
                else:
                    leave()
                assert worn(live) == EVERYBODY, way
                assert watcher.until("trying")["on"] is False, way
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["trying"] is False


def test_a_service_that_stops_keeps_no_head_on_trial(live, source, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = fitted(clinic, user)
        clinic.post(f"/calibrations/{calibration}/try", on=True)
        assert worn(live) == ON_TRIAL
    assert worn(live) == EVERYBODY


def test_without_a_report_nothing_is_tried(live, source, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = clinic.begin()
        status, reason = clinic.refused("POST", f"/calibrations/{calibration}/try", on=True)
        assert (status, "finish the trials first" in reason) == (409, True)
        assert clinic.post(f"/calibrations/{calibration}/try", on=False)["trying"] is False
        assert clinic.refused("POST", f"/calibrations/{calibration}/try")[0] == 422
        assert clinic.refused("POST", "/calibrations/nobody/try", on=True)[0] == 404
        clinic.post(f"/calibrations/{calibration}/abort")
        assert clinic.refused("POST", f"/calibrations/{calibration}/try", on=True)[0] == 409
    assert worn(live) == EVERYBODY


def test_heads_that_change_meanwhile_are_what_comes_back(live, source, user, tmp_path):
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        for name in ("p-18", "p-17"):
            clinic.post(f"/calibrations/{fitted(clinic, user, user=name)}/accept")
        second = f"/calibrations/{fitted(clinic, user)}/try"
        clinic.post(second, on=True)
        assert worn(live) == ON_TRIAL
        clinic.post(second, on=False)
        assert worn(live) == {"user": "p-17", "version": 1}

        clinic.post(second, on=True)
        clinic.post("/users/p-17/heads/1/activate")  # by another clinician
        assert worn(live) == {"user": "p-17", "version": 1}

        assert clinic.ask("PUT", "/streams/default/user", user="p-18").is_success
        clinic.post(second, on=True)
        assert clinic.ask("DELETE", "/users/p-18").is_success
        clinic.post(second, on=False)
        assert worn(live) == EVERYBODY, "nobody wears the head of a user who was deleted"


def test_a_head_is_not_left_on_by_who_closes_the_page(live, source, user, tmp_path, monkeypatch):
    """Nobody accepted it, and nobody would take it off."""
    monkeypatch.setattr("service.calibrations.calibrator.DESERTED_S", 0.0)
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        calibration = fitted(clinic, user)
        press = f"/calibrations/{calibration}/try"
        clinic.post(press, on=True)
        user.give("fist", 0.5)
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["trying"] is True, (
            "who never watched has not left"
        )
        with clinic.watching(calibration) as watcher:
            watcher.next()
            user.give("fist", 0.5)
            assert worn(live) == ON_TRIAL

        def taken_off() -> bool:
            user.give("fist", 0.1)
            return worn(live) == EVERYBODY

        wait_for(taken_off)
        assert clinic.ask("GET", f"/calibrations/{calibration}").json()["state"] == "ready"
