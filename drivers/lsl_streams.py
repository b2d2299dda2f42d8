"""Which LSL streams there are, and what they say about themselves."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.errors import SourceUnavailable
from drivers.source import SourceInfo

#: Written units, in microvolts. Words as in the XDF stream descriptions; mne-lsl writes powers of ten of a volt.
MICROVOLTS = {
    **dict.fromkeys(("uv", "\u00b5v", "\u03bcv", "microvolt", "microvolts", "-6"), 1.0),
    **dict.fromkeys(("mv", "millivolt", "millivolts", "-3"), 1e3),
    **dict.fromkeys(("v", "volt", "volts"), 1e6),
}


def load_pylsl() -> Any:
    """The module ``pylsl``. Raises ``SourceUnavailable`` where it or its library liblsl is not installed."""
    try:
        return import_module("pylsl")
    except (ImportError, OSError, RuntimeError) as error:
        raise SourceUnavailable(
            "LSL needs pylsl and its library liblsl, which pip does not bring for every machine: "
            "install liblsl and set PYLSL_LIB to the path of its liblsl.so"
        ) from error


@dataclass(frozen=True, slots=True)
class StreamFound:
    """A stream that is on the network now."""

    name: str
    kind: str
    source_id: str
    channels: int
    rate_hz: float
    """0 where samples come at no regular rate, as markers do."""
    host: str


def list_streams(wait_s: float = 1.0) -> list[StreamFound]:
    """The streams that answer within ``wait_s`` seconds (below half a second, some may be missed)."""
    return [
        StreamFound(s.name(), s.type(), s.source_id(), s.channel_count(), s.nominal_srate(), s.hostname())
        for s in load_pylsl().resolve_streams(wait_s)
    ]


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """What a stream must be; an empty field asks for nothing."""

    name: str = ""
    kind: str = ""
    source_id: str = ""

    def __str__(self) -> str:
        return ", ".join(f"{key} {value!r}" for key, value in self._wanted().items())

    def predicate(self) -> str:
        """As XPath, the language of LSL's discovery; it has no escapes, so the value chooses its quotes."""
        quoted = {key: f'"{value}"' if "'" in value else f"'{value}'" for key, value in self._wanted().items()}
        return " and ".join(f"{key}={value}" for key, value in quoted.items())

    def _wanted(self) -> dict[str, str]:
        fields = {"name": self.name, "type": self.kind, "source_id": self.source_id}
        return {key: value for key, value in fields.items() if value}


def describe(stream: Any) -> tuple[SourceInfo, npt.NDArray[np.float32]]:
    """What a ``pylsl.StreamInfo`` with its full description says, and the factor of each channel to that unit.

    Raises ``SourceUnavailable`` for a stream of words or of irregular samples: no window can be cut from those.
    """
    name, count, rate_hz = stream.name(), stream.channel_count(), stream.nominal_srate()
    if not rate_hz > 0 or stream.channel_format() == load_pylsl().cf_string:
        raise SourceUnavailable(
            f"the LSL stream {name} has no regular rate: choose one that has (`palmaris devices` lists them), "
            "or set the nominal rate in its sender"
        )
    channels = _channels(stream, count)
    labels = tuple(label or f"ch{number}" for number, (label, _) in enumerate(channels, start=1))
    factors = [MICROVOLTS.get(unit.strip().lower()) for _, unit in channels]
    known = [factor for factor in factors if factor is not None]
    if len(known) < count:  # a mixture of units has no common one
        return SourceInfo(name, rate_hz, labels, "a.u."), np.ones(count, np.float32)
    return SourceInfo(name, rate_hz, labels), np.array(known, np.float32)


def _channels(stream: Any, count: int) -> list[tuple[str, str]]:
    """Label and unit of each channel, empty where the description has none."""
    channel = stream.desc().child("channels").child("channel")
    found: list[tuple[str, str]] = []
    while not channel.empty() and len(found) < count:
        found.append((channel.child_value("label"), channel.child_value("unit")))
        channel = channel.next_sibling("channel")
    return found + [("", "")] * (count - len(found))
