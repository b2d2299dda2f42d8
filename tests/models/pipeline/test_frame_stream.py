"""Images in the live path: any chunking, the same bits; gaps forget; the grid is the source's; the dead are filled."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_grid import GRID, LABELS, SPEC, write_tiny_grid
from tiny_model import SPEC as WINDOWS

from models.errors import GridUnusable
from models.head_graph import head_graph
from models.pipeline.decision import DecisionSpec
from models.pipeline.filters import StreamFilter, design
from models.pipeline.frame_stream import FrameStream
from models.pipeline.images import Images
from models.pipeline.recognizer import Prediction, load_recognizer
from models.runtime import Head, Model, load_model
from models.spec import HeadSpec

DECISION = DecisionSpec()
LOUD = slice(0, 8)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(str(write_tiny_grid(tmp_path_factory.mktemp("grid"))))


@pytest.fixture(scope="module")
def signal() -> np.ndarray:
    """Half a second each of rest, a loud upper half, a loud lower half."""
    noise = np.random.default_rng(0).normal(0, 5, (1500, 16)).astype(np.float32)
    noise[500:1000, :8] *= 40
    noise[1000:, 8:] *= 40
    return noise


def predictions(model: Model, chunks: Iterable[tuple[int, np.ndarray]], grid=None) -> list[Prediction]:
    recognizer = load_recognizer(model, DECISION)
    recognizer.arrange(grid)
    return [prediction for first, chunk in chunks for prediction in recognizer.feed(chunk, first)]


def told(found: list[Prediction]) -> list[tuple]:
    return [(p.index, p.probabilities, p.features.tobytes(), p.amplitude_uv) for p in found]


def cut(signal: np.ndarray, sizes: list[int]) -> list[tuple[int, np.ndarray]]:
    edges = [0, *np.minimum(np.cumsum(sizes, dtype=int), len(signal)).tolist(), len(signal)]
    return [(start, signal[start:stop]) for start, stop in itertools.pairwise(edges)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=40), st.sets(st.integers(0, 1499), max_size=3))
def test_chunking_changes_no_bit_not_even_around_gaps(model, signal, sizes, bad):
    holed = signal.copy()
    holed[list(bad), 3] = np.nan
    assert told(predictions(model, cut(holed, sizes))) == told(predictions(model, [(0, holed)]))


def test_it_hears_what_was_done_40_ms_after_the_beginning_and_each_hop(model, signal):
    found = predictions(model, [(0, signal)])
    assert [p.index for p in found] == list(range(39, 1500, 20))
    settled = {p.index: p.gesture for p in found}
    assert (settled[479], settled[979], settled[1479]) == LABELS


def test_an_answer_is_the_mean_of_its_images_log_probabilities(model, signal):
    recognizer = load_recognizer(model, DECISION)
    found = list(recognizer.feed(signal, 0))[30]
    filtered = StreamFilter(design(SPEC.filters, 1000))(signal).astype(np.float32)
    images = Images(GRID, 16)(filtered[found.index - 39 : found.index + 1][3::4])
    logs = np.concatenate([model.head.batch(model.encoder.images(image[np.newaxis])) for image in images])
    assert len(images) == 10
    mean = np.exp(logs.mean(axis=0))
    np.testing.assert_allclose(found.probabilities, mean / mean.sum(), rtol=1e-4)
    np.testing.assert_allclose(found.features, model.encoder.images(images[-1:])[0], rtol=1e-6)


def test_each_image_is_computed_once_and_always_as_many_at_a_time(model):
    sizes: list[int] = []

    def encode(images):
        sizes.append(len(images))
        return model.encoder.images(images)

    stream = FrameStream(encode, SPEC)
    window = np.random.default_rng(0).normal(0, 50, (40, 16)).astype(np.float32)
    for end in (40, 60, 80):
        assert stream(window, end).shape == (10, 2)
    stream.reset()
    stream(window, 40)
    assert sizes == [5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("hole", ["a jump", "no number"])
def test_a_gap_forgets(model, signal, hole):
    if hole == "a jump":
        chunks = [(0, signal[:700]), (701, signal[701:])]
    else:
        holed = signal.copy()
        holed[700, 5] = np.inf
        chunks = [(0, holed)]
    after = [p for p in predictions(model, chunks) if p.index >= 700]
    assert told(after) == told(predictions(model, [(701, signal[701:])]))
    assert after[0].index == 701 + 39


def test_channels_that_stand_elsewhere_give_the_same_images(model, signal):
    order = np.random.default_rng(3).permutation(16)
    where = np.argsort(order)  # column k of the shuffled signal is channel order[k]
    grid = tuple(tuple(int(where[channel]) for channel in row) for row in GRID)
    plain, shuffled = predictions(model, [(0, signal)]), predictions(model, [(0, signal[:, order])], grid)
    assert [p.probabilities for p in shuffled] == [p.probabilities for p in plain]
    assert [p.probabilities for p in predictions(model, [(0, signal[:, order])])] != [p.probabilities for p in plain]


@pytest.mark.parametrize("stuck_at", [0.0, 187_500.0])
def test_a_dead_electrode_has_the_mean_of_its_neighbours(model, signal, stuck_at):
    broken = signal.copy()
    broken[:, 5] = stuck_at
    recognizer = load_recognizer(model, DECISION)
    found = list(recognizer.feed(broken, 0))
    assert recognizer.dead == (5,)
    filtered = StreamFilter(design(SPEC.filters, 1000))(broken).astype(np.float32)
    last = Images(GRID, 16, (5,))(filtered[found[-1].index :][:1])
    np.testing.assert_array_equal(found[-1].features, model.encoder.images(last)[0])
    assert [p.gesture for p in found[20:]] == [p.gesture for p in predictions(model, [(0, signal)])[20:]]


def test_an_electrode_that_comes_back_is_used_again(model, signal):
    broken = signal.copy()
    broken[:500, 5] = 0
    recognizer = load_recognizer(model, DECISION)
    dead = {p.index: recognizer.dead for p in recognizer.feed(broken, 0)}
    assert dead == {index: (5,) if index < 999 else () for index in range(39, 1500, 20)}


def test_one_that_dies_between_others_is_found_by_its_samples_not_by_the_ringing_filter(model, signal):
    broken = signal.copy()
    broken[610:, 5] = 187_500
    recognizer = load_recognizer(model, DECISION)
    found = {p.index: (p.gesture, recognizer.dead) for p in recognizer.feed(broken, 0)}
    assert [dead for index, (_, dead) in found.items() if index < 859] == [()] * 41
    assert {dead for index, (_, dead) in found.items() if index >= 859} == {(5,)}
    healthy = {p.index: p.gesture for p in predictions(model, [(0, signal)])}
    late = {index: gesture for index, (gesture, _) in found.items() if index >= 879}
    assert late == {index: healthy[index] for index in late}


def test_with_other_tensors_the_dead_stay_known(model, signal):
    broken = signal.copy()
    broken[:, 5] = 0
    stream = FrameStream(model.encoder.images, SPEC)
    stream.watch(broken[:400])
    stream(broken[360:400], 400)
    stream.use(model.encoder.images)
    stream.watch(broken[400:410])
    stream.watch(broken[410:420])
    assert stream(broken[380:420], 420).shape == (10, 2)
    assert stream.dead == (5,)


def test_a_silent_grid_is_answered_to(model):
    recognizer = load_recognizer(model, DECISION)
    assert {p.gesture for p in recognizer.feed(np.zeros((200, 16), np.float32), 0)} == {"rest"}
    assert recognizer.dead == ()


def test_another_head_answers_to_all_images_at_once(model, signal):
    weight = np.array([[0, 10], [10, 0]], np.float32)
    spec = HeadSpec(kind="linear", labels=("down", "up"), encoder=model.encoder.fingerprint)
    head = Head(head_graph(spec, {"weight": weight, "bias": np.zeros(2, np.float32)}), "own.head.onnx")
    recognizer = load_recognizer(model, DECISION)
    list(recognizer.feed(signal[:800], 0))
    recognizer.use(model.with_head(head))
    after = next(recognizer.feed(signal[800:], 800))
    assert after.index == 819
    own = load_recognizer(Model(model.encoder, head), DECISION)
    assert after.probabilities == {p.index: p for p in own.feed(signal, 0)}[819].probabilities


def test_arranging_anew_is_a_gap(model, signal):
    recognizer = load_recognizer(model, DECISION)
    list(recognizer.feed(signal[:700], 0))
    recognizer.arrange(GRID)
    assert told(list(recognizer.feed(signal[700:], 700))) == told(predictions(model, [(700, signal[700:])]))
    assert recognizer.gaps == 1


def test_what_cannot_be_is_refused(model):
    with pytest.raises(GridUnusable, match="names channel 99"):
        load_recognizer(model, DECISION).arrange(((0, 99),))
    with pytest.raises(ValueError, match="one of windows"):
        FrameStream(model.encoder.images, WINDOWS)
