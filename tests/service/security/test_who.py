"""The audit trail of a calibration that one clinician starts and another accepts."""

from pathlib import Path

import httpx
from clinic import ORDER, User, Watcher
from serving import PATIENCE_S, HandFedSource, serving
from websockets.sync.client import connect

from calibration.store import Store
from service.live import Live
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens


def test_each_is_named_for_what_they_did(live: Live, source: HandFedSource, tmp_path: Path) -> None:
    calibrate = frozenset({Scope.CALIBRATE})
    anna, ben = (
        {"authorization": f"Bearer {Tokens(tmp_path / FILE).create(name, calibrate)}"} for name in ("anna", "ben")
    )
    with (
        serving(live, data_dir=tmp_path) as address,
        httpx.Client(base_url=f"http://{address}/v1", timeout=PATIENCE_S) as client,
    ):
        assert client.post("/users", json={"user": "p-17"}, headers=anna).is_success
        begun = client.post("/calibrations", json=ORDER, headers=anna).json()["calibration"]
        events = f"ws://{address}/v1/calibrations/{begun}/events"
        with connect(events, additional_headers=anna, compression=None) as connection:
            Watcher(connection).follow(User(source))
        assert client.post(f"/calibrations/{begun}/accept", headers=ben).is_success
    with Store.open(tmp_path) as store:
        done = {(entry.what, entry.who) for entry in store.audit()}
    assert {("start calibration", "anna"), ("store trial", "anna"), ("store head", "anna")} <= done
    assert {who for what, who in done if what == "accept head"} == {"ben"}
