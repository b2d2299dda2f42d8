"""A head that is there already: what it says of trials, and what a new one takes over from it.

F feature, H hidden unit, K class.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from calibration.errors import PlanInvalid
from calibration.material import Array, Mask, Material, Numbers
from models.head_graph import head_tensors
from models.networks.heads import GaussianHead, HeadModule, LinearHead, MLPHead
from models.spec import HeadKind, HeadSpec
from models.training.mlp_head import DROPOUT


@torch.no_grad()
def answers(head: HeadModule, x: Array) -> Numbers:
    """(window, F) -> (window,) the class of each."""
    said: Numbers = head(torch.from_numpy(x)).argmax(dim=1).numpy()
    return said


@dataclass(frozen=True, slots=True, eq=False)
class KnownHead:
    """Spec and network."""

    spec: HeadSpec
    network: HeadModule

    @classmethod
    def of(cls, content: bytes, encoder: str, features: int) -> Self:
        """Read the ONNX of a head.

        Raises:
            ModelUnreadable: it is none of ours.
            PlanInvalid: it works on other features than those of this encoder.
        """
        spec, arrays = head_tensors(content)
        if spec.encoder != encoder or _FEATURES[spec.kind](arrays) != features:
            raise PlanInvalid("the head to start from belongs to another encoder: choose one of this model")
        tensors = {name: torch.from_numpy(values) for name, values in arrays.items()}
        network = _NETWORKS[spec.kind](tensors)
        network.load_state_dict(tensors)
        return cls(spec, network.eval())

    def counts(self, material: Material, trials: Mask) -> Numbers:
        """Its answers (trial, K) to those of the trials (trial,) whose gesture it knows; gestures alone that are asked.

        All zero if it knows less than two of the gestures: there is nothing to tell apart.
        """
        known = np.array([k for k, label in enumerate(material.labels) if label in self.spec.labels], np.int64)
        windows = (trials & np.isin(material.gesture, known))[material.trial]
        if len(known) < 2 or not windows.any():
            return np.zeros((len(trials), len(material.labels)), np.int64)
        outputs = [self.spec.labels.index(material.labels[k]) for k in known]
        with torch.no_grad():
            said = self.network(torch.from_numpy(material.x[windows]))[:, outputs].argmax(dim=1).numpy()
        return material.counts(windows, known[said])

    def start(self, labels: tuple[str, ...], seed: int) -> MLPHead | None:
        """An MLP of other labels to start from: the hidden layer, and the output of each gesture it knows.

        ``None`` if it is no MLP.
        """
        if not isinstance(self.network, MLPHead):
            return None
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            out = nn.Linear(self.network.hidden.out_features, len(labels))
        known = [(k, self.spec.labels.index(label)) for k, label in enumerate(labels) if label in self.spec.labels]
        with torch.no_grad():
            for k, kept in known:
                out.weight[k], out.bias[k] = self.network.out.weight[kept], self.network.out.bias[kept]
        return MLPHead(self.network.hidden, out, DROPOUT)


def _mlp(tensors: Mapping[str, Tensor]) -> MLPHead:
    (hidden, features), classes = tensors["hidden.weight"].shape, len(tensors["out.bias"])
    return MLPHead(skip_init(nn.Linear, features, hidden), skip_init(nn.Linear, hidden, classes), DROPOUT)


def _gaussians(tensors: Mapping[str, Tensor]) -> GaussianHead:
    return GaussianHead(*(tensors[name] for name in ("project", "offset", "centres", "roots")))


def _linear(tensors: Mapping[str, Tensor]) -> LinearHead:
    return LinearHead(tensors["weight"], tensors["bias"])


_NETWORKS: Final[Mapping[HeadKind, Callable[[Mapping[str, Tensor]], HeadModule]]] = {
    "linear": _linear,
    "mlp": _mlp,
    "gaussians": _gaussians,
}
_FEATURES: Final[Mapping[HeadKind, Callable[[Mapping[str, Array]], int]]] = {
    "linear": lambda arrays: arrays["weight"].shape[1],
    "mlp": lambda arrays: arrays["hidden.weight"].shape[1],
    "gaussians": lambda arrays: arrays["project"].shape[0],
}
