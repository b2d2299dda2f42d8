"""What a source that stands around another one passes on: everything, unless it says otherwise."""

from types import TracebackType
from typing import Self

from drivers.source import Chunk, Losses, Performer, Source, SourceInfo


class WrappedSource:
    """``source`` as it is. Whoever changes something of it overrides that."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def info(self) -> SourceInfo:
        """That of the source."""
        return self._source.info

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
        """The next samples."""
        return self._source.read(timeout_s)

    def perform(self, gesture: str | None) -> None:
        """See ``Performer``: a simulated user obeys here, too. People read their prompts."""
        if isinstance(self._source, Performer):
            self._source.perform(gesture)
