"""``palmaris train sequence``: from recordings of typing or gestures to a model that remembers, and its scores."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.datasets.sequence_sets import Division, SequenceSet, sequence_set
from models.errors import ModelMismatch
from models.sequence_runtime import SequenceModel
from service.commands.evaluate_sequence import figures, shown
from service.commands.train import progress

try:
    from models.sequence_export import export_sequence
    from models.training.sequence_recipes import Recipe, recipe
    from models.training.train_sequence import SequenceTraining, TrainedSequence, train_sequence
except ModuleNotFoundError as error:
    raise ModelMismatch(f"training needs {error.name}: pip install 'palmaris[train]'") from error


@dataclass(frozen=True, slots=True)
class SequenceOrder:
    """What to train on, what to test on, and where the model goes."""

    name: str
    recipe: str
    source: str
    """Name of the data set."""
    data: Path
    """Its folder."""
    how: Division
    out: Path


def run(order: SequenceOrder, epochs: int | None, seed: int, start: Path | None) -> None:
    """Train, export, score; checkpoints lie in ``out``, and the same call goes on from them."""
    chosen, entry = recipe(order.recipe), sequence_set(order.source)
    parts = entry.load(order.data, order.how)
    config = SequenceTraining(order.name, chosen, entry.labels_of(parts), seed, epochs, entry.simulated, start)
    with progress() as on_epoch:
        trained = train_sequence(parts.learn, parts.validate, config, order.out / "checkpoints", on_epoch)
    path = export_sequence(trained.network, trained.spec, trained.prior, order.out)
    scores = shown(figures(SequenceModel(path), parts.test))
    _write_card(order, entry, chosen, trained, scores)
    _show(order, trained, scores)


def _write_card(
    order: SequenceOrder, entry: SequenceSet, chosen: Recipe, trained: TrainedSequence, scores: dict[str, str]
) -> None:
    spec = trained.spec
    warning = "**Simulated: trained on simulated users; its scores say nothing about people.**\n\n"
    facts = {
        "Recipe": f"{order.recipe}: {chosen.about}",
        "Answers live": "yes" if spec.require_sequence().live else "no: it reads a recording to its end first",
        "Device": f"{spec.channels} channels at {spec.rate_hz:g} Hz in microvolts",
        "One answer every": f"{spec.hop_ms:g} ms",
        "Data": entry.title,
        "Licence of the recordings": entry.licence,
        "People": ", ".join(sorted(order.how.users)) or "all",
        "Epoch kept": str(trained.epoch),
        "Tested once on": _tested(order),
    }
    rows = "".join(f"| {name} | {value} |\n" for name, value in (facts | scores).items())
    card = f"# {spec.name}\n\n{warning if spec.simulated else ''}| | |\n| --- | --- |\n{rows}"
    (order.out / f"{spec.name}.md").write_text(card, encoding="utf-8")


def _tested(order: SequenceOrder) -> str:
    return f"sessions {', '.join(sorted(order.how.test))}" if order.how.test else "what its makers say"


def _show(order: SequenceOrder, trained: TrainedSequence, scores: dict[str, str]) -> None:
    table = Table(title=f"{order.name}{', simulated' if trained.spec.simulated else ''}")
    table.add_column(_tested(order))
    table.add_column("", justify="right")
    for name, value in scores.items():
        table.add_row(name, value)
    Console().print(table)
