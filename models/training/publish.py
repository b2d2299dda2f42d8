"""From a trained model to its three files: export, score once on the test trials, write the card."""

from collections.abc import Collection, Sequence
from pathlib import Path

from models.datasets import dataset
from models.datasets.trials import Trial
from models.export import export_model
from models.runtime import load_model
from models.training.card import Story, write_card
from models.training.evaluate import Evaluation, evaluate
from models.training.metrics import Scores
from models.training.result import TrainedModel


def publish(
    model: TrainedModel,
    source: str,
    test: Sequence[Trial],
    folder: Path,
    commands: tuple[str, ...],
    strangers: Sequence[Trial] = (),
    baseline: Scores | None = None,
) -> Evaluation:
    """Write ``NAME.onnx``, ``NAME.head.onnx`` and ``NAME.md`` into ``folder``; returns the scores on the test trials.

    ``source`` names the data set; ``strangers`` are trials of people that the model has learned nothing from;
    ``baseline`` is what ``lda_beside`` found.

    Raises:
        ParityError: the export differs from the network; nothing was written.
        DatasetError: the test trials do not fit the model.
    """
    file = export_model(model, folder)[0]
    served = load_model(str(file))
    evaluation = evaluate(served, test)
    entry = dataset(source)
    story = Story(
        entry.title,
        entry.licence,
        f"Tested once, on trials {_numbers(test)} of each gesture, split by trial before any window was cut.",
        model.facts,
        commands,
        evaluate(served, strangers) if strangers else None,
        baseline,
    )
    write_card(file, evaluation, story)
    return evaluation


def _numbers(trials: Collection[Trial]) -> str:
    return ", ".join(str(number) for number in sorted({trial.trial for trial in trials}))
