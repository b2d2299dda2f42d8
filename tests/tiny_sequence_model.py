"""Real networks that remember, exported small: the widths are not the papers', everything else is."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from models.networks.neuromotor import EventLSTM, WristLSTM
from models.networks.recurrent_text import RecurrentText
from models.networks.sequence_network import SequenceNetwork
from models.networks.small_text import SmallText
from models.networks.splash_net import SplashNet
from models.networks.tds import TDSText
from models.pipeline.front_end import frame_shape
from models.pipeline.rolling_norm import Prior
from models.pipeline.sequence_stream import answer_whole
from models.pipeline.symbols import BLANK, SYMBOLS
from models.sequence_export import export_sequence
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec
from models.training.sequence_recipes import recipe

LABELS = ("a", "b", "c")
EVENTS = ("index_press", "index_release", "thumb_up")

NETWORKS: Mapping[str, tuple[str, Callable[[], SequenceNetwork]]] = {
    "splashnet": ("splashnet", lambda: SplashNet(4, 1)),
    "typing": ("gru-live", lambda: RecurrentText("gru", BLANK + 1, 1)),
    "small": ("small-live", lambda: SmallText(4, 1)),
    "cnn": ("cnn-live", lambda: TDSText(4, 1)),
    "gru": ("gru-live", lambda: RecurrentText("gru", 4, 1)),
    "events": ("events", lambda: EventLSTM(3, hidden=32)),
    "wrist": ("wrist", lambda: WristLSTM(1, hidden=32)),
    "offline": ("gru", lambda: RecurrentText("gru", 4, 1, both_ways=True, batch_norm=True)),
}


def build(name: str) -> tuple[SequenceNetwork, ModelSpec, Prior | None]:
    """The network with drawn weights, its spec, and a prior where it has one."""
    row, make = NETWORKS[name]
    torch.manual_seed(0)
    network, chosen = make().eval(), recipe(row)
    labels = {"events": EVENTS, "control": ("flexion",)}.get(chosen.kind, SYMBOLS if name == "typing" else LABELS)
    spec = chosen.spec(name, network, 16, labels)
    if chosen.rolling is None:
        return network, spec, None
    rng, shape = np.random.default_rng(0), frame_shape(spec)
    return network, spec, Prior(rng.normal(1.5, 0.2, shape), rng.uniform(0.2, 0.5, shape))


def write(name: str, folder: Path) -> Path:
    """Export it; returns the path of the model."""
    network, spec, prior = build(name)
    return export_sequence(network, spec, prior, folder)


def write_lively_events(folder: Path) -> Path:
    """Events whose probabilities go up and down with noise of some 30 uV, so that they come and go all the time."""
    network, spec, _ = build("events")
    noise = (30 * np.random.default_rng(0).standard_normal((8000, 16))).astype(np.float32)
    mean = answer_whole(SequenceModel(export_sequence(network, spec, None, folder)), noise).mean(axis=0)
    with torch.no_grad():
        reached = torch.from_numpy(np.log(mean / (1 - mean))) - network.out.bias
        network.out.weight *= 40
        network.out.bias.copy_(-40 * reached - 1)
    return export_sequence(network, spec, None, folder)
