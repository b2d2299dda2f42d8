"""A source whose maker states no scale, with the scale that its user states: ``...?unit_uv=0.5``."""

from dataclasses import replace

from drivers.source import Chunk, Source, SourceInfo
from drivers.wrapped import WrappedSource


class ScaledSource(WrappedSource):
    """``source`` times ``unit_uv`` microvolts per unit."""

    def __init__(self, source: Source, unit_uv: float) -> None:
        super().__init__(source)
        self._unit_uv = unit_uv

    @property
    def info(self) -> SourceInfo:
        """That of the source, in microvolts."""
        return replace(self._source.info, unit="uV")

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples, in microvolts."""
        chunk = self._source.read(timeout_s)
        return chunk and replace(chunk, samples=chunk.samples * self._unit_uv)
