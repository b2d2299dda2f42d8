"""Lab Streaming Layer in: ``lsl://NAME?type=EMG&source_id=...&timeout=5``; any of the first three finds the stream.

Three things differ from the usual inlet loop, each measured with liblsl 1.18:

- Block on one sample, then drain the rest without waiting: 0.2 ms from push to here. ``pull_chunk`` with a timeout
  waits until its buffer is full, 100 ms and more.
- liblsl's own de-jittering is off. It fits a line through the count of received samples with a half-time of 90 s, so it
  hides a gap: where 1 s of samples is missing its stamps step by 4 ms and stay 1 s wrong. ``SampleClock`` smooths.
- The clock offset is asked for at every read (1 us; liblsl renews it in the background) and not by liblsl's flag, which
  throws away the samples in hand when the sender has just restarted and no offset is known yet.
"""

import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from drivers.errors import SourceLost, SourceUnavailable, SourceUnknown
from drivers.lsl_streams import StreamQuery, describe, load_pylsl
from drivers.registry import SourceUri, positive
from drivers.source import Chunk, Losses, SourceInfo
from drivers.stamps import SampleClock

BUFFER_S = 10
#: How long to look for a second stream of the same name: a silent choice between two people's bands would be worse.
NAMESAKE_WAIT_S = 0.5


def from_uri(uri: SourceUri) -> "LslSource":
    """``lsl://NAME?type=&source_id=&timeout=`` (seconds). Raises ``SourceUnknown`` where nothing says which stream."""
    query = StreamQuery(uri.target, uri.take("type", "", str), uri.take("source_id", "", str))
    timeout_s = uri.take("timeout", 5.0, positive)
    uri.done()
    if query == StreamQuery():
        raise SourceUnknown(f"{uri.text}: which stream? Write lsl://NAME, lsl://?type=EMG or lsl://?source_id=...")
    return LslSource(query, timeout_s)


class LslSource:
    """One LSL stream.

    A sender with a source id that dies and returns is found again by liblsl; the index then jumps by what was missed.
    """

    _pylsl: Any
    _scale: npt.NDArray[np.float32]
    _clock: SampleClock
    _offset_s: float

    def __init__(self, query: StreamQuery, timeout_s: float = 5.0) -> None:
        self.losses = Losses()
        """Samples that are missing by their time stamps, and samples that are not finite."""
        self._query = query
        self._timeout_s = timeout_s
        self._inlet: Any = None
        self._info: SourceInfo | None = None
        self._ready: deque[Chunk] = deque()

    @property
    def info(self) -> SourceInfo:
        """Name, rate, labels and unit from the stream's description."""
        if self._info is None:
            raise self._closed()
        return self._info

    def __enter__(self) -> Self:
        self._pylsl = load_pylsl()
        inlet = self._pylsl.StreamInlet(self._resolve(), max_buflen=BUFFER_S, recover=True, as_numpy=True)
        try:
            self._info, self._scale = describe(inlet.info(self._timeout_s))
            inlet.open_stream(self._timeout_s)
            self._offset_s = inlet.time_correction(self._timeout_s)
        except (self._pylsl.util.TimeoutError, self._pylsl.util.LostError) as error:
            raise SourceUnavailable(
                f"the LSL stream ({self._query}) is announced but does not answer: restart its sender, "
                "and let the firewalls of both machines pass TCP and UDP ports 16571 to 16604"
            ) from error
        self._inlet = inlet
        self._clock = SampleClock(self._info.rate_hz)
        self.losses = Losses()
        self._ready.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inlet = None  # disconnects
        self._ready.clear()

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples or ``None``. Raises ``SourceLost`` when a sender without a source id is gone."""
        if not self._ready:
            self._pull(timeout_s)
        return self._ready.popleft() if self._ready else None

    def _resolve(self) -> Any:
        predicate = self._query.predicate()
        found = self._pylsl.resolve_bypred(predicate, minimum=1, timeout=self._timeout_s)
        if found and not self._query.source_id:
            found = self._pylsl.resolve_bypred(predicate, minimum=2, timeout=NAMESAKE_WAIT_S) or found
        if not found:
            raise SourceUnavailable(
                f"no LSL stream with {self._query} within {self._timeout_s:g} s: start its sender, "
                "check the name with `palmaris devices`, or write its host to KnownPeers in lsl_api.cfg"
            )
        if len(found) > 1:
            ids = ", ".join(sorted(stream.source_id() or "none" for stream in found))
            raise SourceUnavailable(f"{len(found)} LSL streams have {self._query}: add source_id= (they have {ids})")
        return found[0]

    def _closed(self) -> SourceUnavailable:
        return SourceUnavailable(f"the LSL stream ({self._query}) is not open: enter it with `with` first")

    def _pull(self, timeout_s: float) -> None:
        if self._inlet is None:
            raise self._closed()
        try:
            sample, stamp = self._inlet.pull_sample(timeout_s)
            if sample is None:
                return
            rest, stamps = self._inlet.pull_chunk(0.0)
        except self._pylsl.util.LostError as error:
            raise SourceLost(f"the LSL stream {self.info.name} is gone: start its sender again") from error
        self._take(np.vstack((sample, rest)), np.append(stamp, stamps))

    def _take(self, values: npt.NDArray[Any], stamps: npt.NDArray[np.float64]) -> None:
        """Queue a chunk for each run of consecutive samples. ``values`` (time, channel); ``stamps`` by the sender."""
        arrived_ns = time.monotonic_ns()
        samples = values.astype(np.float32) * self._scale
        lost_before = self._clock.lost
        for run in self._clock.place(stamps + self._offset(), arrived_ns * 1e-9):
            self._ready.append(Chunk(run.first, samples[run.start : run.stop], arrived_ns, run.time_s))
        unfit = len(samples) - int(np.isfinite(samples).all(axis=1).sum())
        self.losses.samples += self._clock.lost - lost_before + unfit

    def _offset(self) -> float:
        """Seconds to add to the sender's stamps to have them on this host's LSL clock."""
        # Where the sender has just restarted, the last offset serves until liblsl has measured the new one.
        with suppress(self._pylsl.util.TimeoutError):
            self._offset_s = self._inlet.time_correction(0.0)
        return self._offset_s
