"""How much sparsity does the CSAE need? Its lambda from 0 to the paper's 1e-7 and beyond, pooled subjects, by trial.

The paper sweeps 0 to 1e-5 and chooses 1e-7 (arXiv 2601.23011). At 1e-7 only a few in a hundred numbers of our latent
are exactly zero, so the sweep goes on to 1e-3. L1 is a sum over the latent of a window: another size of latent asks
for another lambda, and ``lambda_eff``, lambda times that size, is what compares. Notes of a fold, on the scored
windows: R2 of the reconstruction, the share of the latent that is exactly zero, and its mean size.
"""

from pathlib import Path
from typing import Final

from torch import nn

from models.datasets.khushaba import load
from models.experiments.autoencoders import SEEDS, Halves, Study, sizes
from models.experiments.experiment import Experiment, Fold, Outcome
from models.networks.csae import CSAE

LAMBDAS: Final = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
EPOCHS: Final = {"autoencoder": 4, "classifier": 16}


class Sparsity:
    """Folds over lambdas and seeds."""

    question = "How much sparsity does the CSAE need?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per lambda and seed; they do not depend on the data."""
        lambdas, seeds = (LAMBDAS[::6], SEEDS[:1]) if quick else (LAMBDAS, SEEDS)
        size = sizes(quick, **EPOCHS)
        return [
            Fold(f"lambda{sparsity:g}-seed{seed}", {"sparsity": sparsity, "seed": seed, **size})
            for sparsity in lambdas
            for seed in seeds
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train autoencoder and classifier, and score every subject."""
        sparsity = float(fold.settings["sparsity"])
        study = Study(Halves.by_trial(load(data)), fold.settings, work)
        network = study.autoencoder(CSAE, sparsity)
        notes = {**study.quality(network), "lambda_eff": sparsity * network.config.latent}
        frozen = nn.Sequential(network.scale, network.encoder)
        classifier = nn.Sequential(network.context, network.mlp)
        answers = study.answers(frozen, classifier, "classifier", study.number("classifier"))
        return Outcome(tuple(study.scores(answers, ("six, by trial", "CSAE", f"{sparsity:g}"))), notes)


EXPERIMENT: Experiment = Sparsity()
