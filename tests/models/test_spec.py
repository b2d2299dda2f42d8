"""Efforts travel with the head; the rest of the specs is tested where models are loaded."""

import pytest
from pydantic import ValidationError

from models.errors import ModelMismatch
from models.spec import EffortSpec, FilterSpec, FrameSpec, HeadSpec, ImageSpec, ModelSpec, RollingSpec, SequenceSpec

EFFORT = EffortSpec(rest_uv=3.5, gate_uv=9.25, firm_uv=(None, 40.0))


def test_efforts_travel_as_json() -> None:
    head = HeadSpec(kind="linear", labels=("rest", "fist"), encoder="e", effort=EFFORT)
    assert HeadSpec.model_validate_json(head.model_dump_json()) == head


def test_a_head_without_efforts_is_one_that_was_never_measured() -> None:
    assert HeadSpec.model_validate_json('{"kind": "linear", "labels": ["a", "b"], "encoder": "e"}').effort is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"gate_uv": 3.5}, "needs a measured rest below it"),
        ({"rest_uv": 0, "gate_uv": 5}, "needs a measured rest below it"),
        ({"rest_uv": -1, "gate_uv": None}, "greater than or equal"),
        ({"rest_uv": float("nan"), "gate_uv": None}, "finite"),
        ({"firm_uv": (3.5,)}, "not above rest"),
        ({"firm_uv": (float("inf"),)}, "finite"),
    ],
)
def test_meaningless_efforts_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        EffortSpec(**{**dict(EFFORT), **values})


def test_one_firm_effort_per_label() -> None:
    with pytest.raises(ValidationError, match="2 firm efforts for 3 gestures"):
        HeadSpec(kind="linear", labels=("a", "b", "c"), encoder="e", effort=EFFORT)


SPEC = ModelSpec(name="m", rate_hz=1000, channels=2, window=250, hop=25, features=64)
FRAMES = FrameSpec(stride=5, receptive=60, width=256)


def test_frames_travel_as_json() -> None:
    spec = SPEC.model_copy(update={"frames": FRAMES})
    assert ModelSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_model_of_before_shares_nothing() -> None:
    old = {key: value for key, value in SPEC.model_dump().items() if key != "frames"}
    assert ModelSpec(**old) == SPEC
    assert SPEC.frames is None


def test_frames_and_their_samples() -> None:
    assert [FRAMES.count(samples) for samples in (59, 60, 64, 65, 250)] == [0, 1, 1, 2, 39]
    assert [FRAMES.samples(count) for count in (1, 2, 39)] == [60, 65, 250]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"frames": FRAMES.model_copy(update={"receptive": 61})}, "no number of frames fills"),
        ({"frames": FRAMES.model_copy(update={"receptive": 255})}, "no number of frames fills"),
        ({"frames": FRAMES.model_copy(update={"width": 2**20})}, "the frames of a window are more than"),
        ({"channels": 2**20}, "are more than 4194304 numbers"),
        ({"window": 2**60}, "are more than 4194304 numbers"),
        ({"hop": 251}, "longer than the window"),
        ({"rate_hz": 900}, "above half the rate"),
    ],
)
def test_specs_that_no_model_can_keep_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ModelSpec(**{**dict(SPEC), **values})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"low_hz": None, "high_hz": None, "mains_hz": None}, "lets everything through"),
        ({"stop_hz": (55, 45)}, "from a lower to a higher"),
        ({"stop_hz": (0, 45)}, "from a lower to a higher"),
        ({"low_hz": -1.0}, "greater than 0"),
    ],
)
def test_filters_that_filter_nothing_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        FilterSpec(**values)


def test_a_filter_of_before_has_no_band_stop() -> None:
    old = {key: value for key, value in FilterSpec().model_dump().items() if key != "stop_hz"}
    assert FilterSpec(**old) == FilterSpec()


@pytest.mark.parametrize("filters", [FilterSpec(high_hz=None, stop_hz=(55, 65)), FilterSpec(low_hz=None, high_hz=None)])
def test_a_filter_goes_as_far_as_its_highest_frequency(filters: FilterSpec) -> None:
    at = {**dict(SPEC), "filters": filters}
    top_hz = 65 if filters.stop_hz else 50
    assert ModelSpec(**{**at, "rate_hz": 2 * top_hz + 1}).filters.top_hz == top_hz
    with pytest.raises(ValidationError, match="above half the rate"):
        ModelSpec(**{**at, "rate_hz": 2 * top_hz})
    assert ModelSpec.model_validate_json(ModelSpec(**at).model_dump_json()).filters == filters


FOUR = tuple(tuple(range(row * 4, row * 4 + 4)) for row in range(4))
IMAGES = ModelSpec(
    name="g",
    kind="frames",
    rate_hz=1000,
    channels=16,
    window=40,
    hop=20,
    features=8,
    images=ImageSpec(grid=FOUR, step=4),
)


def test_images_travel_as_json_and_a_model_of_before_has_none() -> None:
    assert ModelSpec.model_validate_json(IMAGES.model_dump_json()) == IMAGES
    old = {key: value for key, value in SPEC.model_dump().items() if key not in ("images", "kind")}
    assert ModelSpec(**old) == SPEC
    assert (SPEC.kind, SPEC.images) == ("window", None)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"images": None}, "kind frames, and no other, has images"),
        ({"kind": "window"}, "kind frames, and no other, has images"),
        ({"frames": FrameSpec(stride=20, receptive=20, width=4)}, "no frames that windows share"),
        ({"hop": 18}, "do not fill hops of 18"),
        ({"window": 50}, "or those the window of 50"),
        ({"channels": 15}, "names channel 15"),
        ({"images": {"grid": ((0, 1), (2,))}}, "equally long"),
        ({"images": {"grid": ()}}, "equally long, not none"),
        ({"images": {"grid": FOUR, "step": 0}}, "greater than 0"),
    ],
)
def test_images_that_no_stream_gives_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ModelSpec(**{**dict(IMAGES), **values})


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        (None, r"wants a grid of 4 x 4 electrodes, the source does not say .* \?grid=4x4 where it goes row by row"),
        ((tuple(range(8)), tuple(range(8, 16))), r"that of the source has 2 x 8: choose a model .* \?grid=FILE"),
        (((0, 1, 2, 99), *FOUR[1:]), "cannot be used: the grid names channel 99"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused_with_what_to_do(grid: tuple | None, reason: str) -> None:
    with pytest.raises(ModelMismatch, match=reason):
        IMAGES.require(1000, 16, grid=grid)


def test_a_grid_of_that_shape_fits_however_its_channels_are_numbered() -> None:
    IMAGES.require(1000, 16, grid=FOUR[::-1])
    SPEC.require(1000, 2, grid=None)
    SPEC.require(1000, 2, grid=((0, 1),))


def remembers(**changes):
    return SequenceSpec(**{"front": "spectrogram", "labels": ("a", "b"), "states": {"hidden": (4, 128)}} | changes)


def sequences(**changes):
    says = {"kind": "sequence", "window": 64, "hop": 16, "sequence": remembers()} | changes
    return ModelSpec(name="text", rate_hz=2000, channels=16, features=768, **says)


def test_a_model_of_text_answers_its_symbols_and_a_blank():
    assert sequences().answers == 3
    assert sequences(kind="events").answers == 2
    sequences().require(2000, 16)


@pytest.mark.parametrize(("kind", "says"), [("sequence", None), ("window", remembers()), ("events", None)])
def test_only_models_that_remember_say_what(kind, says):
    with pytest.raises(ValueError, match="and no other, says what it remembers"):
        sequences(kind=kind, sequence=says)


def test_a_model_that_reads_to_the_end_is_refused_for_a_live_source():
    offline = sequences(sequence=remembers(states={}, live=False))
    with pytest.raises(ModelMismatch, match=r"reads a recording to its end.*ends in -live, or splashnet"):
        offline.require(2000, 16)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": ("a", "a")}, "same name"),
        ({"states": {}}, "has states"),
        ({"live": False}, "has none"),
        ({"states": {"hidden": (2**12, 2**12)}}, "more than"),
        ({"front": "samples", "rolling": RollingSpec()}, "only frames are"),
    ],
)
def test_a_memory_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        remembers(**changes)


def test_a_model_of_windows_has_no_memory_to_ask_for():
    window = ModelSpec(name="w", rate_hz=2000, channels=16, window=400, hop=80, features=3)
    with pytest.raises(ModelMismatch, match="of kind window"):
        window.require_sequence()
