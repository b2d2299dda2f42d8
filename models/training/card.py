"""Model cards, written from facts and scores, never by hand."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import torch

from models.cards import ACCURACY, HEADLINE, SMOOTHED, STRANGERS, WORST
from models.runtime import HEAD_SUFFIX, Model, load_model
from models.spec import REST, FilterSpec
from models.training.evaluate import Evaluation
from models.training.metrics import Scores

BASELINE: Final = "Macro-F1 of time-domain features and LDA, windows of 250 ms, on the same trials"
NO_REST: Final = "It knows no rest: the data has none, so a relaxed hand is given some gesture too."


@dataclass(frozen=True, slots=True)
class Story:
    """What a card says beside what the model and its evaluation say themselves."""

    data: str
    licence: str
    """Of the recordings."""
    split: str
    """Which trials were scored, and what they were used for before: nothing."""
    training: Mapping[str, str]
    """``TrainedModel.facts``."""
    commands: tuple[str, ...]
    """That train the model and print its scores."""
    strangers: Evaluation | None = None
    """Scores for people that it has learned nothing from."""
    baseline: Scores | None = None
    """Scores of time-domain features and a linear discriminant on the same trials."""


def write_card(model_file: Path, evaluation: Evaluation, story: Story) -> Path:
    """Write ``NAME.md`` beside ``NAME.onnx``; returns its path."""
    model = load_model(str(model_file))
    parts = [_title(model), _facts(model, model_file, story), _scores(evaluation, story), _how(story)]
    card = model_file.with_suffix(".md")
    card.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return card


def _title(model: Model) -> str:
    spec = model.spec
    warning = (
        "\n\n**Simulated: trained on simulated users; its scores say nothing about people.**" if spec.simulated else ""
    )
    voted = (
        ""
        if spec.images is None
        else (
            f", an average over {spec.window // spec.images.step} images of {spec.images.shape[0]} x "
            f"{spec.images.shape[1]} electrodes"
        )
    )
    restless = "" if REST in model.head.spec.labels else f"\n\n{NO_REST}"
    return (
        f"# {spec.name}\n\nGestures of the hand from {spec.channels} channels of surface EMG in microvolts at "
        f"{spec.rate_hz:g} Hz, one answer every {spec.hop_ms:g} ms from the last {spec.window_ms:g} ms{voted}. "
        f"Research only, not a medical device.{warning}{restless}"
    )


def _facts(model: Model, file: Path, story: Story) -> str:
    head = file.with_name(file.stem + HEAD_SUFFIX)
    rows = {
        "Gestures": ", ".join(model.head.spec.labels),
        "Filter": filter_in_words(model.spec.filters),
        "Data": story.data,
        "Licence of the data": story.licence,
        **story.training,
        "Size": f"{file.stat().st_size:,} bytes frozen, {head.stat().st_size:,} bytes head",
        "SHA-256 of the frozen graph": model.encoder.fingerprint,
        "Made": f"{datetime.now(UTC):%Y-%m-%d}, on commit {_commit()}, torch {torch.__version__}",
    }
    return "## Facts\n\n" + _table(("", ""), list(rows.items()))


def filter_in_words(spec: FilterSpec) -> str:
    """As "causal Butterworth from 20 to 450 Hz, order 4, 50 Hz notch"."""
    cuts = {"from": spec.low_hz, "to": spec.high_hz}
    band = " ".join(f"{word} {hz:g}" for word, hz in cuts.items() if hz is not None)
    parts = [f"Butterworth {band} Hz, order {spec.order}"] if band else []
    parts += [f"{spec.mains_hz:g} Hz notch"] if spec.mains_hz is not None else []
    parts += ["{:g}-{:g} Hz band-stop".format(*spec.stop_hz)] if spec.stop_hz is not None else []
    return "causal " + ", ".join(parts)


def _scores(evaluation: Evaluation, story: Story) -> str:
    protocol = evaluation.protocol
    worst = evaluation.worst
    summary = {
        HEADLINE: f"{evaluation.macro_f1:.3f}",
        SMOOTHED: f"{evaluation.smoothed_macro_f1:.3f}",
        ACCURACY: f"{evaluation.accuracy:.3f}",
        WORST: f"{worst} {evaluation.subjects[worst].macro_f1:.3f}",
    }
    if evaluation.image_accuracy is not None:
        summary["Accuracy of a single image, mean over subjects"] = f"{evaluation.image_accuracy:.3f}"
    if story.baseline is not None:
        beside = story.baseline
        summary[BASELINE] = f"{beside.macro_f1:.3f}, accuracy {beside.accuracy:.3f}"
    if story.strangers is not None:
        summary[STRANGERS] = f"{story.strangers.macro_f1:.3f} ({len(story.strangers.subjects)} people)"
    return "\n\n".join(
        [
            f"## Scores\n\n{story.split} {evaluation.windows} windows of {evaluation.trials} trials, one every "
            f"{1000 * protocol.hop_s:g} ms, those that start in the first {protocol.skip_s:g} s of a trial not "
            f"scored; run through the live path and ONNX Runtime. Smoothed: log-probabilities averaged over the last "
            f"{protocol.smoothing} answers.",
            _table(("Score", "Value"), list(summary.items())),
            _by_subject(evaluation),
            _by_gesture(evaluation),
        ]
    )


def _by_subject(evaluation: Evaluation) -> str:
    rows = [
        (subject, f"{scores.macro_f1:.3f}", f"{evaluation.smoothed[subject].macro_f1:.3f}", f"{scores.accuracy:.3f}")
        for subject, scores in evaluation.subjects.items()
    ]
    return _table(("Subject", "Macro-F1", "Macro-F1 smoothed", "Accuracy"), rows)


def _by_gesture(evaluation: Evaluation) -> str:
    """Recall and confusion over all subjects' windows."""
    pooled = evaluation.pooled
    rows = [
        (label, f"{recall:.3f}", *map(str, answers))
        for label, recall, answers in zip(evaluation.labels, pooled.recall, pooled.confusion, strict=True)
    ]
    return _table(("True \\ answer", "Recall", *evaluation.labels), rows)


def _how(story: Story) -> str:
    return "## Made with\n\n" + "\n".join(f"    {command}" for command in story.commands)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _commit() -> str:
    """The commit of the code, or that it is unknown."""
    command = ("git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD")
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown (not a git checkout)"
