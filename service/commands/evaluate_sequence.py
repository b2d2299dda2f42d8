"""``palmaris evaluate`` with a model of text or gesture events: its errors on recordings of typing or gestures."""

import json
import sys
from collections.abc import Sequence as Many
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.datasets import simulated_sequences
from models.datasets.sequence_sets import Division, sequence_set
from models.datasets.sequences import Sequence
from models.errors import DatasetError, ModelMismatch
from models.pipeline.symbols import CLASS_OF, SYMBOLS
from models.sequence_runtime import SequenceModel
from models.spec import Kind, ModelSpec
from models.training.evaluate_sequence import score_events, score_text
from models.training.wrist_speeds import score_speeds
from service.commands.evaluate import Chosen

Figures = dict[str, float | int]


def run(
    model: SequenceModel, source: str, data: Path, chosen: Chosen, split: Path | None = None, as_json: bool = False
) -> None:
    """Score it on those recordings; of a public data set, on those that its makers test on.

    Raises:
        DatasetError: there are no such recordings, or they do not fit the model.
        ModelMismatch: the model does not know all keys of a keyboard.
    """
    recordings = _recordings(source, data, chosen, split)
    _require_fit(model.spec, recordings)
    found = figures(model, recordings)
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        Console().print(_table(model, recordings, found))


def figures(model: SequenceModel, recordings: Many[Sequence]) -> Figures:
    """Scores over all recordings. Raises ``ModelMismatch`` for a model of text that does not know all keys."""
    if model.spec.kind == "events":
        return asdict(score_events(model, recordings))
    if model.spec.kind == "control":
        return score_speeds(model, recordings)._asdict()
    if (labels := model.spec.require_sequence().labels) != SYMBOLS:
        raise ModelMismatch(
            f"model {model.spec.name} answers with {len(labels)} symbols only: choose one that knows the whole "
            "keyboard, as those of palmaris train sequence do"
        )
    errors = score_text(model, recordings)
    return {"cer": errors.cer, **asdict(errors)}


def shown(found: Figures) -> dict[str, str]:
    """Names and values for people."""
    if "cer" not in found:
        unit = ", degrees/s" if "mean_absolute_error" in found else ""
        return {name.replace("_", " ") + unit: f"{value:.3f}" for name, value in found.items()}
    count = found["symbols"]
    kinds = ("insertions", "deletions", "substitutions") if count else ()
    return {
        "character error rate, greedy": f"{100 * found['cer']:.2f} %",
        **{kind: f"{100 * found[kind] / count:.2f} %" for kind in kinds},
        "symbols": str(count),
    }


def _recordings(source: str, data: Path, chosen: Chosen, split: Path | None) -> list[Sequence]:
    if chosen.numbers:
        raise DatasetError("recordings of text and of events are not cut into trials: choose by --sessions")
    entry = sequence_set(source)
    everything = simulated_sequences.load(data) if entry.simulated else entry.load(data, Division(split=split)).test
    recordings = [
        one
        for one in everything
        if (not chosen.subjects or one.user in chosen.subjects)
        and (not chosen.sessions or one.session in chosen.sessions)
    ]
    if not recordings:
        there = ", ".join(sorted({f"{one.user} in {one.session}" for one in everything})) or "none"
        raise DatasetError(f"no recordings of these people and sessions: there are {there}")
    return recordings


def _require_fit(spec: ModelSpec, recordings: Many[Sequence]) -> None:
    first = recordings[0]
    has, wants = (first.signal.shape[1], first.rate_hz), (spec.channels, spec.rate_hz)
    if has != wants:
        told = [f"{channels} channels at {rate_hz:g} Hz" for channels, rate_hz in (has, wants)]
        raise DatasetError(
            f"the recordings have {told[0]}, model {spec.name} wants {told[1]}: choose others, or simulate"
        )
    if any(_kind_of(key) != spec.kind for one in recordings for key in one.keys):
        raise DatasetError(
            f"the recordings are not of what a model of kind {spec.kind} answers: choose another data set"
        )


def _kind_of(key: str) -> Kind:
    """The kind of the models that answer with such a key: a sign, an angle of the wrist, or an event."""
    if key in CLASS_OF:
        return "sequence"
    return "control" if key.removeprefix("-").replace(".", "").isdecimal() else "events"


def _table(model: SequenceModel, recordings: Many[Sequence], found: Figures) -> Table:
    spec, seconds = model.spec, sum(one.seconds for one in recordings)
    table = Table(title=f"{spec.name}{', simulated' if spec.simulated else ''}")
    table.add_column(f"{len(recordings)} recordings, {seconds:.0f} s")
    table.add_column("", justify="right")
    for name, value in shown(found).items():
        table.add_row(name, value)
    return table
