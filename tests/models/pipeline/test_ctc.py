from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipeline.ctc import BeamText, GreedyText
from models.pipeline.symbols import BACKSPACE, BLANK, CLASS_OF, classes, on_screen
from models.training.train_ngram import train_ngram

FEW = [CLASS_OF["a"], CLASS_OF["b"], CLASS_OF[BACKSPACE], BLANK]
"""Small enough to try everything."""
MODEL = train_ngram(["abab abba", "baab"], 3)


def frames_of(rng, count, likely=FEW, sharp=2.0):
    """(frame, class) log-probabilities, in which only a few classes are possible."""
    values = np.full((count, BLANK + 1), -np.inf)
    values[:, likely] = sharp * rng.normal(size=(count, len(likely)))
    return (values - np.logaddexp.reduce(values, axis=1, keepdims=True)).astype(np.float32)


def cut(frames, sizes):
    """The frames in pieces of these sizes, and the rest."""
    edges = np.minimum(np.cumsum(sizes, dtype=int), len(frames))
    return np.split(frames, edges)


def collapsed(path):
    return tuple(number for number, _ in groupby(path) if number != BLANK)


def read(decoder, parts):
    """All updates."""
    return [decoder.feed(part) for part in parts]


def said(updates):
    return "".join(update.stable for update in updates) + updates[-1].tail


def price(text, weight, bonus):
    """What the language model adds to a text, from its definition: it reads what is left on the screen."""
    left = []
    for symbol in text:
        if symbol == BACKSPACE:
            del left[-1:]
        else:
            before = "".join(key for key, _ in left)
            left.append((symbol, weight * float(MODEL.scores(before)[CLASS_OF[symbol]]) + bonus))
    return sum(cost for _, cost in left)


def exhaustive(frames, weight=0.0, bonus=0.0):
    """Text -> logarithm of how likely it is, over all alignments."""
    found = {}
    for path in product(FEW, repeat=len(frames)):
        text = collapsed(path)
        score = sum(float(frame[number]) for frame, number in zip(frames, path, strict=True))
        found[text] = np.logaddexp(found.get(text, -np.inf), score)
    texts = {"".join("ab⌫"[FEW.index(number)] for number in text): score for text, score in found.items()}
    return {text: score + price(text, weight, bonus) for text, score in texts.items()}


seeds = st.integers(0, 10_000)
sizes = st.lists(st.integers(0, 7), max_size=12)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 6), sizes)
def test_wide_beams_are_exhaustive_search(seed, count, sizes):
    frames = frames_of(np.random.default_rng(seed), count)
    decoder = BeamText(beams=10_000)
    stable = "".join(update.stable for update in read(decoder, cut(frames, sizes)))
    found = {stable + tail: score for tail, score in decoder.candidates()}
    truth = exhaustive(frames)
    assert found.keys() == truth.keys()
    assert all(found[text] == pytest.approx(score, abs=1e-4) for text, score in truth.items())


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 6), sizes)
def test_wide_beams_are_exhaustive_search_with_a_language_model(seed, count, sizes):
    frames = frames_of(np.random.default_rng(seed), count)
    decoder = BeamText(MODEL, beams=10_000, weight=0.8, bonus=1.5)
    stable = "".join(update.stable for update in read(decoder, cut(frames, sizes)))
    found = {stable + tail: score for tail, score in decoder.candidates()}
    truth = exhaustive(frames, 0.8, 1.5)
    assert found.keys() == truth.keys()
    assert all(found[text] == pytest.approx(score, abs=1e-3) for text, score in truth.items())


@given(seeds, st.integers(0, 60), sizes)
def test_greedy_is_the_best_path(seed, count, sizes):
    frames = frames_of(np.random.default_rng(seed), count)
    updates = read(GreedyText(), cut(frames, sizes))
    path = [int(number) for number in frames.argmax(axis=1)]
    assert tuple(classes(said(updates))) == collapsed(path)
    assert updates[-1].settled == len(said(updates))


@settings(max_examples=20, deadline=None)
@given(seeds, sizes, sizes, st.sampled_from([None, MODEL]))
def test_any_chunking_gives_the_same(seed, one, other, model):
    frames = frames_of(np.random.default_rng(seed), 40, range(BLANK + 1))
    decoders = BeamText(model, beams=20), BeamText(model, beams=20)
    firsts, seconds = (read(decoder, cut(frames, sizes)) for decoder, sizes in zip(decoders, (one, other), strict=True))
    assert "".join(update.stable for update in firsts) == "".join(update.stable for update in seconds)
    assert (firsts[-1].tail, firsts[-1].settled) == (seconds[-1].tail, seconds[-1].settled)
    assert decoders[0].candidates() == decoders[1].candidates()


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([None, MODEL]))
def test_what_is_stable_is_never_taken_back(seed, model):
    """Whatever comes after, the text goes on as it was settled; and all beams agree on it when it is."""
    frames = frames_of(np.random.default_rng(seed), 60, sharp=3.0)
    decoder, stable = BeamText(model, beams=8), ""
    for frame in frames:
        update = decoder.feed(frame[None])
        stable += update.stable
        tails = [tail for tail, _ in decoder.candidates()]
        assert update.settled == len(stable)
        assert update.tail == tails[0]
        assert len(set(tails)) == len(tails) <= 8
        assert not any(tails) or len({tail[:1] for tail in tails}) > 1
    last = decoder.finish()
    assert said([*read(BeamText(model, beams=8), [frames])]) == stable + last.stable


def spelled(text, sure=0.9):
    """Frames that say a text with a blank after each symbol."""
    path = [number for symbol in classes(text) for number in (symbol, BLANK)]
    rest = (1 - sure) / BLANK
    frames = np.full((len(path), BLANK + 1), np.log(rest), np.float32)
    frames[np.arange(len(path)), path] = np.log(sure)
    return frames


def test_beams_read_what_is_spelled_and_settle_it():
    updates = read(BeamText(), np.split(spelled("hello  world" * 20), 60))
    assert said(updates) == "hello  world" * 20
    assert updates[-1].settled > 200


def test_a_language_model_chooses_between_alike_symbols():
    frames = spelled("the hat")
    frames[2, CLASS_OF["n"]], frames[2, CLASS_OF["h"]] = np.log(0.5), np.log(0.4)  # tne?
    model = train_ngram(["the hat that the cat sat on"] * 3, 4)
    assert said([BeamText().feed(frames)]) == "tne hat"
    assert said([BeamText(model).feed(frames)]) == "the hat"


def test_a_language_model_reads_over_what_was_taken_back():
    """After 'thx⌫' it expects what follows 'th'."""
    frames = np.concatenate([spelled(f"thx{BACKSPACE}", 0.999), spelled("e", 0.3)])
    frames[-2, CLASS_OF["q"]] = np.log(0.35)
    model = train_ngram(["the then there them"] * 3, 4)
    assert on_screen(said([BeamText().feed(frames)])) == "thq"
    assert on_screen(said([BeamText(model).feed(frames)])) == "the"


def test_what_is_finished_is_stable_and_goes_on():
    decoder = BeamText()
    before = decoder.feed(spelled("ab", 0.5))
    after = decoder.finish()
    assert before.stable + after.stable == "ab"
    assert (after.tail, after.settled) == ("", 2)
    assert said([decoder.feed(spelled("c", 0.99)), decoder.finish()]) == "c"
    decoder.reset()
    assert said([decoder.feed(spelled("d", 0.99))]) == "d"


def test_a_tail_does_not_grow_without_end():
    """Two texts that stay as likely for ever: the likelier beginning is settled before the tail is too long."""
    frames = spelled("ab" * 100, 0.999)
    frames[0, [CLASS_OF["a"], CLASS_OF["c"]]] = np.log(0.4999), np.log(0.4995)
    decoder = BeamText(beams=10)
    updates = read(decoder, np.split(frames, len(frames)))
    assert max(len(update.tail) for update in updates) == 16
    assert said(updates) == "ab" * 100


@pytest.mark.parametrize("decoder", [GreedyText(), BeamText()])
def test_frames_of_other_classes_or_without_numbers_are_refused(decoder):
    with pytest.raises(ValueError, match=r"must be \(frame, 99\)"):
        decoder.feed(np.zeros((2, 98), np.float32))
    with pytest.raises(ValueError, match="not numbers"):
        decoder.feed(np.full((1, 99), np.nan, np.float32))
    assert decoder.feed(np.zeros((0, 99), np.float32)).settled == 0
