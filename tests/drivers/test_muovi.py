"""The probe's transport, against an emulated probe that calls over TCP."""

import socket
import threading
import time

import numpy as np
import pytest
from ports import free_port

from drivers.boards.muovi import MICROVOLTS, PROBES, encode
from drivers.errors import SourceLost, SourceUnavailable, SourceUnknown
from drivers.muovi import MuoviSource, from_uri
from drivers.registry import SourceUri

COUNTS = np.tile(3 * np.arange(100, dtype=np.int16)[:, None], 64)  # no electrode counts as the ramp does


def call(port):
    """Connect as a probe does: again and again until someone answers."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.005)


class Emulator(threading.Thread):
    """A probe: calls, waits for the start command, sends, and keeps what it is told."""

    def __init__(self, port, probe, data):
        super().__init__(daemon=True)
        self.port, self.probe, self.data = port, probe, data
        self.told = b""

    def run(self):
        with call(self.port) as connection:
            self.told = connection.recv(len(self.probe.start))
            connection.sendall(self.data)
            self.told += connection.recv(10)


@pytest.fixture
def port():
    return free_port()


def read_samples(source, count):
    chunks, end = [], time.monotonic() + 60
    while sum(len(chunk.samples) for chunk in chunks) < count:
        assert time.monotonic() < end
        if (chunk := source.read(0.1)) is not None:
            chunks.append(chunk)
    return chunks


@pytest.mark.parametrize("board", PROBES)
def test_samples_are_microvolts_in_order_and_closing_stops_the_probe(board, port):
    probe = PROBES[board]
    counts = COUNTS[:, : probe.electrodes]
    source = from_uri(SourceUri.parse(f"muovi://127.0.0.1:{port}?board={board}"))
    for _ in range(2):
        emulator = Emulator(port, probe, encode(probe, 9, counts) + encode(probe, 9 + 150, counts))
        emulator.start()
        with source:
            chunks = read_samples(source, 197)  # beside the gap a frame is lost on each side, the last one waits
            assert source.read(0.0) is None
        emulator.join(60)
        assert emulator.told == probe.start + probe.stop
        assert source.losses.samples == 52
        for chunk in chunks:
            expected = (chunk.first + np.arange(len(chunk.samples))) % 150
            np.testing.assert_allclose(chunk.samples[:, -1], 3 * expected * MICROVOLTS, rtol=1e-6)
            assert chunk.device_s == chunk.first / 2000


def test_a_probe_that_hangs_up_is_lost(port):
    def hang_up():
        with call(port) as connection:
            connection.recv(1)

    threading.Thread(target=hang_up, daemon=True).start()
    with MuoviSource(PROBES["muovi"], ("127.0.0.1", port)) as source, pytest.raises(SourceLost, match="switch it on"):
        read_samples(source, 1)


def test_another_board_than_was_said_is_noticed(port):
    plus = PROBES["muovi-plus"]
    Emulator(port, plus, encode(plus, 0, np.tile(COUNTS, (20, 1)))).start()
    with (
        MuoviSource(PROBES["muovi"], ("127.0.0.1", port)) as source,
        pytest.raises(SourceLost, match="choose another board="),
    ):
        read_samples(source, 1)


def test_no_call_within_the_timeout(port):
    with (
        pytest.raises(SourceUnavailable, match="switch it on"),
        MuoviSource(PROBES["muovi"], ("127.0.0.1", port), 0.05),
    ):
        pass


def test_a_port_in_use_is_said():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(SourceUnavailable, match="close the program that uses the port"),
        MuoviSource(PROBES["muovi"], server.getsockname()),
    ):
        pass


@pytest.mark.parametrize("text", ["muovi://?board=quattro", "muovi://host:no", "muovi://?port=1"])
def test_what_is_not_understood_is_said(text):
    with pytest.raises(SourceUnknown):
        from_uri(SourceUri.parse(text))
