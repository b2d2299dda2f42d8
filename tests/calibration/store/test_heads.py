import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.errors import CalibrationOver, CalibrationUnknown, HeadUnknown, StoreDamaged, UserUnknown
from calibration.store.records import NewHead

ENCODER = "e" * 64


def test_a_candidate_is_no_version_and_not_active(clinic):
    clinic.start("p-1")
    head = clinic.head("p-1")
    assert clinic.store.heads.get(head.id) == head
    assert clinic.store.heads.read(head) == b"onnx of p-1"
    assert head.version is None
    assert clinic.store.heads.active("p-1", ENCODER) is None


def test_accepting_makes_the_next_version_active_and_ends_the_calibration(clinic):
    calibration = clinic.start("p-1")
    head = clinic.store.heads.accept(clinic.head("p-1", calibration).id, "bob")
    assert head.version == 1
    assert head.accepted is not None
    assert clinic.store.heads.active("p-1", ENCODER) == head
    assert clinic.store.calibrations.get(calibration.id).state == "accepted"
    entry = clinic.store.audit()[0]
    assert (entry.who, entry.what, entry.subject, entry.details) == ("bob", "accept head", head.id, {"version": 1})
    assert clinic.store.heads.accept(head.id, "bob") == head  # asked again after a lost answer


def test_lineage_is_kept(clinic):
    parent = clinic.calibrated("p-1")
    calibration = clinic.start("p-1")
    trials = tuple(clinic.trial(calibration, repetition=number).id for number in (1, 2))
    scores = {"f1": 0.93, "recall": {"fist": 0.9}}
    new = NewHead("p-1", "csae", ENCODER, "mlp", ("fist",), trials, calibration.id, parent.id, 5, scores)
    head = clinic.store.heads.get(clinic.store.heads.add(new, b"onnx", "ann").id)
    assert (head.trials, head.parent, head.seed, head.scores) == (trials, parent.id, 5, scores)
    assert [found.id for found in clinic.store.heads.of("p-1")] == [parent.id, head.id]


def test_the_head_of_an_aborted_calibration_is_not_accepted(clinic):
    calibration = clinic.start("p-1")
    head = clinic.head("p-1", calibration)
    clinic.store.calibrations.set_state(calibration.id, "aborted", "ann")
    with pytest.raises(CalibrationOver, match="aborted"):
        clinic.store.heads.accept(head.id, "ann")
    assert clinic.store.heads.get(head.id) == head
    assert clinic.store.heads.active("p-1", ENCODER) is None


def test_nothing_of_another_user_is_taken(clinic):
    theirs = clinic.calibrated("p-2")
    clinic.start("p-1")
    with pytest.raises(CalibrationUnknown, match="not one of user 'p-1'"):
        clinic.store.heads.add(NewHead("p-1", "m", "e", "mlp", (), calibration_id=theirs.calibration_id), b"", "ann")
    with pytest.raises(HeadUnknown, match="not one of user 'p-1'"):
        clinic.store.heads.add(NewHead("p-1", "m", "e", "mlp", (), parent=theirs.id), b"", "ann")
    with pytest.raises(HeadUnknown, match="no head of version 1"):
        clinic.store.heads.roll_back("p-1", 1, "ann")
    with pytest.raises(UserUnknown):
        clinic.head("nobody")
    with pytest.raises(HeadUnknown, match="'h-9'"):
        clinic.store.heads.accept("h-9", "ann")


def test_a_damaged_head_is_never_served(clinic, place):
    head = clinic.calibrated("p-1")
    (place.data_dir / head.file).write_bytes(b"onnx of p-2")
    with pytest.raises(StoreDamaged, match="not what was written"):
        clinic.store.heads.read(head)


def test_heads_accepted_at_the_same_moment_get_consecutive_versions(clinic, place):
    clinic.calibrated("p-1")
    heads = [clinic.head("p-1").id for _ in range(5)]
    together = threading.Barrier(10)

    def accept(head_id):
        with place.open() as store:
            together.wait()
            return store.heads.accept(head_id, "ann").version

    with ThreadPoolExecutor(10) as pool:
        versions = list(pool.map(accept, heads * 2))  # each of them twice
    assert versions[:5] == versions[5:]
    assert sorted(versions[:5]) == [2, 3, 4, 5, 6]
    assert clinic.store.heads.active("p-1", ENCODER).version == 6


ACTIONS = st.lists(st.tuples(st.sampled_from(["accept", "roll back"]), st.sampled_from("ab"), st.integers(0, 5)))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_any_sequence_keeps_one_active_head_per_encoder_and_rising_versions(clinic, actions):
    user = uuid4().hex
    clinic.store.users.create(user, "ann")
    accepted, active = [], {}
    for action, encoder, pick in actions:
        if action == "accept":
            head = clinic.store.heads.accept(clinic.head(user, encoder=encoder).id, "ann")
            accepted.append(head)
        elif accepted:
            head = clinic.store.heads.roll_back(user, accepted[pick % len(accepted)].version, "ann")
        else:
            continue
        active[head.encoder_sha256] = head
    assert [head.version for head in accepted] == list(range(1, len(accepted) + 1))
    for encoder in "ab":
        assert clinic.store.heads.active(user, encoder) == active.get(encoder)
