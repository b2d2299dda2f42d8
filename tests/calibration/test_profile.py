import hashlib
import io
import json
import stat
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_trials import ENCODER, NAMES, a_head, a_trial, an_order, some_trials, to_onnx
from safetensors.numpy import save

from calibration.errors import CalibrationError, ProfileInvalid, StoreUnavailable
from calibration.head import fit_user_head
from calibration.profile import (
    HeadFacts,
    Profile,
    ProfileHead,
    ProfileTrial,
    TrialFacts,
    decode_profile,
    encode_profile,
    read_profile,
    write_profile,
)
from calibration.profile_archive import pack, unpack
from models.head_graph import head_tensors, own_tensors
from models.networks.heads import LinearHead

CREATED = datetime(2026, 11, 21, 6, 30, 1, 234567, tzinfo=UTC)
FITTED = fit_user_head(some_trials(), an_order())
LINEAR = to_onnx(LinearHead(torch.eye(4, 12), torch.zeros(4)), NAMES)
GRAPHS = (a_head(NAMES), FITTED.onnx, LINEAR)


def a_profile_head(onnx, version, **changes):
    spec, tensors = head_tensors(onnx)
    facts = {
        "version": version,
        "parent": version - 1 or None,
        "model": "csae-khushaba-10",
        "encoder": spec.encoder,
        "kind": spec.kind,
        "labels": spec.labels,
        "seed": 3,
        "scores": FITTED.report.model_dump(mode="json"),
        "created": CREATED,
    }
    return ProfileHead(HeadFacts(**(facts | changes)), tensors)


def a_profile_trial(gesture="fist", **changes):
    trial = a_trial(gesture, 2, windows=5)
    facts = {"gesture": gesture, "repetition": 2, "model": "csae-khushaba-10", "encoder": ENCODER, "rate_hz": 1000.0}
    return ProfileTrial(TrialFacts(**(facts | {"created": CREATED} | changes)), trial.features, trial.last_samples)


def a_profile():
    heads = tuple(a_profile_head(onnx, number, active=number == 2) for number, onnx in enumerate(GRAPHS, 1))
    return Profile("user-7", heads, (a_profile_trial(), a_profile_trial("rest", arm_position="reaching up")))


CONTENT = encode_profile(a_profile())


def seen(profile):
    """Everything in a profile, for comparison."""
    heads = [
        (h.facts, {name: (v.shape, v.tobytes()) for name, v in {**h.tensors, **h.own}.items()}) for h in profile.heads
    ]
    trials = [(t.facts, t.features.tobytes(), t.last_samples.tobytes()) for t in profile.trials]
    return profile.user, heads, trials


def test_a_profile_comes_back_bit_by_bit(tmp_path):
    path = tmp_path / "user-7.profile"
    write_profile(path, a_profile())
    again = read_profile(path)
    assert seen(again) == seen(a_profile())
    assert encode_profile(again) == path.read_bytes() == CONTENT
    assert tuple(head.onnx for head in again.heads) == GRAPHS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["user-7.profile"]


def test_trials_may_be_left_out_and_so_may_heads():
    assert seen(decode_profile(encode_profile(Profile("u", ())))) == ("u", [], [])


def test_nothing_is_written_where_nothing_can_be(tmp_path):
    with pytest.raises(StoreUnavailable, match="choose another folder"):
        write_profile(tmp_path / "missing" / "p", a_profile())
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable):
        write_profile(tmp_path / "folder", a_profile())
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_what_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(ProfileInvalid, match="cannot read"):
        read_profile(tmp_path / "missing")
    with pytest.raises(ProfileInvalid, match="cannot read"):
        read_profile(tmp_path)


class TestDamage:
    """Whatever arrives, it is the profile as it was, or refused: never another one, never another error."""

    def same_or_refused(self, content):
        try:
            read = decode_profile(bytes(content))
        except ProfileInvalid:
            return True
        assert seen(read) == seen(a_profile())
        return False

    @settings(max_examples=300)
    @given(st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(1, 255)), min_size=1, max_size=4))
    def test_flipped_bytes(self, flips):
        content = bytearray(CONTENT)
        for at, mask in flips:
            content[at] ^= mask
        self.same_or_refused(content)

    @settings(max_examples=300)
    @given(st.integers(0, 900), st.integers(1, 255))
    def test_flipped_bytes_of_the_list_of_members(self, back, mask):
        content = bytearray(CONTENT)
        content[-1 - back] ^= mask
        self.same_or_refused(content)

    @given(st.integers(0, len(CONTENT) - 1))
    def test_truncated(self, size):
        assert self.same_or_refused(CONTENT[:size])

    @given(st.integers(0, len(CONTENT)), st.binary(min_size=1, max_size=64))
    def test_bytes_put_in(self, at, more):
        self.same_or_refused(CONTENT[:at] + more + CONTENT[at:])

    @given(st.binary(max_size=200))
    def test_anything(self, content):
        assert self.same_or_refused(content)


def with_members(change):
    """The file after ``change`` of its members, their checksums put right."""
    members = unpack(CONTENT)
    index = json.loads(members["profile.json"])
    change(members, index)
    for name in index.get("sha256", {}):
        if name in members:
            index["sha256"][name] = hashlib.sha256(members[name]).hexdigest()
    members["profile.json"] = json.dumps(index).encode()
    return pack(members)


def put(path, value):
    """A change of one value in profile.json."""

    def change(_, index):
        *parents, last = path
        for parent in parents:
            index = index[parent]
        index[last] = value

    return change


def put_member(name, content):
    def change(members, index):
        members[name] = content

    return change


def test_tensors_of_the_frozen_part_and_images_come_along():
    own = {"norm.running_mean": np.array([0.25], np.float32)}
    images = np.linspace(-1, 1, 5 * 12, dtype=np.float32).reshape(5, 3, 4)
    head = replace(a_profile_head(LINEAR, 1), own=own)
    read = decode_profile(encode_profile(Profile("user-7", (head,), (replace(a_profile_trial(), images=images),))))
    assert read.trials[0].images.tobytes() == images.tobytes()
    assert own_tensors(read.heads[0].onnx) == own
    assert read.heads[0].tensors.keys() == head.tensors.keys()


DONE = {"kind": "text", "keys": ["⇧", "A", " "], "times": [3, 3, 700], "first": 249, "length": 1000}


def done(**changes):
    return put(["trials", 0, "done"], DONE | changes)


def test_what_was_typed_comes_along():
    read = decode_profile(with_members(done()))
    assert read.trials[0].facts.done.model_dump(mode="json") == DONE
    assert seen(decode_profile(encode_profile(read))) == seen(read)


def put_trial(**arrays):
    trial = a_profile_trial()
    whole = {"features": trial.features, "last_samples": trial.last_samples} | arrays
    return put_member("trials/0001.safetensors", save({name: np.ascontiguousarray(v) for name, v in whole.items()}))


def put_head(name, values):
    tensors = head_tensors(LINEAR)[1] | {name: values}
    return put_member("heads/0003.safetensors", save(tensors))


def odd_type(members, _):
    header = json.dumps({"features": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    members["trials/0001.safetensors"] = struct.pack("<Q", len(header)) + header + b"\0\0"


def rename_member(members, index):
    name = "trials/0001.safetensors"
    members["../../evil"] = members.pop(name)
    index["sha256"]["../../evil"] = index["sha256"].pop(name)


def deep(members, index):
    index["heads"][0]["scores"] = {"a": 0}
    text = json.dumps(index).replace('{"a": 0}', '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    members["profile.json"] = text.encode()


LIES = {
    "newer format": (put(["format"], 2), "update Palmaris"),
    "no format": (lambda _, index: index.pop("format"), "format"),
    "another field": (put(["heads", 0, "pickle"], "x"), "heads.0.pickle"),
    "path as user": (put(["user"], "../root"), "user"),
    "too many heads": (lambda _, index: index.update(heads=index["heads"] * 99), "heads"),
    "control characters": (put(["heads", 0, "labels", 0], "a\n\x1b[2J"), "printable"),
    "same label twice": (put(["heads", 0, "labels", 0], "fist"), "same name"),
    "a gesture less": (put(["heads", 0, "labels"], ["rest", "fist"]), "head 1"),
    "another kind": (put(["heads", 0, "kind"], "linear"), "head 1"),
    "no hash": (put(["heads", 0, "encoder"], "xyz"), "encoder"),
    "version twice": (put(["heads", 1, "version"], 1), "versions"),
    "its own parent": (put(["heads", 1, "parent"], 2), "parent"),
    "two in use": (put(["heads", 0, "active"], True), "in use"),
    "no zone": (put(["heads", 0, "created"], "2026-01-01T00:00:00"), "created"),
    "infinite rate": (put(["trials", 0, "rate_hz"], 1e999), "rate_hz"),
    "no score": (put(["heads", 0, "scores", "f1"], float("nan")), "finite"),
    "endless score": (put(["heads", 0, "scores", "f1"], [float("inf")]), "finite"),
    "member gone": (lambda members, _: members.pop("heads/0001.safetensors"), "lacks parts"),
    "member more": (put_member("heads/9999.safetensors", b""), "lacks parts"),
    "path as member": (rename_member, "lacks parts"),
    "no tensors": (put_member("heads/0001.safetensors", b"nothing"), "no tensors"),
    "odd type": (odd_type, "no tensors|lacks features"),
    "other arrays": (put_member("trials/0001.safetensors", save({"x": np.zeros(3)})), "lacks features"),
    "raw signal beside": (put_trial(raw=np.zeros(3)), "lacks features"),
    "flat features": (put_trial(features=np.zeros(5, np.float32)), "window, feature"),
    "doubles": (put_trial(features=np.zeros((5, 12))), "window, feature"),
    "nan": (put_trial(features=np.full((5, 12), np.nan, np.float32)), "window, feature"),
    "no windows": (put_trial(features=np.zeros((0, 12), np.float32), last_samples=np.zeros(0, int)), "window, feature"),
    "backwards": (put_trial(last_samples=np.arange(5)[::-1]), "in order"),
    "below zero": (put_trial(last_samples=np.arange(-1, 4)), "in order"),
    "other features": (put_trial(features=np.zeros((5, 11), np.float32)), "numbers of features"),
    "infinite weight": (put_head("bias", np.full(4, np.inf, np.float32)), "head 3"),
    "empty weight": (put_head("weight", np.zeros((4, 0), np.float32)), "empty tensor"),
    "infinite statistics": (put_head("own/norm.running_mean", np.full(1, np.inf, np.float32)), "frozen part"),
    "empty statistics": (put_head("own/norm.running_mean", np.zeros(0, np.float32)), "empty tensor"),
    "an image less": (put_trial(images=np.zeros((4, 3, 3), np.float32)), "images of a trial"),
    "images beyond the scale": (put_trial(images=np.full((5, 3, 3), 1.5, np.float32)), "images of a trial"),
    "flat images": (put_trial(images=np.zeros((5, 9), np.float32)), "images of a trial"),
    "a key less": (done(keys=["A"]), "3 times for 1 keys"),
    "no keys": (done(keys=[], times=[]), "done.keys"),
    "keys out of order": (done(times=[3, 700, 3]), "do not rise"),
    "a key after the end": (done(times=[3, 3, 1000]), "do not rise"),
    "a key before the beginning": (done(times=[-1, 3, 700]), "do not rise"),
    "shorter than its features": (done(length=701, first=700), "shorter than its features"),
    "endless": (done(length=1 << 70, first=1 << 69), "done.(first|length)"),
    "neither text nor events": (done(kind="gestures"), "done.kind"),
    "tensor more": (put_head("other", np.zeros(4, np.float32)), "head 3"),
}


@pytest.mark.parametrize(("change", "words"), LIES.values(), ids=LIES)
def test_a_file_that_lies_is_refused_although_its_checksums_are_right(change, words):
    content = with_members(change)
    with pytest.raises(ProfileInvalid, match=words) as told:
        decode_profile(content)
    assert "\n" not in str(told.value)
    assert isinstance(told.value, CalibrationError)


def test_a_wrong_checksum_is_found():
    members = unpack(CONTENT)
    members["heads/0003.safetensors"] = save(head_tensors(LINEAR)[1] | {"bias": np.ones(4, np.float32)})
    with pytest.raises(ProfileInvalid, match="not what was written"):
        decode_profile(pack(members))


def test_deep_nesting_is_refused():
    members = unpack(CONTENT)
    deep(members, json.loads(members["profile.json"]))
    with pytest.raises(ProfileInvalid, match="profile"):
        decode_profile(pack(members))


def zipped(entries, **how):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **how) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped([("profile.json", bytes(50 << 20))], compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(ProfileInvalid, match="packed"):
        decode_profile(bomb)


def test_one_body_under_many_names_is_refused():
    """Every entry of the list points at the same bytes."""
    content = zipped([("a", bytes(10_000)), ("b", bytes(10_000)), ("c", bytes(10_000))])
    start = content.index(b"PK\1\2")
    body = content[: content.index(b"PK\3\4", 1)]
    listed = bytearray(content[start:])
    at = -1
    while (at := listed.find(b"PK\1\2", at + 1)) >= 0:
        listed[at + 42 : at + 46] = bytes(4)
    listed[-6:-2] = struct.pack("<L", len(body))
    with pytest.raises(ProfileInvalid, match="larger than it is"):
        decode_profile(body + bytes(listed))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_twice_is_refused():
    with pytest.raises(ProfileInvalid, match="twice"):
        decode_profile(zipped([("profile.json", b"{}"), ("profile.json", b"{}")]))


def test_a_list_too_long_to_be_counted_is_refused():
    many = zipped((f"{number:08}", b"") for number in range(30_000))
    with pytest.raises(ProfileInvalid, match="more parts"):
        decode_profile(many)


def test_too_large_a_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate((256 << 20) + 1)
    with pytest.raises(ProfileInvalid, match="without its trials"):
        read_profile(path)


def test_what_does_not_fit_together_is_not_written_either():
    whole = a_profile()
    head = whole.heads[0]
    for profile in (
        replace(whole, user="../root"),
        replace(whole, heads=whole.heads[::-1]),
        replace(whole, heads=(replace(head, tensors={}),)),
        replace(whole, trials=(replace(whole.trials[0], features=np.zeros((5, 11), np.float32)),)),
        replace(whole, heads=(replace(head, facts=head.facts.model_copy(update={"scores": {"f1": float("nan")}})),)),
    ):
        with pytest.raises(ProfileInvalid):
            encode_profile(profile)
