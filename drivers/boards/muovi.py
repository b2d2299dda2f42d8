"""Frames of OT Bioelettronica's Wi-Fi probes: Muovi, Muovi+, Sessantaquattro and Sessantaquattro+.

From the maker's own examples: OTBioelettronica/OTB-Matlab (Read_muovi.m, Read_muoviplus.m, Read_sessantaquattro.m,
Read_sessantaquattroplus.m) and OTBioelettronica/OTB-Python (communication_*.py):

- The probe connects to us by TCP (port 54321, Sessantaquattro 45454), we send one command and it streams.
- Command: for Muovi one byte, ``EMG*8 + mode*2 + go``; for Sessantaquattro two, high first, ``fsamp*8192 + nch*2048 +
  hpf*64 + go``; the same with go = 0 stops. Used here: EMG, monopolar, 2 kHz, 16 bit, gain 8, high-pass on.
- One frame per sample: big-endian int16, first the electrodes (0.286 uV per count), then the accessory channels. Their
  number differs: 6 (quaternion, buffer, ramp), Sessantaquattro 4, Sessantaquattro+ 8. The last is a ramp.

That the ramp counts samples modulo 2**16 is from NsquaredLab/MyoGestic (docs/reference/otb, checked there against the
maker's protocol PDFs and a Sessantaquattro), as is the fourth digit of 286.1 nV. None of it was tried on a probe here.
The maker's examples disagree on what Muovi's mode 1 is (16 channels or gain 4), so only mode 0 is offered.

There are no sync bytes and no checksum. The ramp, at the end of a frame, is the only witness. A frame is good if the
ramps before, in and behind it follow each other: so it waits for the next one, and the frame next to any damage is lost
with it. ``PROOF`` frames whose ramps follow each other prove where frames begin.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE_HZ = 2000.0
MICROVOLTS = 0.2861
PROOF = 16

Counts = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Probe:
    """One model of the family."""

    name: str
    electrodes: int
    accessories: int
    """Channels after the electrodes; the last of them is the ramp."""
    port: int
    start: bytes
    stop: bytes

    @property
    def frame_size(self) -> int:
        """Bytes of one sample."""
        return 2 * (self.electrodes + self.accessories)


PROBES = {
    "muovi": Probe("Muovi", 32, 6, 54321, b"\x09", b"\x08"),
    "muovi-plus": Probe("Muovi+", 64, 6, 54321, b"\x09", b"\x08"),
    "sessantaquattro": Probe("Sessantaquattro", 64, 4, 45454, b"\x58\x41", b"\x58\x40"),
    "sessantaquattro-plus": Probe("Sessantaquattro+", 64, 8, 45454, b"\x58\x41", b"\x58\x40"),
}


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive samples."""

    lost: int
    """Samples missing before the first."""
    counts: Counts
    """(time, electrode)."""


def encode(probe: Probe, ramp: int, counts: Counts) -> bytes:
    """The bytes of samples ``counts`` (time, electrode), the first of which has this ``ramp``."""
    frames = np.zeros((len(counts), probe.electrodes + probe.accessories), ">u2")
    frames[:, : probe.electrodes] = counts.astype(np.uint16)
    frames[:, -1] = (ramp + np.arange(len(counts))) % 2**16
    return frames.tobytes()


class FrameParser:
    """Bytes in, frames out: no socket, no clock."""

    def __init__(self, probe: Probe) -> None:
        self.skipped = 0
        """Bytes that belong to no good frame."""
        self._probe = probe
        self._buffer = bytearray()
        self._ramp: int | None = None  # of the next frame; None before the first
        self._proven = False  # the buffer begins with a frame
        self._lost = 0

    def feed(self, data: bytes) -> list[Frames]:
        """The frames that are whole now, cut where samples are missing."""
        self._buffer += data
        found = []
        while self._proven or self._find_start():
            counts = self._take()
            if len(counts):
                found.append(Frames(self._lost, counts))
                self._lost = 0
            elif self._proven:  # the next frame is not whole yet
                break
        return found

    def _take(self) -> Counts:
        """Take the frames whose ramps follow, except the last of them; one that does not follow ends the proof."""
        size = self._probe.frame_size
        whole = len(self._buffer) // size
        frames = np.frombuffer(bytes(self._buffer[: whole * size]), ">i2").reshape(whole, size // 2)
        expected = ((self._ramp or 0) + np.arange(whole)) % 2**16
        strange = np.flatnonzero(frames[:, -1].astype(np.uint16) != expected)
        self._proven = not len(strange)
        good = max(0, (whole if self._proven else int(strange[0])) - 1)
        self._ramp = ((self._ramp or 0) + good) % 2**16
        del self._buffer[: good * size]
        return frames[:good, : self._probe.electrodes].astype(np.int16)

    def _find_start(self) -> bool:
        """Skip to the first place where ``PROOF`` frames follow each other, and past the first: what was before it?"""
        size = self._probe.frame_size
        if len(self._buffer) < PROOF * size:
            return False
        pairs = np.frombuffer(bytes(self._buffer), np.uint8).astype(np.uint16)
        words = pairs[:-1] * np.uint16(256) + pairs[1:]  # of every byte and the next
        follows = words[size:] - words[:-size] == 1  # wraps, as the ramp does
        starts = len(self._buffer) - PROOF * size + 1
        ramps = size - 2 + np.arange(starts)
        proven = np.logical_and.reduce([follows[ramps + number * size] for number in range(PROOF - 1)])
        if not proven.any():
            self._skip(starts)
            return False
        start = int(proven.argmax())
        whole = self._ramp is None and start == self.skipped == 0  # nothing is before the first frame of all
        self._skip(start if whole else start + size)
        self._resume(int.from_bytes(self._buffer[size - 2 : size], "big"))
        return True

    def _skip(self, count: int) -> None:
        self.skipped += count
        del self._buffer[:count]

    def _resume(self, ramp: int) -> None:
        self._lost = 0 if self._ramp is None else (ramp - self._ramp) % 2**16
        self._ramp, self._proven = ramp, True
