"""What a model has to beat: time-domain features and a linear discriminant on the same trials."""

from collections.abc import Sequence
from typing import Final

import torch

from models.datasets.trials import Trial
from models.training.metrics import Scores, score
from models.training.result import TrainedModel
from models.training.train_lda import LDATraining, train_lda
from models.training.windows import Cut, cut

HOP_S: Final = 0.125


def lda_beside(learn: Sequence[Trial], test: Sequence[Trial], labels: tuple[str, ...]) -> Scores:
    """Fit on the trials to learn from, score on all windows of the others, 125 ms apart, as one set.

    It is not exported: it is there to be compared with.

    Raises:
        DatasetError: the trials do not fit together.
    """
    return score_windows(train_lda(learn, LDATraining("baseline", labels)), test)


@torch.no_grad()
def score_windows(model: TrainedModel, test: Sequence[Trial]) -> Scores:
    """Of all windows of the trials as one set, each alone, by the networks before their export."""
    windows = cut(test, model.labels, Cut.of(model.spec, HOP_S))
    answers = [model.head(model.encoder(part)).argmax(dim=1) for part in torch.from_numpy(windows.x).split(512)]
    return score(windows.y, torch.cat(answers).numpy(), len(model.labels))
