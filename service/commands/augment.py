"""``palmaris augment``: from recordings to generated windows that a model may learn from, with card and pictures."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from models.datasets import dataset, labels_of
from models.datasets.trials import Trial
from models.errors import ModelMismatch
from service.commands.train import Order, progress, split

try:
    from models.augmentation.appraisal import Appraisal, appraise, require_enough
    from models.augmentation.data_card import Story, write_card
    from models.augmentation.diffusion import Condition, DiffusionTraining
    from models.augmentation.judges import Side
    from models.augmentation.ladder import (
        Generator,
        GeneratorTraining,
        Rung,
        Synthesis,
        rung_of,
        synthesise,
        train_generator,
    )
    from models.augmentation.levels import Levels
    from models.augmentation.preview import Shown, draw_features, draw_windows
    from models.augmentation.signatures import Finding
    from models.augmentation.sparse import SASSOptions
    from models.augmentation.synthetic import Synthetic
    from models.augmentation.task_encoder import TaskTraining
    from models.training.windows import Cut, Windows, cut, shape_of
except ModuleNotFoundError as error:
    raise ModelMismatch(f"augmentation needs {error.name}: pip install 'palmaris[augment]'") from error

WINDOW_S, HOP_S = 0.25, 0.125
FILES = ("generated.npz", "card.md", "windows.png", "features.png")
QUICK = DiffusionTraining(widths=(8, 8), epochs=2, batch=64, rate=2e-3)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be generated."""

    rung: str
    ratio: float
    """Generated windows for each real one."""
    seed: int
    epochs: int | None
    """Of the diffusion; ``None``: as many as its size has."""
    full: bool
    """The sizes of SYSTEMS 4.2 instead of those for a CPU."""
    quick: bool
    """A size for tests."""


def augment(order: Order, wish: Wish) -> None:
    """Train a generator, draw from it, judge what it drew; checkpoints lie in ``out``, the same call goes on from them.

    Raises:
        DatasetError: no such rung, data set or trials, or too few windows of a gesture.
        ModelMismatch: ``out`` holds a generator of other settings or data, or the extra is not installed.
    """
    rung = rung_of(wish.rung)
    learn, test = split(order)
    entry, labels = dataset(order.source), labels_of(order.source, learn)
    windows, judges = (_windows(trials, labels) for trials in (learn, test))
    require_enough(windows, labels)
    training = _training(labels, windows, entry.simulated, wish)
    warned: list[Finding] = []
    with progress() as on_epoch:
        generator = train_generator(windows, training, order.out / "checkpoints", on_epoch, warned.append)
    how = Synthesis(rung, SASSOptions.of(len(labels)), steps=4 if wish.quick else 50, seed=wish.seed)
    count = ceil(wish.ratio * np.bincount(windows.y).max())
    drawn, command = synthesise(generator, windows, count, how), _command(order)
    made = replace(drawn, provenance=replace(drawn.provenance, command=command))
    made.save(order.out / FILES[0])
    appraisal = appraise(generator, made, judges, count * len(labels))
    story = Story(entry.title, entry.licence, command, _settings(training, how, wish), warned)
    write_card(order.out / FILES[1], made, appraisal, story)
    _draw(generator, made, order.out)
    _show(appraisal, warned, wish.quick)
    sys.stdout.write("".join(f"{order.out / name}\n" for name in FILES))


def _windows(trials: Sequence[Trial], labels: Sequence[str]) -> Windows:
    rate_hz, _ = shape_of(trials)
    return cut(trials, labels, Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)))


def _training(labels: tuple[str, ...], windows: Windows, simulated: bool, wish: Wish) -> GeneratorTraining:
    rate_hz, _ = shape_of(windows.trials)
    diffusion = DiffusionTraining() if wish.full else DiffusionTraining.small(rate_hz, windows.x.shape[1])
    encoder = TaskTraining(seed=wish.seed)
    if wish.quick:
        diffusion, encoder = QUICK, TaskTraining(features=64, epochs=2, seed=wish.seed)
    condition: Condition = "label" if wish.rung == Rung.LABEL_ONLY else "semantic"
    epochs = diffusion.epochs if wish.epochs is None else wish.epochs
    diffusion = replace(diffusion, condition=condition, epochs=epochs, seed=wish.seed)
    return GeneratorTraining(labels, encoder, diffusion, simulated)


def _settings(training: GeneratorTraining, drawn: Synthesis, wish: Wish) -> dict[str, str]:
    how = training.diffusion
    sure = f"a confidence of {drawn.sparse.confidence:g} for a condition; the window itself must be recognised"
    return {
        "Task encoder": f"{training.encoder.features} features, {training.encoder.epochs} epochs",
        "Diffusion": f"widths {', '.join(map(str, how.widths))}; {how.fold} samples a step; {how.epochs} epochs, "
        f"batches of {how.batch}; Adam, {how.rate:g}, falling to 0 along a cosine; Fourier term {how.fourier:g}",
        "Drawn": f"DDIM, {drawn.steps} steps; {wish.ratio:g} for each real window",
        **({"Kept": sure} if drawn.rung == Rung.SASS else {}),
    }


def _draw(generator: Generator, made: Synthetic, out: Path) -> None:
    learned, told = generator.learned_from, made.provenance
    title = f"{'SIMULATED. ' if told.simulated else ''}{told.rung}, seed {told.seed}, generator {told.generator[:12]}"
    shown = Shown(told.labels, told.rate_hz, Side(learned.x, learned.y), Side(made.x, made.y))
    draw_windows(shown, title, out / FILES[2])
    levels, encoder = Levels.of(learned), generator.encoder
    real = Side(encoder.features(levels.levelled(learned).x), learned.y)
    features = Side(encoder.features(levels.even(made.x, made.subjects)), made.y)
    draw_features(told.labels, real, features, title, out / FILES[3])


def _show(appraisal: Appraisal, warned: list[Finding], quick: bool) -> None:
    head, *rows = appraisal.table()
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    lines = [f"warning, in training: {finding}" for finding in warned]
    lines += [f"warning: {finding}" for finding in appraisal.findings]
    if appraisal.asked > appraisal.made.made:
        lines.append(f"{appraisal.made.made} of {appraisal.asked} windows: for the others nothing was recognised")
    if quick:
        lines.append("--quick: a size for tests; these windows mean nothing")
    for line in lines:
        console.print(line, style="bold", soft_wrap=True)


def _command(order: Order) -> str:
    words = ["palmaris", *sys.argv[1:]] if sys.argv[1:2] == ["augment"] else ["palmaris", "augment"]
    return " ".join({str(order.data): "FOLDER", str(order.out): "OUT"}.get(word, word) for word in words)
