"""A source whose maker states no scale, with the scale that its user states: ``...?unit_uv=0.5``."""

from dataclasses import replace
from types import TracebackType
from typing import Self

from drivers.source import Chunk, Losses, Source, SourceInfo


class ScaledSource:
    """``source`` times ``unit_uv`` microvolts per unit."""

    def __init__(self, source: Source, unit_uv: float) -> None:
        self._source = source
        self._unit_uv = unit_uv

    @property
    def info(self) -> SourceInfo:
        """That of the source, in microvolts."""
        return replace(self._source.info, unit="uV")

    @property
    def losses(self) -> Losses:
        """Those of the source."""
        return self._source.losses

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, trace)

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples, in microvolts."""
        chunk = self._source.read(timeout_s)
        return chunk and replace(chunk, samples=chunk.samples * self._unit_uv)
