from collections.abc import Iterator, Sequence
from math import gcd, lcm
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.pipeline.ring import Windower
from models.pipeline.shared_frames import Array, EachAlone, FeatureStream, SharedFrames, no_frames
from models.runtime import Encoder, load_model
from models.spec import FrameSpec
from models.training.untrained import untrained_csae

WINDOW, STRIDE = 250, 5
SIGNAL = np.random.default_rng(0).normal(0, 50, (3000, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_csae(1000, 2, 25, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def encoder(path: Path) -> Encoder:
    return Encoder(path)


def through(stream: FeatureStream, hop: int, x: Array, sizes: Sequence[int] = ()) -> Iterator[tuple[int, Array]]:
    """(end, features) of each window of the signal, cut into chunks of these sizes."""
    windower = Windower(WINDOW, hop, 2)
    for chunk in np.split(x, np.cumsum(sizes)):
        for end, window in windower.feed(chunk):
            yield end, stream(window, end)


def require_close(shared: list[tuple[int, Array]], x: Array, encoder: Encoder) -> None:
    for end, features in shared:
        np.testing.assert_allclose(features, encoder(x[end - WINDOW : end]), rtol=0, atol=1e-5)


@settings(max_examples=30)
@given(hop=st.integers(1, WINDOW), start=st.integers(0, 500))
def test_any_hop_gives_the_features_of_whole_windows(encoder: Encoder, hop: int, start: int) -> None:
    x = SIGNAL[start : start + WINDOW + 12 * hop]
    shared = list(through(encoder.stream(hop), hop, x))
    assert len(shared) == (len(x) - WINDOW) // hop + 1
    require_close(shared, x, encoder)


def test_a_long_stream_does_not_drift(encoder: Encoder) -> None:
    x = np.concatenate([SIGNAL * gain for gain in (1, 20, 0, 0.01, 1, 5)])
    shared = list(through(encoder.stream(12), 12, x))
    assert len(shared) > 1400
    require_close(shared, x, encoder)


@settings(max_examples=30)
@given(hop=st.sampled_from([5, 10, 12, 25]), sizes=st.lists(st.integers(0, 200), max_size=30))
def test_any_chunking_gives_the_same_bits(encoder: Encoder, hop: int, sizes: list[int]) -> None:
    x = SIGNAL[:900]
    whole = [(end, features.tobytes()) for end, features in through(encoder.stream(hop), hop, x)]
    assert [(end, features.tobytes()) for end, features in through(encoder.stream(hop), hop, x, sizes)] == whole


@settings(max_examples=30)
@given(hop=st.sampled_from([5, 10, 25]), drop=st.sets(st.integers(0, 40)))
def test_windows_may_be_left_out(encoder: Encoder, hop: int, drop: set[int]) -> None:
    stream, shared = encoder.stream(hop), []
    for n, end in enumerate(range(WINDOW, WINDOW + 40 * hop, hop)):
        if n not in drop:
            shared.append((end, stream(SIGNAL[end - WINDOW : end], end)))
    require_close(shared, SIGNAL, encoder)


def test_nothing_spans_a_reset(encoder: Encoder) -> None:
    stream = encoder.stream(25)
    list(through(stream, 25, SIGNAL))
    stream.reset()
    other = SIGNAL[::-1] * 3
    fresh = list(through(encoder.stream(25), 25, other))
    for (_, features), (_, expected) in zip(through(stream, 25, other), fresh, strict=True):
        assert features.tobytes() == expected.tobytes()


@settings(max_examples=30)
@given(chunks=st.lists(st.integers(1, 400), min_size=1, max_size=8), hole=st.integers(1, 300))
def test_the_recogniser_forgets_frames_at_a_gap(path: Path, chunks: list[int], hole: int) -> None:
    def features(recognizer: WindowRecognizer, parts: list[Array], first: int) -> list[bytes]:
        found = []
        for part in parts:
            found += [prediction.features.tobytes() for prediction in recognizer.feed(part, first)]
            first += len(part)
        return found

    model = load_model(str(path))
    after = SIGNAL[600 + hole : 1400 + hole]
    torn = WindowRecognizer(model, DecisionSpec())
    features(torn, [SIGNAL[:600]], 0)
    fresh = features(WindowRecognizer(model, DecisionSpec()), [after], 0)
    assert features(torn, np.split(after, np.cumsum(chunks)), 600 + hole) == fresh
    assert len(fresh) == 23


@pytest.mark.parametrize("hop", [5, 10, 25, 12, 30])
def test_only_the_samples_of_new_frames_are_computed(encoder: Encoder, hop: int) -> None:
    frames = encoder.spec.frames
    asked: list[int] = []

    def extend(samples: Array, before: Array) -> tuple[Array, Array]:
        asked.append(len(samples))
        return np.zeros(1, np.float32), np.concatenate(
            [before, np.zeros((frames.count(len(samples)), 256), np.float32)]
        )

    list(through(SharedFrames(extend, frames), hop, SIGNAL))
    phases = STRIDE // gcd(hop, STRIDE)
    assert asked[:phases] == [WINDOW] * phases
    assert set(asked[phases:]) == {frames.samples(lcm(hop, STRIDE) // STRIDE)}


@pytest.mark.parametrize(("hop", "kind"), [(25, SharedFrames), (190, SharedFrames), (191, EachAlone), (250, EachAlone)])
def test_windows_too_far_apart_are_computed_alone(encoder: Encoder, hop: int, kind: type) -> None:
    assert isinstance(encoder.stream(hop), kind)


def test_a_model_without_frames_computes_each_window(tiny_model: Path) -> None:
    encoder = Encoder(tiny_model)
    stream = encoder.stream(25)
    assert np.array_equal(stream(SIGNAL[:250], 250), encoder(SIGNAL[:250]))
    stream.reset()
    assert np.array_equal(stream(SIGNAL[25:275], 250), encoder(SIGNAL[25:275]))


def test_no_frames_have_their_width() -> None:
    assert no_frames(FrameSpec(stride=5, receptive=60, width=256)).shape == (0, 256)
