import numpy as np
import pytest

from models.augmentation.appraisal import Appraisal
from models.augmentation.data_card import Story, write_card
from models.augmentation.judges import Rarity, Verdict
from models.augmentation.signatures import Finding, Signature
from models.augmentation.synthetic import Provenance, Synthetic

VERDICT = Verdict("task encoder, 6 features", 40, 9, 1.25, 0.5, 5, 1.1, 20, Rarity(0.25, 2.0))
FINDING = Finding(Signature.IGNORED, "34% of the windows")
STORY = Story("flexemg", "GNU GPL v3", "palmaris augment --data FOLDER", {"Drawn": "DDIM, 50 steps"}, [])


@pytest.fixture
def card(tmp_path):
    def write(findings=(), asked=9, story=STORY, simulated=False) -> str:
        seen = (("S1", "1", "fist", 1), ("S2", "1", "rest", 3))
        told = Provenance("ab" * 32, "SRG", 7, seen, ("fist", "rest"), 1000.0, simulated, "2026-01-31", "1234567")
        made = Synthetic(
            np.zeros((9, 64, 2), np.float32), np.array([0] * 5 + [1] * 4), np.arange(9), np.array(["S1"] * 9), told
        )
        write_card(tmp_path / "card.md", made, Appraisal(VERDICT, VERDICT, 0.5, 0.75, findings, asked), story)
        return (tmp_path / "card.md").read_text()

    return write


def test_it_says_what_made_the_windows_and_from_what(card):
    text = card()
    for line in (
        "# 9 generated windows",
        "never to stop, validate or test a model",
        "| Learned from | 2 trials, numbers 1, 3, of S1, S2 |",
        "| Per gesture | fist 5, rest 4 |",
        "| Conditions | SRG |",
        "| Drawn | DDIM, 50 steps |",
        f"| Generator | SHA-256 {'ab' * 32} |",
        "| Made | 2026-01-31, on commit 1234567 |",
        "    palmaris augment --data FOLDER\n",
    ):
        assert line in text
    assert "Simulated" not in text


def test_it_says_how_good_they_are_beside_real_ones(card):
    text = card()
    assert "| generated | 1.250 | 0.500 | 1.100 | 2.000 | 0.250 | 0.500 |" in text
    assert "| real windows instead | 1.250 | 0.500 | 1.100 | 2.000 | 0.250 | 0.750 |" in text
    assert "AvgKNN (k 5), LOF (k 20)" in text


def test_warnings_are_told_by_name(card):
    assert card().split("## Warnings\n\n")[1].startswith("None.")
    told = Story(STORY.data, STORY.licence, STORY.command, STORY.settings, [Finding(Signature.COLLAPSED, "of fist")])
    text = card((FINDING,), 12, told)
    assert "- in training, collapsed-covariance: of fist" in text
    assert "- condition-ignored: 34% of the windows" in text
    assert "- 3 of 12 windows are missing" in text


def test_simulated_ones_are_marked(card):
    assert "**Simulated: learned from simulated users; nothing here says anything about people.**" in card(
        simulated=True
    )
