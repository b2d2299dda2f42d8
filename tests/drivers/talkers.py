"""Devices that hang on no serial port: an LSL sender and a Wi-Fi probe, on the loopback of this machine."""

import select
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress

import emulators
import numpy as np
from ports import free_port

from drivers.boards import muovi
from drivers.lsl_streams import load_pylsl

PATIENCE_S = 60.0


class Talker(ABC):
    """A device with power: it sends by itself until it is held."""

    rate_hz: float
    channels: int

    def __init__(self) -> None:
        self.number = 300  # of the next sample; not 0, so that index and number are not confused
        self._held = False
        self._lock = threading.Lock()
        self._unplugged = threading.Event()
        self._thread = threading.Thread()

    def plug_in(self) -> None:
        self._held = False
        self._unplugged.clear()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        self._unplugged.set()
        self._thread.join()

    def reboot(self) -> None:
        self.hang_up()
        self.plug_in()

    def hold(self) -> None:
        """From now on it sends only what it is told to."""
        self._held = True

    def send(self, count: int) -> None:
        """The next samples, to someone who listens."""
        assert self._listened_to(PATIENCE_S), "nobody listens"
        with self._lock:
            self._transmit(self.number, emulators.signal(self.number, count, self.channels))
            self.number += count

    def lose(self, count: int) -> None:
        """Samples that the device takes and nobody gets."""
        with self._lock:
            self.number += count

    def _tick(self) -> None:
        if not self._held:
            give = self.send if self._listened_to(0.0) else self.lose
            give(max(1, round(self.rate_hz * emulators.TICK_S)))

    @abstractmethod
    def _live(self) -> None:
        """What it does until it is unplugged."""

    @abstractmethod
    def _listened_to(self, within_s: float) -> bool:
        """Whether someone gets what is sent; waits for that."""

    @abstractmethod
    def _transmit(self, first: int, counts: emulators.Counts) -> None:
        """Send samples, ``counts`` (time, channel), the first of which has this number."""


class LslSender(Talker):
    """A real outlet. Its stamps go on evenly, and begin anew at the clock's time when it is plugged in."""

    rate_hz = 500.0
    channels = 4

    def __init__(self, name: str, source_id: str) -> None:
        super().__init__()
        self._pylsl = load_pylsl()
        info = self._pylsl.StreamInfo(name, "EMG", self.channels, self.rate_hz, "float32", source_id)
        info.set_channel_units("microvolts")
        self._info = info

    def plug_in(self) -> None:
        self._outlet = self._pylsl.StreamOutlet(self._info)
        self._zero_s = self._pylsl.local_clock() - self.number / self.rate_hz
        super().plug_in()

    def hang_up(self) -> None:
        super().hang_up()
        self._outlet = None  # liblsl closes it

    def _live(self) -> None:
        while not self._unplugged.wait(emulators.TICK_S):
            self._tick()

    def _listened_to(self, within_s: float) -> bool:
        return bool(self._outlet.have_consumers() or self._outlet.wait_for_consumers(within_s))

    def _transmit(self, first: int, counts: emulators.Counts) -> None:
        for number, row in enumerate(counts.tolist(), start=first):
            self._outlet.push_sample(row, self._zero_s + number / self.rate_hz)


class MuoviProbe(Talker):
    """A Muovi that calls its server, waits for the start command and sends. Its ramp is soon to wrap."""

    rate_hz = muovi.RATE_HZ
    channels = 32

    def __init__(self) -> None:
        super().__init__()
        self._probe = muovi.PROBES["muovi"]
        self._started = threading.Event()
        self._zero = 0
        self.address = "127.0.0.1", free_port()

    def _live(self) -> None:
        while not self._unplugged.wait(emulators.TICK_S):
            with suppress(OSError), socket.create_connection(self.address, timeout=PATIENCE_S) as connection:
                self._connection = connection
                self._serve(connection)
            self._started.clear()

    def _listened_to(self, within_s: float) -> bool:
        return self._started.wait(within_s)

    def _serve(self, connection: socket.socket) -> None:
        while not self._unplugged.is_set():
            if not select.select([connection], [], [], emulators.TICK_S)[0]:
                self._tick()
            elif (command := connection.recv(1)) == self._probe.start:
                self._zero = self.number - 2**16 + 100
                self._started.set()
            elif command in (self._probe.stop, b""):
                return

    def _transmit(self, first: int, counts: emulators.Counts) -> None:
        self._connection.sendall(muovi.encode(self._probe, first - self._zero, counts.astype(np.int16)))
