"""Made-up muscle: noise in the band of surface EMG, as strong as asked, on a quiet and slightly wandering skin."""

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

Signal = npt.NDArray[np.float32]

RATE_HZ = 1000.0
REST_UV = 3.0


def muscle(effort_uv: npt.ArrayLike, seed: int = 0, channels: int = 2, rate_hz: float = RATE_HZ) -> Signal:
    """(time,) rms in microvolts -> (time, channel)."""
    rng = np.random.default_rng(seed)
    effort = np.asarray(effort_uv, float)[:, None]
    sos = butter(2, (30, min(200, 0.4 * rate_hz)), "bandpass", fs=rate_hz, output="sos")
    noise = sosfilt(sos, rng.standard_normal((len(effort), channels)), axis=0)
    noise /= noise.std(axis=0)
    skin = REST_UV * rng.standard_normal(noise.shape) + rng.uniform(-300, 300, channels)
    return (effort * noise + skin).astype(np.float32)


def held(seconds: float, effort_uv: float = 100.0, seed: int = 0, channels: int = 2) -> Signal:
    """A steady contraction."""
    return muscle(np.full(round(seconds * RATE_HZ), effort_uv), seed, channels)


def hum(seconds: float, rms_uv: float, mains_hz: float = 50.0) -> Signal:
    """(time, 1) of the mains, with a third harmonic."""
    angle = 2 * np.pi * mains_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = np.sin(angle) + 0.2 * np.sin(3 * angle + 1)
    return (rms_uv * wave / wave.std())[:, None].astype(np.float32)
