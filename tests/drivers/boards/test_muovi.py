"""The frames of the OT Bioelettronica probes: what is sent arrives, and damage costs what it touches."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.muovi import PROBES, PROOF, FrameParser, encode

MUOVI = PROBES["muovi"]


def signal(count, electrodes=32):
    """Noise, as EMG is: no other channel looks like the ramp."""
    return np.random.default_rng(3).integers(-3000, 3000, (count, electrodes)).astype(np.int16)


def parse(data, sizes=(), probe=MUOVI):
    parser = FrameParser(probe)
    parts = np.split(np.frombuffer(data, np.uint8), np.cumsum(sizes, dtype=int))
    return parser, [frames for part in parts for frames in parser.feed(part.tobytes())]


def joined(found):
    return np.concatenate([frames.counts for frames in found]) if found else np.empty((0, 32), np.int16)


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_what_was_encoded_is_parsed_over_the_wrap_of_the_ramp(probe):
    counts = signal(200, probe.electrodes)
    parser, found = parse(encode(probe, 65500, counts), probe=probe)
    np.testing.assert_array_equal(joined(found), counts[:-1])  # the last waits for the next
    assert sum(frames.lost for frames in found) == parser.skipped == 0


def test_the_bytes_are_those_of_the_makers_examples():
    sent = encode(MUOVI, 258, np.array([[-2, *range(31)]], np.int16))
    assert sent[:4] == b"\xff\xfe\x00\x00"  # big-endian, two's complement
    assert sent[-2:] == b"\x01\x02"
    assert len(sent) == 76
    assert [probe.frame_size // 2 for probe in PROBES.values()] == [38, 70, 68, 72]
    assert PROBES["sessantaquattro"].start == (2 * 8192 + 3 * 2048 + 64 + 1).to_bytes(2, "big")


@given(st.lists(st.integers(0, 700), max_size=30))
def test_any_chunking_gives_the_same_samples(sizes):
    counts = signal(100)
    _, found = parse(encode(MUOVI, 0, counts), sizes)
    np.testing.assert_array_equal(joined(found), counts[:-1])


def test_samples_that_the_probe_dropped_are_counted():
    sent = encode(MUOVI, 65530, signal(40)) + encode(MUOVI, 65530 + 40 + 250, signal(40))
    _, found = parse(sent)
    assert [frames.lost for frames in found] == [0, 252]  # with the frames on both sides, which nothing vouches for


@given(
    st.integers(PROOF * 76, 120 * 76),  # after the first proof, early enough for another
    st.integers(0, 300),
    st.binary(max_size=200),
)
def test_damage_costs_only_the_frames_it_touches(at, cut, garbage):
    counts = signal(200)
    sent = bytearray(encode(MUOVI, 7, counts))
    sent[at : at + cut] = garbage
    _, found = parse(bytes(sent))
    right = {}
    number = 0
    for frames in found:
        number += frames.lost
        right |= dict(enumerate(frames.counts, start=number))
        number += len(frames.counts)
    # No checksum: damage that leaves the length and the ramp of a frame as they were cannot be seen.
    # The frames beside it are lost with it, and the last of all waits for the next.
    for untouched in set(range(199)) - set(range(at // 76 - 1, (at + cut) // 76 + 2)):
        np.testing.assert_array_equal(right[untouched], counts[untouched])


@given(st.binary(max_size=5000), st.lists(st.integers(0, 900), max_size=10))
def test_noise_never_crashes_and_never_piles_up(noise, sizes):
    parser, found = parse(noise, sizes)
    assert found == []
    assert len(parser._buffer) < PROOF * MUOVI.frame_size


@given(st.integers(0, 80), st.integers(0, 7))
def test_a_flipped_bit_in_the_ramp_costs_its_frame_and_those_beside_it(number, bit):
    sent = bytearray(encode(MUOVI, 0, signal(150)))
    sent[76 * (PROOF + number) + 75] ^= 1 << bit
    _, found = parse(bytes(sent))
    assert len(joined(found)) == 149 - 3
    assert [frames.lost for frames in found] == [0, 3]


def test_a_hundred_thousand_faults_cost_only_the_frames_they_touch():
    """One fault in every 40 frames: bytes lost, foreign bytes, or bytes twice."""
    faults, stride = 100_000, 40
    rng = np.random.default_rng(7)
    size = MUOVI.frame_size
    parser = FrameParser(MUOVI)
    lost = received = unsent = 0
    for block in range(0, faults, 500):
        first = block * stride
        numbers = np.arange(first, first + 500 * stride)
        frames = encode(MUOVI, first % 2**16, shown(numbers))
        at = [(segment * stride + 18) * size + int(rng.integers(size)) for segment in range(500)]
        pieces = [frames[start:stop] for start, stop in pairwise([0, *at, len(frames)])]
        for piece in [pieces[0], *(fault(piece, rng, size) for piece in pieces[1:])]:
            for found in parser.feed(piece):
                lost += found.lost
                received += len(found.counts)
                told = numbers_of(found.counts)
                unsent += int((found.counts != shown(told)).any(axis=1).sum())
                assert len(told) - np.count_nonzero(np.diff(told) == 1) <= 2
    assert received >= faults * (stride - 3)
    assert received + lost >= faults * stride - 2 * stride
    assert unsent <= 4  # without a checksum, foreign bytes pass for a ramp about once in 65,536


def shown(numbers):
    """The counts of samples with these numbers: each tells its own, and none counts as the ramp does."""
    counts = np.zeros((len(numbers), MUOVI.electrodes), np.int16)
    counts[:, 0], counts[:, 1] = numbers % 2**12 * 8, numbers // 2**12
    counts[:, 2:] = (numbers[:, None] * 31 + np.arange(MUOVI.electrodes - 2)) % 2**15
    return counts


def numbers_of(counts):
    """The inverse of ``shown``."""
    return counts[:, 0].astype(np.int64) // 8 + 2**12 * counts[:, 1].astype(np.int64)


def fault(piece, rng, size):
    """What follows a fault: some bytes fewer, foreign bytes, or some bytes twice."""
    kind, count = int(rng.integers(3)), int(rng.integers(1, size))
    return [piece[count:], rng.bytes(count) + piece, piece[:count] + piece][kind]
