"""What the experiments on made windows do for one new user: generators, heads, and windows in their likeness."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from models.augmentation.diffusion import DiffusionTraining
from models.augmentation.ladder import Generator, GeneratorTraining, Rung, Synthesis, synthesise, train_generator
from models.augmentation.personal import personal
from models.augmentation.sparse import SASSOptions
from models.augmentation.synthetic import Synthetic
from models.augmentation.task_encoder import TaskTraining
from models.experiments.augmentation_arms import RATIO, Case, ClosedForm, Learner, TunedHead
from models.experiments.augmentation_sets import Recorded, thinned
from models.experiments.autoencoders import seeded, shuffled
from models.experiments.csae_parts import CLASSIFIER, Course, Teacher
from models.experiments.encoders import alone
from models.experiments.experiment import Settings
from models.experiments.protocol import NewUser
from models.experiments.runner import fingerprint
from models.networks.csae import CSAE, STRIDES, CSAEConfig
from models.training.loop import Stage, fit
from models.training.windows import Windows, shape_of

WIDTHS: Final = (16, 32, 64, 64)
FEATURES: Final = 64
BATCH: Final = 32
CONFIDENCE: Final = 0.5
"""Least probability of its gesture that a sparse condition has; SYSTEMS 4.4 for few gestures."""
FOURIER: Final = 0.1
"""Weight of the Fourier term."""


@dataclass(frozen=True)
class Study:
    """One new user, and what the others teach."""

    recorded: Recorded
    user: NewUser
    settings: Settings
    data: Path
    work: Path

    @property
    def subject(self) -> str:
        """Who the new user is."""
        return str(self.settings["subject"])

    @property
    def seed(self) -> int:
        """Of all that is drawn."""
        return self.size("seed")

    def size(self, name: str) -> int:
        """A setting that is a number."""
        return int(self.settings[name])

    def case(self, trials: int) -> Case:
        """The user's first so many trials of each gesture, and what judges."""
        real = self.recorded.windows(self.user.first(trials).train)
        return Case(real, self.recorded.windows(self.user.test), None, len(self.recorded.labels), self.seed)

    def drawn(
        self, generator: Generator, real: Windows, rung: Rung, confidence: float = CONFIDENCE, ratio: float = RATIO
    ) -> Synthetic:
        """Windows in the likeness of the user: ``ratio`` times as many as real ones."""
        own = replace(generator, encoder=personal(generator.encoder, real, len(self.recorded.labels)))
        how = Synthesis(rung, SASSOptions(confidence=confidence), self.size("ddim"), seed=self.seed)
        return synthesise(own, real, round(ratio * int(np.bincount(real.y).max())), how)

    @cached_property
    def others(self) -> Windows:
        """What everybody else's trials teach."""
        return thinned(self.recorded.windows(self.user.others), self.size("every"))

    def generator(self, condition: str, fourier: float = FOURIER) -> Generator:
        """Learned from the others, now or earlier: it lies once, in OUT/generators, whichever experiment asks."""
        others = self.others
        epochs = max(1, round(self.size("drawn") / len(others)))
        diffusion = DiffusionTraining(
            "label" if condition == "label" else "semantic",
            WIDTHS, self.recorded.fold, epochs, BATCH, rate=1e-3, fourier=fourier, decay=0.995, seed=self.seed,
        )  # fmt: skip
        encoder = TaskTraining(FEATURES, self.size("encoder"), seed=self.seed)
        how = GeneratorTraining(self.recorded.labels, encoder, diffusion)
        folder = self.work.parent.parent / "generators" / self._key(others, how)
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            return train_generator(others, how, folder)

    def _key(self, others: Windows, how: GeneratorTraining) -> str:
        people = sorted({trial.subject for trial in others.trials})
        shared = replace(how, diffusion=replace(how.diffusion, condition="semantic"))  # one task encoder for both
        identity = [asdict(shared), people, len(others), fingerprint(self.data / self.recorded.folder)]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]

    def heads(self) -> list[Learner]:
        """The control, and the two kinds of head that calibration fits, the MLP on a CSAE that knows the others."""
        network = self._csae()
        control = ClosedForm.discriminant(*shape_of(self.others.trials))
        gaussians = ClosedForm.gaussians(self.others)
        return [control, gaussians, TunedHead(network.frozen().eval(), network.head().eval())]

    def _csae(self) -> CSAE:
        """Autoencoder, then classifier, of the others' windows."""
        others, teacher = self.others, Teacher(self.seed, self.work)
        config = self._shape(others)
        network = seeded(lambda: CSAE(config), self.seed)
        network.scale.microvolts.copy_(torch.from_numpy(others.x.std(axis=(0, 1), dtype=np.float64)))
        learns, epochs = nn.ModuleList([network.encoder, network.decoder]), self.size("autoencoder")
        stage = Stage("autoencoder", learns, lambda x, _: network.autoencoder_loss(x), None, epochs, 1, 1e-3)
        self.work.mkdir(parents=True, exist_ok=True)
        batches = shuffled(torch.from_numpy(others.x), torch.from_numpy(others.y), 2 * BATCH)
        fit(stage, batches, self.seed, self.work, lambda _: None)
        return teacher.part("classifier", network, CLASSIFIER, others, Course(self.size("classifier"), 3e-3))

    def _shape(self, others: Windows) -> CSAEConfig:
        """Of its rate, or without strides where a rate is so low that it has none."""
        rate_hz, channels = shape_of(others.trials)
        if round(rate_hz) in STRIDES:
            return CSAEConfig.at(rate_hz, len(self.recorded.labels), channels)
        return CSAEConfig(len(self.recorded.labels), channels, others.x.shape[1], (1, 1))
