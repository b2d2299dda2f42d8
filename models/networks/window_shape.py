"""More classical features of a window: the envelope of its spectrum and the distribution of its amplitudes.

The envelope is the linear-prediction cepstrum (Atal 1974), from the autocorrelation at about 1 kHz by the recursion of
Levinson and Durbin, unrolled so that it exports as plain ONNX operations. The distribution is logarithms of quantiles
of the rectified signal. Together with ``TimeDomain`` they make 55 numbers of two channels.

B batch, T time, C channel, L lag.
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.time_domain import NOISE_UV

ORDER: Final = 8
CEPSTRUM_HZ: Final = 1000.0
RIDGE: Final = 1e-3
"""Share of white noise in the autocorrelation; keeps the recursion away from divisions by zero."""
QUANTILES: Final = (0.25, 0.5, 0.75, 0.9, 0.97)
PER_CHANNEL: Final = ORDER + len(QUANTILES)


class WindowShape(nn.Module):
    """13 features per channel."""

    def __init__(self, rate_hz: float, channels: int) -> None:
        super().__init__()
        self.step = max(1, round(rate_hz / CEPSTRUM_HZ))
        self.features = PER_CHANNEL * channels

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) filtered microvolts
        """(B, T, C) -> (B, F)."""
        x = x.transpose(1, 2)  # (B, C, T)
        return torch.cat([cepstrum(x[..., :: self.step]), quantiles(x)], dim=-1).flatten(1)


def quantiles(x: Tensor) -> Tensor:
    """(B, C, T) -> (B, C, 5): logarithms of quantiles of the rectified signal."""
    size = x.shape[-1]
    largest = x.abs().topk(size - int(QUANTILES[0] * size), dim=-1).values  # falling
    return torch.stack([torch.log(largest[..., size - 1 - int(q * size)] + NOISE_UV) for q in QUANTILES], dim=-1)


def cepstrum(x: Tensor) -> Tensor:
    """(B, C, T) -> (B, C, 8): cepstrum of the linear prediction, without its first number, the gain."""
    lags = torch.stack([(x[..., lag:] * x[..., : x.shape[-1] - lag]).sum(-1) for lag in range(ORDER + 1)], dim=-1)
    noise = torch.zeros(ORDER + 1)
    noise[0] = 1.0
    weights = _predict((lags + (RIDGE * lags[..., :1] + NOISE_UV**2) * noise).unbind(-1))
    found: list[Tensor] = []
    for n, weight in enumerate(weights):
        found.append(weight + sum((k + 1) / (n + 1) * found[k] * weights[n - k - 1] for k in range(n)))
    return torch.stack(found, dim=-1)


def _predict(lags: tuple[Tensor, ...]) -> list[Tensor]:
    """Levinson and Durbin: L + 1 autocorrelations (B, C) -> weights (B, C) of the last L samples for the next."""
    weights: list[Tensor] = []
    error = lags[0]
    for n in range(1, len(lags)):
        missed = lags[n] - sum(weight * lags[n - k - 1] for k, weight in enumerate(weights))
        reflection = missed / error
        turned = weights[::-1]
        weights = [a - reflection * b for a, b in zip(weights, turned, strict=True)] + [reflection]
        error = error * (1 - reflection.square())
    return weights
