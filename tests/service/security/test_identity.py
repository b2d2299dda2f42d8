"""Who may what, and whose name the audit trail gets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from calibration.store import Store
from service.app import create_app
from service.calibrations.register import Calibrations
from service.live import Live
from service.security.identity import OPERATOR, STRANGER, Identity
from service.security.scopes import ALL, Scope
from service.streams import Streams


def test_scopes_are_independent_and_admin_implies_them() -> None:
    for scope in Scope:
        someone = Identity("someone", frozenset({scope}), "0")
        assert [other for other in Scope if someone.may({other})] == (list(Scope) if scope == Scope.ADMIN else [scope])
        assert someone.may(ALL)
        assert someone.may(())


def test_the_operator_may_everything_and_a_stranger_only_what_needs_nothing() -> None:
    assert all(OPERATOR.may({scope}) for scope in Scope)
    assert not any(STRANGER.may({scope}) for scope in Scope)
    assert not STRANGER.may(ALL)
    assert STRANGER.may(())


def test_the_audit_trail_names_the_token(
    guarding: Callable[..., AbstractContextManager[Any]], live: Live, tmp_path: Path
) -> None:
    live.open()
    running = Streams([live])
    app = create_app(Calibrations(running, tmp_path), running, tmp_path, lambda: None)
    with guarding(app) as door:
        assert door.ask("POST", "/v1/users", json={"user": "p-1"}).is_success
        anna, ben = door.token("anna", Scope.CALIBRATE), door.token("ben", Scope.CALIBRATE)
        assert door.ask("POST", "/v1/users", anna, json={"user": "p-2"}).is_success
        assert door.ask("PATCH", "/v1/users/p-2", ben, json={"consent_raw": True}).is_success
    with Store.open(tmp_path) as store:
        done = [(entry.who, entry.what) for entry in store.audit()]
    assert sorted(done) == [("anna", "create user"), ("ben", "change consent"), ("operator", "create user")]
