"""A crowd of subscribers freezes."""

import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from endings import frozen
from serving import HandFedSource, serving, subscribed

from service.hub import BACKLOG
from service.live import Live

CROWD = 100
HOP = 25
MEGABYTE = 1 << 20


def memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_hundred_frozen_subscribers_cost_the_others_nothing_and_no_memory(
    live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    with serving(live) as address, ExitStack() as crowd, subscribed(address) as witness:
        for _ in range(CROWD):
            crowd.enter_context(frozen(address))
        source.feed(signal[: 250 - HOP])

        def hear(seqs: range) -> None:
            for seq in seqs:
                source.feed(signal[:HOP])
                assert witness.next("prediction")["seq"] == seq

        hear(range(100))  # buffers fill
        before, dropped = memory(), live.counters.dropped
        hear(range(100, 600))
        grown = memory() - before
        assert live.counters.dropped - dropped > 0.9 * CROWD * 500
        assert max(len(subscriber._waiting) for subscriber in live.hub._subscribers) == BACKLOG
        assert live.counters.predictions == 600
    assert grown < 4 * MEGABYTE  # 500 predictions for each of the crowd would be 20
