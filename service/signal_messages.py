"""What goes over the websocket of a signal, besides the electrode lights of ``service/calibrations/messages.py``."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from drivers.source import SourceInfo
from service.envelope import Layout

#: How the binary frames are read.
ENVELOPE: Final = """\
Little-endian. A header of 16 bytes: uint64 index of the first sample since the stream began, uint32 samples of a
column, uint16 columns, uint16 channels. Then float32 pairs, the least and the greatest value of a channel within a
column, channel after channel, column after column: 8 x channels x columns bytes. The signal is that behind the model's
filter. A jump in the index is a gap, or what you were too slow for: draw nothing there."""


class SignalLayout(BaseModel):
    """The first frame: what the envelopes that follow are of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["layout"] = "layout"
    stream: str
    rate_hz: float = Field(description="Samples per second of each channel.")
    channels: tuple[str, ...] = Field(description="Channel labels, in the order of the envelopes.")
    unit: str = Field(description="Unit of the envelopes: uV, or a.u. where the maker states no scale.")
    column: int = Field(description="Samples of a column.")
    grid: tuple[tuple[int, ...], ...] | None = Field(
        description="Rows of channel numbers from 0 as the electrodes lie, -1 where none is; null: they form no grid."
    )

    @classmethod
    def of(cls, stream: str, info: SourceInfo, layout: Layout) -> Self:
        """As clients see it."""
        shape = {"rate_hz": info.rate_hz, "channels": info.channels, "unit": info.unit, "grid": info.grid}
        return cls(stream=stream, column=layout.column, **shape)
