"""Models that have learned nothing: for measuring what a device of some rate and channels would cost to serve."""

from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.export import export_model
from models.networks.csae import CSAE, FEATURES, CSAEConfig
from models.networks.rotation_mlp import ELECTRODES
from models.pipeline.front_end import frame_shape
from models.pipeline.images import FULL_SCALE_UV
from models.pipeline.rolling_norm import Prior
from models.pipeline.symbols import SYMBOLS
from models.sequence_export import export_sequence
from models.spec import ModelSpec
from models.training.result import TrainedModel
from models.training.sequence_recipes import recipe
from models.training.train_grid import GridTraining, drawn, parts_of, spec_of

LABELS: Final = ("rest", "fist", "open", "point", "pinch", "flex")
EVENTS: Final = ("index_press", "index_release", "middle_press", "middle_release", "thumb_click", "thumb_up")
TYPICAL_UV: Final = 50.0
PASSES: Final = 50


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


def untrained_sequence(name: str, hands: int, folder: Path) -> Path:
    """Write the model of a live recipe, ``models/training/sequence_recipes.py``, whose weights are drawn.

    ``hands``: bands of 16 electrodes. Raises ``ModelUnknown`` for an unknown recipe.
    """
    chosen = recipe(name)
    labels = SYMBOLS if chosen.kind == "sequence" else EVENTS
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = chosen.build(len(labels) + (chosen.kind == "sequence"), hands).eval()
    spec = chosen.spec(f"untrained-{name}-{hands}", network, hands * ELECTRODES, labels)
    shape = frame_shape(spec)
    prior = None if chosen.rolling is None else Prior(np.zeros(shape), np.ones(shape))
    return export_sequence(network, spec, prior, folder)


def untrained_grid(network: str, shape: tuple[int, int], rate_hz: float, folder: Path) -> Path:
    """Write the two files of a network of images whose weights are drawn; returns the encoder's.

    ``shape`` is rows and columns. Raises ``DatasetError`` for an unknown network, ``ModelMismatch`` for a grid that
    is too small.
    """
    rows, columns = shape
    grid = tuple(tuple(range(row * columns, (row + 1) * columns)) for row in range(rows))
    config = GridTraining(f"untrained-{network}-{rows * columns}ch", LABELS, grid, network, simulated=True)
    images = np.random.default_rng(0).normal(0, TYPICAL_UV / FULL_SCALE_UV, (64, *shape)).astype(np.float32)
    net = drawn(config)
    for _ in range(PASSES):  # batch statistics that fit, or its features would be lost in rounding
        net(torch.from_numpy(images))
    encoder, head = parts_of(net, torch.from_numpy(images))
    spec = spec_of(config, rate_hz, rows * columns)
    return export_model(TrainedModel(spec, LABELS, encoder, head, images, {}), folder)[0]
