"""Recordings of a made-up wristband: each key is a burst on electrodes of its own, just before it goes down."""

import numpy as np

from models.datasets.sequences import Sequence

RATE_HZ = 2000.0


def recording(
    keys: tuple[str, ...] = ("a", "b", "c"),
    seconds: float = 6.0,
    seed: int = 0,
    channels: int = 16,
    after_s: float = 0.0,
) -> Sequence:
    """Keys in a drawn order, one every 0.4 s, in noise of 5 uV; a burst ends ``after_s`` after its key went down."""
    rng = np.random.default_rng(seed)
    signal = 5 * rng.standard_normal((round(seconds * RATE_HZ), channels))
    times = np.arange(0.3, seconds, 0.4) * RATE_HZ
    drawn = rng.integers(len(keys), size=len(times))
    for key, at in zip(drawn, times.astype(int), strict=True):
        end = at + round(after_s * RATE_HZ)
        burst = signal[end - 200 : end, 2 * key : 2 * key + 2]  # 100 ms, or what is left of it at the end
        burst += 80 * rng.standard_normal(burst.shape)
    return Sequence(
        signal.astype(np.float32), RATE_HZ, tuple(keys[k] for k in drawn), times.astype(np.int64), f"user {seed}", "1"
    )
