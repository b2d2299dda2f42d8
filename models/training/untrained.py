"""A CSAE that has learned nothing: for measuring what a device of some rate and channels would cost to serve."""

from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.export import export_model
from models.networks.csae import CSAE, FEATURES, CSAEConfig
from models.spec import ModelSpec
from models.training.result import TrainedModel

LABELS: Final = ("rest", "fist", "open", "point", "pinch", "flex")
TYPICAL_UV: Final = 50.0


def untrained_csae(rate_hz: float, channels: int, hop: int, folder: Path) -> Path:
    """Write the two files of a CSAE whose windows share frames and whose weights are drawn; returns the encoder's.

    ``hop`` in samples. Raises ``ModelMismatch`` for a rate without a CSAE.
    """
    config = CSAEConfig.shared_at(rate_hz, len(LABELS), channels)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = CSAE(config).eval()
    network.scale.microvolts.fill_(TYPICAL_UV)
    spec = ModelSpec(
        name=f"untrained-csae-{channels}ch-{round(rate_hz)}hz",
        rate_hz=rate_hz,
        channels=channels,
        window=config.window,
        hop=hop,
        features=FEATURES,
        simulated=True,
        frames=config.frames,
    )
    noise = TYPICAL_UV * np.random.default_rng(0).standard_normal((4, config.window, channels), np.float32)
    return export_model(TrainedModel(spec, LABELS, network.frozen(), network.head(), noise, {}), folder)[0]
