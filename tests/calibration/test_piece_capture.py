"""Trials of text and events, cut out of a stream: the same whatever the chunks, and the same out of a recording."""

from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.offline import Began, Held, Rested
from calibration.offline_pieces import RecordedPieces
from calibration.onset import Span
from calibration.piece_capture import CapturedPiece, PieceCapture
from calibration.plan import Plan, Trial
from calibration.quality import Verdict
from models.sequence_runtime import SequenceModel

HZ = 2000
PLANS = {
    "small": Plan(("abc",), hold_s=2, kind="text"),
    "events": Plan(("index", "thumb_up"), hold_s=2, kind="events"),
}
REST, HOLD = Span(0, 3 * HZ), Span(4 * HZ, 6 * HZ)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SequenceModel]:
    folder: Path = tmp_path_factory.mktemp("models")
    return {name: SequenceModel(tiny_sequence_model.write(name, folder)) for name in PLANS}


def signal(*bursts_s: tuple[float, float], seconds: float = 7.0) -> np.ndarray:
    """Noise, louder from and up to these times."""
    rng = np.random.default_rng(1)
    samples = 5 * rng.standard_normal((round(seconds * HZ), 16))
    for start, stop in bursts_s:
        samples[round(start * HZ) : round(stop * HZ), :4] *= 15
    return samples.astype(np.float32)


def cut(
    model: SequenceModel, name: str, samples: np.ndarray, sizes: list[int], act: str = "", *, keep_raw: bool = False
) -> CapturedPiece | Verdict:
    capture, at = PieceCapture(model, PLANS[name], keep_raw=keep_raw), 0
    for size in [*sizes, len(samples)]:
        capture.signal(samples[at : at + size], at)
        at = min(at + size, len(samples))
    return capture.cut(Trial(act or PLANS[name].gestures[0], 1), HOLD, capture.rest_level(REST))


TYPED = signal((4.3, 4.4), (4.6, 4.7), (4.9, 5.0))


@settings(max_examples=4, deadline=None)
@given(sizes=st.lists(st.integers(1, 3000), max_size=8))
@pytest.mark.parametrize("name", PLANS)
def test_chunks_change_nothing(models: dict[str, SequenceModel], name: str, sizes: list[int]) -> None:
    one, other = cut(models[name], name, TYPED, []), cut(models[name], name, TYPED, sizes)
    assert isinstance(one, CapturedPiece)
    assert isinstance(other, CapturedPiece)
    assert np.array_equal(one.piece.features, other.piece.features)
    assert one.piece.first == other.piece.first
    assert (one.piece.truth.keys, one.piece.truth.times.tolist()) == (
        other.piece.truth.keys, other.piece.truth.times.tolist(),
    )  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_raw_samples_are_of_the_whole_hold_and_only_with_consent(models: dict[str, SequenceModel], name: str) -> None:
    without, with_it = cut(models[name], name, TYPED, []), cut(models[name], name, TYPED, [77] * 50, keep_raw=True)
    assert isinstance(without, CapturedPiece)
    assert isinstance(with_it, CapturedPiece)
    assert without.raw is None
    assert with_it.raw is not None
    assert with_it.raw.tobytes() == TYPED[HOLD.start : HOLD.stop].tobytes()


@pytest.mark.parametrize("name", PLANS)
def test_out_of_a_recording_comes_the_same_though_it_counts_from_elsewhere(
    models: dict[str, SequenceModel], name: str
) -> None:
    live = cut(models[name], name, TYPED, [77] * 50)
    earlier = signal(seconds=1.3)  # the recording began before the calibration did
    shifted = [Span(span.start + len(earlier), span.stop + len(earlier)) for span in (REST, HOLD)]
    plan = PLANS[name]
    marks = [Began(len(earlier), "c", 0, plan), Rested(shifted[0]), Held(shifted[1], Trial(plan.gestures[0], 1))]
    [(trial, found)] = RecordedPieces(models[name], marks, keep_raw=False).feed(np.concatenate([earlier, TYPED]), 0)
    assert isinstance(live, CapturedPiece)
    assert isinstance(found, CapturedPiece)
    assert trial == live.trial
    assert np.array_equal(found.piece.features, live.piece.features)
    assert found.piece.truth.times.tolist() == live.piece.truth.times.tolist()
    assert found.start == live.start + len(earlier)


def test_the_keys_of_a_sentence_are_its_truth(models: dict[str, SequenceModel]) -> None:
    found = cut(models["small"], "small", TYPED, [])
    assert isinstance(found, CapturedPiece)
    assert found.piece.truth.text == "abc"
    assert found.piece.truth.seconds == 2


@pytest.mark.parametrize(
    ("sentence", "bursts_s", "doubts"),
    [
        ("abc", [(4.3, 4.4), (4.6, 4.7), (4.9, 5.0)], []),
        ("abc", [(4.3, 4.5)], ["too_little"]),
        ("a", [(start / 100, start / 100 + 0.06) for start in range(420, 560, 14)], ["too_much"]),
    ],
)
def test_a_sentence_is_doubtful_where_far_fewer_or_more_keys_were_struck(
    models: dict[str, SequenceModel], sentence: str, bursts_s: list[tuple[float, float]], doubts: list[str]
) -> None:
    found = cut(models["small"], "small", signal(*bursts_s), [], sentence)
    assert isinstance(found, CapturedPiece)
    assert [doubt.code for doubt in found.doubts] == doubts
    assert all("ask for it again" in doubt.reason for doubt in found.doubts)


def test_an_act_is_pressed_where_the_muscle_begins_and_released_where_it_ends(
    models: dict[str, SequenceModel],
) -> None:
    held = cut(models["events"], "events", signal((4.5, 5.1)), [])
    tapped = cut(models["events"], "events", signal((4.5, 4.62)), [], "thumb_up")
    assert isinstance(held, CapturedPiece)
    assert isinstance(tapped, CapturedPiece)
    assert held.piece.truth.keys == ("index_press", "index_release")
    assert held.piece.truth.times / HZ == pytest.approx([0.56, 0.98], abs=0.05)
    assert (tapped.piece.truth.keys, tapped.piece.truth.times / HZ) == (("thumb_up",), pytest.approx([0.56], abs=0.05))


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (signal(), "no_contraction"),
        (signal((4.5, 6.5)), "unfinished"),
        (np.where(np.arange(len(TYPED))[:, None] == 5 * HZ, np.nan, TYPED).astype(np.float32), "gaps"),
        (np.where(np.arange(16) == 3, 0, TYPED).astype(np.float32), "dead"),
    ],
)
def test_what_teaches_nothing_is_refused(models: dict[str, SequenceModel], samples: np.ndarray, code: str) -> None:
    found = cut(models["small"], "small", samples, [])
    assert isinstance(found, Verdict)
    assert {cause.code for cause in found.causes} == {code}
