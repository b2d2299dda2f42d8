"""The simulated user who types or makes events: a truth that fits its signal, the same for every reader."""

import time
from functools import cache
from itertools import islice, pairwise, repeat, takewhile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from drivers.errors import SourceUnknown
from drivers.registry import open_source
from drivers.simulation.acts import FALL_S, RISE_S, Act, Drive, Pull, Word
from drivers.simulation.finger_events import EVENTS, GESTURES, EventMaker
from drivers.simulation.fingers import MOVES, PARTS, skills
from drivers.simulation.keyboard import BACKSPACE, ENTER, SHIFT, SPACE, Keyboard, keys_of
from drivers.simulation.sentences import sentences
from drivers.simulation.typist import Typist
from drivers.simulator import Session
from drivers.source import Performer

HZ = 2000
SECONDS = 15.0
TYPING = "sim://wristband?user=3&text=sentences"
BOTH = f"{TYPING}&bands=2"
BENDING = "sim://wristband?user=3&wrist=random"
FAST = f"{TYPING}&wpm=60"
EVENTFUL = "sim://wristband?user=3&events=all"


@cache
def recording(uri=TYPING, seconds=SECONDS):
    return open_source(uri).record(seconds)


def words(uri, seconds=SECONDS):
    return [marker.text for marker in recording(uri, seconds).markers]


def loudness(samples):
    """Rms of each 5 ms over all channels, without what is below 20 Hz."""
    high_pass = butter(4, 20, "highpass", fs=HZ, output="sos")
    signal = sosfilt(high_pass, samples - samples[0], axis=0)
    return np.sqrt((signal[: len(signal) // 10 * 10].reshape(-1, 10, signal.shape[1]) ** 2).mean(axis=(1, 2)))


# --- keys -------------------------------------------------------------------------------------------------------------


def test_every_printable_character_has_a_key_and_each_finger_its_own():
    printable = [chr(code) for code in range(32, 127)]
    for hands in (1, 2):
        board = Keyboard(hands)
        reaches = {key: board.reach(key) for sign in printable for key in keys_of(sign)}
        assert {reach.hand for reach in reaches.values()} == set(range(hands))
        assert len({(reach.hand, reach.finger) for reach in reaches.values()}) == (5 if hands == 1 else 9)
        small = {reach for key, reach in reaches.items() if keys_of(key) == (key,)}
        assert len(small) == len([key for key in reaches if keys_of(key) == (key,)])  # no two keys in one place


def test_touch_typing_is_what_it_is():
    board = Keyboard(2)
    for key, hand, finger, rows, outwards in (
        ("f", 0, "index", 0, 0), ("t", 0, "index", 1, -1), ("a", 0, "little", 0, 0), ("p", 1, "little", 1, 0),
        ("m", 1, "index", -1, 0), ("y", 1, "index", 1, -1), ("1", 0, "little", 2, 0), (SHIFT, 0, "little", -1, 1),
        (BACKSPACE, 1, "little", 2, 3), (ENTER, 1, "little", 0, 2), (SPACE, 1, "thumb", 0, 0),
    ):  # fmt: skip
        reach = board.reach(key)
        assert (reach.hand, reach.finger, reach.rows, reach.outwards) == (hand, finger, rows, outwards)


def test_sentences_do_not_repeat_soon_and_use_all_letters():
    told = list(islice(sentences(np.random.default_rng(0)), 200))
    assert len(set(told)) > 190
    assert set("".join(told)) == {*"abcdefghijklmnopqrstuvwxyz", " ", "\n"}


def on_screen(keys):
    shown = []
    for key in keys:
        if key == BACKSPACE:
            shown.pop()
        elif key != SHIFT:
            shown.append("\n" if key == ENTER else key)
    return "".join(shown)


def typed(text, wpm=40.0, seconds=300.0):
    """The words of a typist, who needs no muscles for that."""
    typist = Typist(1, wpm, iter(text), np.random.default_rng(1))
    return made(typist, seconds)


def made(doer, seconds):
    body = skills(np.random.default_rng(1), np.random.default_rng(2))
    acts = takewhile(lambda act: act.at_s < seconds, doer.acts(body, lambda: None))
    return [word for act in acts for word in act.words]


def test_a_text_is_typed_slips_are_taken_back_and_shift_goes_down_once_for_a_run():
    keys = [word.text for word in typed(repeat("Hello WE!\n"))]
    assert keys[:12] == [SHIFT, *"Hello", SPACE, SHIFT, *"WE!", ENTER]
    assert BACKSPACE in keys
    whole = on_screen(keys).split("\n")
    assert len(whole) > 20
    assert set(whole[:-1]) == {"Hello WE!"}


def test_the_text_of_the_uri_is_typed_again_and_again():
    keys = words("sim://wristband?text=o%20K&wpm=100&user=1", 8.0)
    assert on_screen(keys).startswith("o K\no K\no")


@pytest.mark.parametrize("wpm", [25, 60])
def test_keys_come_as_fast_as_asked_for(wpm):
    keys = typed(sentences(np.random.default_rng(0)), wpm)
    gaps = [b.at_s - a.at_s for a, b in pairwise(keys) if a.text != ENTER]
    assert np.mean(gaps) == pytest.approx(60 / 5 / wpm, rel=0.2)
    assert min(gaps) >= 0.08


# --- pulls ------------------------------------------------------------------------------------------------------------


def test_a_pull_rises_holds_and_falls():
    pull = Pull(np.array([0.4, 0.0]), 1.0, 2.0)
    level = pull.at(np.array([0.99, 1.0 + RISE_S / 2, 1.5, 2.0, 2.0 + FALL_S / 2, 2.0 + FALL_S]))
    assert level[:, 0] == pytest.approx([0, 0.2, 0.4, 0.4, 0.2, 0])
    assert not level[:, 1].any()


def test_a_drive_adds_pulls_says_words_once_and_asks_no_sooner_than_it_must():
    asked = []

    def acts():
        for number in range(1000):
            asked.append(number)
            pull = Pull(np.array([0.1 * number]), number - 0.1, number + 0.1)
            yield Act(float(number), (pull,), (Word(float(number), str(number)),))

    drive = Drive(acts(), np.array([0.05]))
    said = []
    for start in np.arange(0, 5, 0.03):
        activation, told = drive.at(np.array([start + 0.015]), start + 0.03)
        assert 0.05 <= activation.min() <= activation.max() <= 1
        said += [word.text for word in told]
        assert max(asked) <= start + 2
    assert said == ["0", "1", "2", "3", "4"] + ["5"] * (said[-1] == "5")


def test_people_move_alike_but_not_the_same_and_a_day_changes_less():
    one, again, later, other = (
        skills(np.random.default_rng(body), np.random.default_rng(day))
        for body, day in ((1, 1), (1, 1), (1, 2), (2, 1))
    )
    assert set(one) == set(MOVES)
    moves = [np.concatenate([who[move] for move in MOVES]) for who in (one, again, later, other)]
    assert (moves[0] == moves[1]).all()
    same_day, day, person = (np.corrcoef(moves[0], other)[0, 1] for other in moves[1:])
    assert same_day > 0.9999 > day > person > 0.6
    assert len(one["hover"]) == len(PARTS)


# --- the signal and its truth -----------------------------------------------------------------------------------------


def test_what_it_is():
    one, both, eventful = (open_source(uri).info for uri in (TYPING, BOTH, EVENTFUL))
    assert one.simulated
    assert both.simulated
    assert eventful.simulated
    assert (one.rate_hz, one.unit, len(one.channels)) == (HZ, "uV", 16)
    assert (len(both.channels), both.channels[0], both.channels[16]) == (32, "L1", "R1")
    assert one.grid == (tuple(range(16)),)
    assert both.grid is None
    assert "user 3, typing" in one.name
    assert "events" in eventful.name


@pytest.mark.parametrize("uri", [TYPING, BOTH, EVENTFUL])
def test_muscles_pull_shortly_before_each_word(uri):
    taken = recording(uri)
    assert taken.samples.dtype == np.float32
    assert len(taken.samples) == SECONDS * HZ
    size = loudness(taken.samples)
    calm = np.median(size[40:130])
    presses = [marker.index // 10 for marker in taken.markers if not marker.text.endswith("_release")]
    louder = [size[max(at - 16, 0) : at + 10].max() > 1.5 * calm for at in presses]
    assert len(presses) >= 10
    assert np.mean(louder) > 0.9


def test_a_pinch_is_held_from_press_to_release():
    taken = recording("sim://wristband?user=3&events=index")
    size = loudness(taken.samples)
    names = [marker.text for marker in taken.markers]
    assert names[::2] == ["index_press"] * len(names[::2])
    assert names[1::2] == ["index_release"] * len(names[1::2])
    pairs = list(zip(taken.markers[::2], taken.markers[1::2], strict=False))
    long = [(a.index // 10, b.index // 10) for a, b in pairs if b.index - a.index > 0.5 * HZ]
    calm = np.median(size[40:130])
    assert len(long) >= 2
    assert min(np.median(size[a : b - 20]) for a, b in long) > 1.3 * calm


def test_all_events_happen_and_only_those_asked_for():
    assert {word.text for word in made(EventMaker(GESTURES, np.random.default_rng(0)), 100)} == set(EVENTS)
    assert set(words("sim://wristband?events=thumb_up,thumb_in", 12.0)) == {"thumb_up", "thumb_in"}


def test_a_wrist_says_its_angle_and_the_muscles_of_either_side_bend_it():
    taken = recording(BENDING)
    angles = np.array([float(marker.text) for marker in taken.markers])
    at = np.array([marker.index for marker in taken.markers])
    assert set(np.diff(at)) == {80}
    assert np.abs(angles).max() <= 48
    speed = np.diff(angles) * 25
    assert np.abs(np.diff(speed)).max() < 20  # it wanders, it does not jump
    rms = np.log([taken.samples[index - 240 : index + 80].std(axis=0) for index in at[1:]])
    weights, *_ = np.linalg.lstsq(np.c_[rms, np.ones(len(rms))][::2], speed[::2], rcond=None)
    assert np.corrcoef(np.c_[rms, np.ones(len(rms))][1::2] @ weights, speed[1::2])[0, 1] > 0.7


@cache
def blocks(uri):
    return list(islice(open_source(uri)._born().blocks(), 200))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 1500), max_size=8))
def test_the_way_of_reading_changes_nothing(sizes):
    session = Session(iter(blocks(BOTH)), open_source(BOTH).info)
    chunks = [session.take(size) for size in [*sizes, 100] if session.read + size <= 12000]
    taken = recording(BOTH)
    assert np.concatenate([chunk.samples for chunk in chunks]).tobytes() == taken.samples[: session.read].tobytes()
    told = [marker for chunk in chunks for marker in chunk.markers]
    assert told == [marker for marker in taken.markers if marker.index < session.read]
    for chunk in chunks:
        assert all(chunk.first <= marker.index < chunk.first + len(chunk.samples) for marker in chunk.markers)


def test_user_day_seed_and_rotation_decide_everything():
    first = open_source(TYPING).record(3.0)
    assert first.samples.tobytes() == recording().samples[: 3 * HZ].tobytes()
    assert first.markers == tuple(marker for marker in recording().markers if marker.index < 3 * HZ)
    uris = (f"{TYPING}&{option}" for option in ("seed=1", "day=1", "rotation=1", "wpm=50"))
    others = [open_source(uri).record(3.0) for uri in (*uris, TYPING.replace("user=3", "user=4"))]
    assert len({first.samples.tobytes(), *(other.samples.tobytes() for other in others)}) == 6
    assert others[2].markers == first.markers  # a rotated band sees the same keys


def test_one_band_of_two_sees_its_own_hand():
    taken = recording("sim://wristband?user=3&bands=2&text=asdf&wpm=60")
    left, right = (loudness(taken.samples[:, band]) for band in (slice(0, 16), slice(16, 32)))
    at = np.array([marker.index // 10 for marker in taken.markers if marker.text in "asdf"])
    heard = [np.mean([size[index - 14 : index + 4].max() for index in at]) / np.median(size) for size in (left, right)]
    assert heard[0] > 1.5 * heard[1]


# --- how hard it is ---------------------------------------------------------------------------------------------------


def windows(uri, seconds=30.0):
    """Logarithms of the rms in four pieces of 50 ms round each letter, and the finger that pressed it."""
    taken = recording(uri, seconds)
    high_pass = butter(4, 20, "highpass", fs=HZ, output="sos")
    signal = sosfilt(high_pass, taken.samples - taken.samples[0], axis=0)
    keys = [marker for marker in taken.markers if marker.index + 160 <= len(signal)]
    pieces = [signal[key.index - 240 : key.index + 160].reshape(4, 100, -1).std(axis=1).ravel() for key in keys]
    reaches = [Keyboard(1).reach(key.text) for key in keys]
    return np.log(pieces), np.array([f"{reach.hand} {reach.finger}" for reach in reaches])


def test_fingers_are_told_apart_within_a_user_and_less_under_a_turned_band_or_in_others():
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.2).fit(*windows(FAST))
    own, turned, other = (
        model.score(*windows(uri))
        for uri in (f"{FAST}&seed=1", f"{FAST}&seed=1&rotation=1", f"{FAST}&seed=1".replace("user=3", "user=5"))
    )
    assert own > 0.8
    assert own > turned + 0.2
    assert own > other + 0.1
    assert other > 0.2  # people have the same muscles


# --- the source -------------------------------------------------------------------------------------------------------


def markers_until(source, seconds):
    found = []
    while (chunk := source.read(timeout_s=1)) is not None and chunk.first < seconds * HZ:
        found += [marker.text for marker in chunk.markers]
    return found


def test_who_is_told_a_text_types_it_once_and_then_waits():
    with open_source(f"{TYPING}&speed=max") as source:
        assert isinstance(source, Performer)
        source.perform("Fox")
        assert on_screen(markers_until(source, 6)) == "Fox"
        source.perform(None)
        assert len(markers_until(source, 9)) > 4
        source.perform("rest")
        markers_until(source, 15)
        assert markers_until(source, 18) == []
        source.perform("fox\n")
        assert on_screen(markers_until(source, 24)) == "fox\n"
        source.perform("rest")
        assert markers_until(source, 27) == []
        source.perform("fox\n")  # asked for again
        assert on_screen(markers_until(source, 33)) == "fox\n"


def test_who_is_told_an_act_makes_it_once():
    with open_source(f"{EVENTFUL}&speed=max") as source:
        source.perform("thumb_up")
        assert markers_until(source, 8) == ["thumb_up"]  # once, then they wait
        source.perform("middle")
        assert markers_until(source, 16) == ["middle_press", "middle_release"]
        source.perform("rest")
        markers_until(source, 19)
        assert markers_until(source, 22) == []
        source.perform("middle")
        assert markers_until(source, 30) == ["middle_press", "middle_release"]


def test_a_wrist_keeps_still_while_its_owner_is_told_anything():
    with open_source(f"{BENDING}&speed=max") as source:
        markers_until(source, 2)
        source.perform("rest")
        markers_until(source, 3)
        assert len(set(markers_until(source, 5))) == 1


def test_it_costs_a_fraction_of_a_core():
    source = open_source(BOTH)
    began = time.process_time()
    source.record(6.0)
    assert time.process_time() - began < 0.5 * 6.0  # with the making of two hands; measured: 0.15


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("text=caf%C3%A9", "text=café is not valid .no key of a US keyboard writes 'é'"),
        ("text=a&events=all", "keep one of text, events and wrist"),
        ("text=a&bands=3", "bands=3 is not valid .write 1 or 2"),
        ("text=a&wpm=0", "wpm=0 is not valid .write words per minute, at most 100"),
        ("text=a&wpm=fast", "wpm=fast is not valid"),
        ("events=all&bands=2", "unknown option 'bands'"),
        ("events=thumb", "there is no 'thumb': write all, or some of index,middle,thumb_click"),
        ("wrist=90", "wrist=90 is not valid .write random"),
        ("wpm=40", "unknown option 'wpm'; known options: .*text, events, wrist"),
    ],
)
def test_a_wrong_uri_is_answered_with_the_right_one(options, says):
    with pytest.raises(SourceUnknown, match=says):
        open_source(f"sim://wristband?{options}")
