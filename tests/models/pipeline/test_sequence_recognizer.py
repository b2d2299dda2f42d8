"""Live answers of models that remember, against the network and the decoders by themselves."""

from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelMismatch
from models.pipeline.ctc import GreedyText
from models.pipeline.event_decoder import EventDecoder
from models.pipeline.sequence_recognizer import (
    Movement,
    NoticedEvent,
    ReadEvents,
    ReadText,
    SequenceRecognizer,
    Told,
    TypedText,
    load_sequence_recognizer,
)
from models.pipeline.sequence_stream import answer_whole
from models.pipeline.symbols import BLANK, CLASS_OF
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec

SAMPLES = (30 * np.random.default_rng(0).standard_normal((6000, 16))).astype(np.float32)
"""Three seconds of noise: a network whose weights were drawn says something of it, too."""
Answers = list[Told]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> SequenceModel:
    return SequenceModel(tiny_sequence_model.write("gru", tmp_path_factory.mktemp("text")))


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> SequenceModel:
    return SequenceModel(tiny_sequence_model.write_lively_events(tmp_path_factory.mktemp("events")))


@pytest.fixture(scope="module")
def wrist(tmp_path_factory: pytest.TempPathFactory) -> SequenceModel:
    return SequenceModel(tiny_sequence_model.write("wrist", tmp_path_factory.mktemp("wrist")))


def recognizer(model: SequenceModel) -> SequenceRecognizer:
    if model.spec.kind == "sequence":
        return SequenceRecognizer(model, ReadText(model.spec, GreedyText()))
    return load_sequence_recognizer(model)


def heard(of: SequenceRecognizer, samples: np.ndarray, cuts: list[int], first: int = 0) -> Answers:
    parts = np.split(samples, sorted(cuts))
    starts = first + np.cumsum([0, *map(len, parts)])
    return [answer for part, start in zip(parts, starts.tolist(), strict=False) for answer in of.feed(part, start)]


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, 6000), max_size=40), kind=st.sampled_from(["text", "events", "wrist"]))
def test_any_chunking_gives_the_same_answers(
    text: SequenceModel, events: SequenceModel, wrist: SequenceModel, cuts: list[int], kind: str
) -> None:
    model = {"text": text, "events": events, "wrist": wrist}[kind]
    assert heard(recognizer(model), SAMPLES, cuts) == heard(recognizer(model), SAMPLES, [])


def test_text_is_what_the_decoder_makes_of_the_whole(text: SequenceModel) -> None:
    answers = answer_whole(text, SAMPLES)
    frames = np.full((len(answers), BLANK + 1), -np.inf, np.float32)
    frames[:, [CLASS_OF[label] for label in tiny_sequence_model.LABELS] + [BLANK]] = answers
    whole = GreedyText().feed(frames)
    found = heard(recognizer(text), SAMPLES, [])
    assert whole.stable
    said = "".join(answer.stable for answer in found if isinstance(answer, TypedText))
    assert whole.stable.startswith(said)
    assert whole.settled - len(said) <= 2  # the last step is not full
    assert [answer.index for answer in found] == sorted({answer.index for answer in found})


def test_events_carry_the_sample_that_they_rest_on() -> None:
    spec = _spec("events")
    rises = np.zeros((100, 3), np.float32)
    rises[10:, 0] = rises[40:, 1] = 0.9
    reading = ReadEvents(spec)
    last = spec.window + 99 * spec.hop - 1
    pieces = [rises[:37], rises[37:]]
    found = [
        event
        for piece, frames in zip(pieces, (37, 100), strict=True)
        for event in reading.feed(piece, last - (100 - frames) * spec.hop)
    ]
    assert [(event.label, event.index) for event in found] == [
        ("index_press", spec.window + 10 * spec.hop - 1),
        ("index_release", spec.window + 40 * spec.hop - 1),
    ]
    assert [event.pressed for event in found] == [("index",), ()]
    assert [event.frame for event in EventDecoder(tiny_sequence_model.EVENTS, 200).feed(rises)] == [10, 40]


def test_a_gap_lets_go_what_is_pressed_and_forgets() -> None:
    reading, press = ReadEvents(_spec("events")), np.zeros((5, 3), np.float32)
    press[2:, 0] = 0.8
    assert [event.label for event in reading.feed(press, 1000)] == ["index_press"]
    [release] = reading.finish(1000)
    assert release == NoticedEvent(1000, "index_release", "release", 0.0, ())
    assert [event.label for event in reading.feed(press, 2000)] == ["index_press"]


def test_a_gap_makes_the_tail_final_and_counts_on(text: SequenceModel) -> None:
    from models.pipeline.ctc import BeamText

    reading = ReadText(text.spec, BeamText(bonus=0.0))
    unsure = np.log(np.array([[0.5, 0.1, 0.1, 0.3]] * 2 + [[0.01, 0.01, 0.01, 0.97]], np.float32))
    [open_] = reading.feed(unsure, 500)
    assert (open_.stable, open_.tail, open_.settled) == ("", "a", 0)
    [final] = reading.finish(600)
    assert (final.index, final.stable, final.tail, final.settled) == (600, "a", "", 1)
    [again] = reading.feed(unsure, 900)
    assert (again.tail, again.settled) == ("a", 1)
    assert list(reading.feed(unsure[2:], 916)) == []  # nothing changed


@pytest.mark.parametrize("kind", ["text", "events"])
def test_after_a_gap_it_answers_as_if_it_had_just_begun(text: SequenceModel, events: SequenceModel, kind: str) -> None:
    model = text if kind == "text" else events
    holed = SAMPLES.copy()
    holed[2500] = np.nan
    of = recognizer(model)
    before, after = heard(of, holed[:2501], []), heard(of, holed[2501:], [700], first=2501)
    assert before == heard(recognizer(model), SAMPLES[:2500], [])
    assert of.gaps == 1
    fresh = heard(recognizer(model), SAMPLES[2501:], [])
    alike = [_from_start(answer, 2501) for answer in after if answer.index >= 2501]
    assert len(fresh) > 5
    assert alike[-len(fresh) :] == [_from_start(answer, 0) for answer in fresh]


def test_a_jump_in_the_index_is_a_gap(text: SequenceModel) -> None:
    of = recognizer(text)
    list(of.feed(SAMPLES[:1000], 0))
    list(of.feed(SAMPLES[1000:2000], 1000))
    assert of.gaps == 0
    list(of.feed(SAMPLES[2001:3000], 2001))
    assert of.gaps == 1
    of.arrange(None)
    list(of.feed(SAMPLES[3000:], 3000))
    assert of.gaps == 2


def test_one_that_reads_to_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="cannot follow a live stream"):
        load_sequence_recognizer(SequenceModel(tiny_sequence_model.write("offline", tmp_path)))


def test_speeds_are_what_the_network_says_of_the_whole_and_begin_anew_after_a_gap(wrist: SequenceModel) -> None:
    whole, window = answer_whole(wrist, SAMPLES[:3000]), wrist.spec.window
    of = recognizer(wrist)
    found = [answer for answer in of.feed(SAMPLES[:3000], 0) if isinstance(answer, Movement)]
    assert [answer.index for answer in found] == list(range(window - 1, 3000, 40))
    np.testing.assert_allclose([answer.speeds for answer in found], whole, atol=1e-4)
    after = [answer for answer in of.feed(SAMPLES[:3000], 5000) if isinstance(answer, Movement)]
    assert [answer.index - 5000 for answer in after] == [answer.index for answer in found]
    assert [answer.speeds for answer in after] == [answer.speeds for answer in found]


def test_symbols_that_nobody_types_are_refused(text: SequenceModel) -> None:
    says = text.spec.require_sequence().model_copy(update={"labels": ("a", "b", "ü")})
    with pytest.raises(ModelMismatch, match="'ü', which is no key"):
        ReadText(text.spec.model_copy(update={"sequence": says}), GreedyText())


def test_another_number_of_channels_is_refused(text: SequenceModel) -> None:
    with pytest.raises(ValueError, match="16 channels were promised"):
        list(recognizer(text).feed(SAMPLES[:, :8], 0))


def _spec(name: str) -> ModelSpec:
    return tiny_sequence_model.build(name)[1]


def _from_start(answer: TypedText | NoticedEvent, start: int) -> tuple[object, ...]:
    if isinstance(answer, TypedText):
        return answer.index - start, answer.stable, answer.tail
    return answer.index - start, answer.label, answer.kind, answer.score
