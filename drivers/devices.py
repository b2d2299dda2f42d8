"""Which serial ports there are, and what seems to be at their ends.

USB numbers: Linux, drivers/usb/serial/ftdi_sio_ids.h, ch341.c and cp210x.c; arduino/ArduinoCore-avr, boards.txt;
raspberrypi/usb-pid, Readme.md; Espressif's USB Serial/JTAG controller (303a:1001); upsidedownlabs/Chords-Web,
src/components/boards.ts (UNO R4, Pico with the Arduino core); SBIOML/emager-py, emager_py/utils/find_usb.py (KitProg3).
That OpenBCI's dongle carries an FT231X: OpenBCI/Documentation, 03-Cyton_Data_Format.md. Such a chip is in many devices,
so an entry says what a port may be, and opening it tells.
"""

from dataclasses import dataclass
from typing import Protocol

from serial.tools import list_ports


@dataclass(frozen=True)
class SerialPort:
    """A port that exists now."""

    port: str
    seems: str
    """What is probably there, in words."""
    uri: str
    """A source to try."""


class UsbPort(Protocol):
    """What pyserial tells of a port."""

    device: str
    description: str
    vid: int | None
    pid: int | None


_CYTON, _CHORDS, _EMAGER, _TEXT = "cyton", "chords", "emager", "text&rate=500"

#: (vendor, product) -> what it seems to be, board to try; a product of -1 stands for any other of that vendor
USB = {
    (0x0403, 0x6015): ("FTDI FT231X: OpenBCI dongle, or another adapter", _CYTON),
    (0x0403, 0x6001): ("FTDI FT232R: Arduino Nano, or another adapter", _CHORDS),
    (0x2341, 0x0043): ("Arduino Uno R3", _CHORDS),
    (0x2A03, 0x0043): ("Arduino Uno R3", _CHORDS),
    (0x2341, 0x0069): ("Arduino Uno R4 Minima", _CHORDS),
    (0x2341, 0x1002): ("Arduino Uno R4 WiFi", _CHORDS),
    (0x2341, -1): ("Arduino", _CHORDS),
    (0x1A86, 0x7523): ("CH340: Arduino or ESP32 clone", _CHORDS),
    (0x1A86, -1): ("WCH adapter: Arduino or ESP32 clone", _CHORDS),
    (0x10C4, 0xEA60): ("CP210x: ESP32 board, or another adapter", _TEXT),
    (0x303A, 0x1001): ("ESP32 with USB of its own (NPG Lite is one)", _CHORDS),
    (0x2E8A, 0x000A): ("Raspberry Pi Pico, C SDK", _TEXT),
    (0x2E8A, 0x00C0): ("Raspberry Pi Pico, Arduino core", _CHORDS),
    (0x2E8A, 0x0005): ("Raspberry Pi Pico, MicroPython", _TEXT),
    (0x2E8A, -1): ("Raspberry Pi RP2040 or RP2350 board", _TEXT),
    (0x04B4, 0xF155): ("KitProg3: EMaGer cuff, or another PSoC board", _EMAGER),
}


def list_serial_ports() -> list[SerialPort]:
    """All ports of this machine, boards before others."""
    return sorted((describe(port) for port in list_ports.comports()), key=lambda entry: (entry.seems == "", entry.port))


def describe(port: UsbPort) -> SerialPort:
    """What a port seems to be; ``seems`` is empty where nothing is known of it."""
    vendor, product = port.vid or 0, port.pid or 0
    seems, board = USB.get((vendor, product)) or USB.get((vendor, -1)) or ("", _TEXT)
    if not seems and port.description not in ("", "n/a", None):
        seems = port.description
    return SerialPort(port.device, seems, f"serial://{port.device}?board={board}")
