import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from models.cards import HEADLINE, SMOOTHED, STRANGERS, CardScores, card_scores
from models.runtime import load_model
from models.spec import FilterSpec
from models.training.card import NO_REST, Story, filter_in_words, write_card
from models.training.evaluate import evaluate


@pytest.fixture
def easy_model(easy_model, tmp_path):
    """A copy, so that the published card stays as it is."""
    return Path(shutil.copytree(easy_model.parent, tmp_path / "copy")) / easy_model.name


@pytest.fixture(scope="module")
def story():
    return Story(
        "three gestures of noise", "none needed", "Trials 1 and 2 of others.", {"Epochs": "7"}, ("palmaris x",)
    )


@pytest.fixture
def evaluation(easy_model, synthetic_trials):
    return evaluate(load_model(str(easy_model)), synthetic_trials(subjects=3))


def test_the_card_says_what_the_model_and_its_scores_say(easy_model, evaluation, story):
    text = write_card(easy_model, evaluation, story).read_text()
    assert text.startswith("# easy\n")
    assert "2 channels of surface EMG in microvolts at 1000 Hz, one answer every 25 ms from the last 250 ms" in text
    assert f"| {HEADLINE} | {evaluation.macro_f1:.3f} |" in text
    assert f"| {SMOOTHED} | {evaluation.smoothed_macro_f1:.3f} |" in text
    assert f"| 2 | {evaluation.subjects['2'].macro_f1:.3f} |" in text
    assert f"{easy_model.stat().st_size:,} bytes frozen" in text
    assert load_model(str(easy_model)).encoder.fingerprint in text
    for fact in ("three gestures of noise", "none needed", "| Epochs | 7 |", "    palmaris x", "order 4, 50 Hz notch"):
        assert fact in text


def test_every_row_of_a_table_has_the_columns_of_its_head(easy_model, evaluation, story):
    text = write_card(easy_model, evaluation, story).read_text()
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(tables) == 4
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_strangers_are_scored_apart(easy_model, evaluation, story, synthetic_trials):
    strangers = evaluate(load_model(str(easy_model)), synthetic_trials(subjects=4)[-12:])
    text = write_card(easy_model, evaluation, replace(story, strangers=strangers)).read_text()
    assert f"| {STRANGERS} | {strangers.macro_f1:.3f} (2 people) |" in text
    assert STRANGERS not in write_card(easy_model, evaluation, story).read_text()


def test_the_scores_are_read_from_the_card_as_they_were_written(easy_model, evaluation, story, synthetic_trials):
    strangers = evaluate(load_model(str(easy_model)), synthetic_trials(subjects=4)[-12:])
    card = write_card(easy_model, evaluation, replace(story, strangers=strangers)).read_text()
    worst = evaluation.subjects[evaluation.worst].macro_f1
    assert card_scores(card) == CardScores(
        macro_f1=round(evaluation.macro_f1, 3),
        smoothed_macro_f1=round(evaluation.smoothed_macro_f1, 3),
        accuracy=round(evaluation.accuracy, 3),
        worst_subject=evaluation.worst,
        worst_macro_f1=round(worst, 3),
        strangers_macro_f1=round(strangers.macro_f1, 3),
        strangers=2,
    )
    without = card_scores(write_card(easy_model, evaluation, story).read_text())
    assert without is not None
    assert without.strangers_macro_f1 is None
    assert card_scores("# mine\n\nIt works well.\n") is None


def test_only_a_model_without_rest_warns_of_it(easy_model, evaluation, story):
    assert NO_REST not in write_card(easy_model, evaluation, story).read_text()


def test_a_model_of_simulated_users_says_so(easy_model, evaluation, story):
    assert "**Simulated: trained on simulated users" in write_card(easy_model, evaluation, story).read_text()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (FilterSpec(), "causal Butterworth from 20 to 450 Hz, order 4, 50 Hz notch"),
        (
            FilterSpec(high_hz=None, mains_hz=None, stop_hz=(55, 65)),
            "causal Butterworth from 20 Hz, order 4, 55-65 Hz band-stop",
        ),
        (FilterSpec(low_hz=None, high_hz=None, mains_hz=None, stop_hz=(45, 55)), "causal 45-55 Hz band-stop"),
    ],
)
def test_a_filter_is_said_in_words(spec, words):
    assert filter_in_words(spec) == words
