"""From a URI to a source: ``sim://two-channel?user=3`` is a simulated user. A driver is imported when asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.channel_map import ArrangedSource, read_grid
from drivers.errors import SourceUnknown
from drivers.source import Source

T = TypeVar("T")
D = TypeVar("D")

#: scheme -> module, and the function in it that turns a ``SourceUri`` into a ``Source``
DRIVERS = {
    "brainflow": ("drivers.brainflow_board", "from_uri"),
    "lsl": ("drivers.lsl", "from_uri"),
    "muovi": ("drivers.muovi", "from_uri"),
    "replay": ("drivers.replay", "from_uri"),
    "serial": ("drivers.serial_port", "from_uri"),
    "sim": ("drivers.simulator", "from_uri"),
}


@dataclass
class SourceUri:
    """A source's URI, taken apart. A driver takes the options that it knows, then calls ``done``."""

    text: str
    """As the user wrote it."""
    scheme: str
    target: str
    """What stands between the scheme and the options: a name or an absolute path."""
    options: dict[str, str]
    """Options that no one has taken yet."""
    _known: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> "SourceUri":
        """Split ``scheme://target?option=value&...``. Raises ``SourceUnknown`` where it is no such URI."""
        if "://" not in text:
            raise SourceUnknown(
                f"{text!r} is not a source: write scheme://target, for example sim://two-channel or replay:///{text}"
            )
        try:
            parts = urlsplit(text)
        except ValueError as error:  # brackets of an address that is none
            raise SourceUnknown(f"{text!r} is not a source ({error}): write scheme://target?option=value") from error
        return cls(text, parts.scheme, unquote(parts.netloc + parts.path), dict(parse_qsl(parts.query)))

    def take(self, name: str, default: D, convert: Callable[[str], T]) -> T | D:
        """The option ``name`` converted, or ``default``. Raises ``SourceUnknown`` for a value that does not convert."""
        self._known.append(name)
        if name not in self.options:
            return default
        value = self.options.pop(name)
        try:
            return convert(value)
        except ValueError as error:
            raise SourceUnknown(f"{self.text}: {name}={value} is not valid ({error})") from error

    def done(self) -> None:
        """Raise ``SourceUnknown`` if options are left that the driver did not take."""
        if self.options:
            known = ", ".join(self._known) or "none"
            raise SourceUnknown(f"{self.text}: unknown option {sorted(self.options)[0]!r}; known options: {known}")


def open_source(text: str) -> Source:
    """The source behind a URI, not yet opened: enter it with ``with``.

    Every source takes three options more: ``unit_uv``, the microvolts of one unit where the maker states none,
    ``resample``, a rate in Hz to bring it to, and ``grid``, where its channels stand.

    Raises:
        SourceUnknown: no driver has that scheme, or the driver does not know an option.
    """
    uri = SourceUri.parse(text)
    if uri.scheme not in DRIVERS:
        near = get_close_matches(uri.scheme, DRIVERS, n=1)
        hint = f"did you mean {near[0]}://?" if near else f"known: {', '.join(f'{name}://' for name in DRIVERS)}"
        raise SourceUnknown(f"no driver for {uri.scheme}://; {hint}")
    unit_uv = uri.take("unit_uv", None, positive)
    rate_hz = uri.take("resample", None, positive)
    grid = uri.take("grid", None, read_grid)
    module, function = DRIVERS[uri.scheme]
    source: Source = getattr(import_module(module), function)(uri)
    if unit_uv is not None:
        source = import_module("drivers.scale").ScaledSource(source, unit_uv)
    if rate_hz is not None:
        source = import_module("drivers.resample").ResampledSource(source, rate_hz)
    if grid is not None:
        source = ArrangedSource(source, grid)
    return source


def positive(text: str) -> float:
    """An option that is a number above zero. Raises ``ValueError``."""
    if not 0 < (number := float(text)) < math.inf:
        raise ValueError("it must be above zero")
    return number
