"""The data card of a generated set: what made it, from what, how good it is, and what it must not be used for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.augmentation.appraisal import LEARNER, Appraisal
from models.augmentation.signatures import Finding
from models.augmentation.synthetic import Synthetic


@dataclass(frozen=True, slots=True)
class Story:
    """What a card says beside what set and appraisal say themselves."""

    data: str
    licence: str
    """Of the recordings."""
    command: str
    settings: Mapping[str, str]
    """How the generator was trained, in the order to print."""
    warned: Sequence[Finding]
    """In training."""


def write_card(file: Path, synthetic: Synthetic, appraisal: Appraisal, story: Story) -> None:
    """Write it as Markdown."""
    parts = [_title(synthetic), _facts(synthetic, story), _judged(appraisal), _warnings(appraisal, story)]
    file.write_text("\n\n".join([*parts, f"## Made with\n\n    {story.command}"]) + "\n", encoding="utf-8")


def _title(synthetic: Synthetic) -> str:
    simulated = (
        "\n\n**Simulated: learned from simulated users; nothing here says anything about people.**"
        if synthetic.provenance.simulated
        else ""
    )
    return (
        f"# {len(synthetic)} generated windows\n\nNobody made these movements: a network drew them. They are only to "
        f"be learned from, never to stop, validate or test a model.{simulated}"
    )


def _facts(synthetic: Synthetic, story: Story) -> str:
    told, (_, length, channels) = synthetic.provenance, synthetic.x.shape
    counts = np.bincount(synthetic.y, minlength=len(told.labels))
    people = sorted({subject for subject, *_ in told.trials})
    numbers = sorted({number for *_, number in told.trials})
    facts = {
        "Data": story.data,
        "Licence of the recordings": story.licence,
        "Learned from": f"{len(told.trials)} trials, numbers {', '.join(map(str, numbers))}, of {', '.join(people)}",
        "Windows": f"{length} samples x {channels} channels at {told.rate_hz:g} Hz, filtered microvolts",
        "Per gesture": ", ".join(f"{label} {count}" for label, count in zip(told.labels, counts, strict=True)),
        "Conditions": told.rung,
        **story.settings,
        "Seed": str(told.seed),
        "Generator": f"SHA-256 {told.generator}",
        "Made": f"{told.date}, on commit {told.commit}",
    }
    return _table([("", ""), *facts.items()])


def _judged(appraisal: Appraisal) -> str:
    made = appraisal.made
    return (
        f"## Judged\n\n{_table(appraisal.table())}\n\nFID, AvgKNN (k {made.k_nearest}), LOF (k {made.k_outlier}), "
        f"rarity, and the share outside all spheres: {made.made} generated windows among the {made.real} real ones "
        f"that the generator has learned from, in the features of its {made.layer}. Real windows instead: those of "
        f"later trials among those of earlier ones. CAS: accuracy of {LEARNER} on trials that nothing has seen, after "
        "learning from these windows alone. Figures of other encoders or counts are not comparable."
    )


def _warnings(appraisal: Appraisal, story: Story) -> str:
    missing = appraisal.asked - appraisal.made.made
    short = [f"{missing} of {appraisal.asked} windows are missing: no condition, or not recognised"] if missing else []
    found = [f"in training, {finding}" for finding in story.warned] + [str(finding) for finding in appraisal.findings]
    return "## Warnings\n\n" + ("\n".join(f"- {told}" for told in (*found, *short)) or "None.")


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rest))
