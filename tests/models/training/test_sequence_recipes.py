import pytest

from models.errors import ModelUnknown
from models.networks.sequence_network import weights
from models.training.sequence_recipes import RECIPES, bands, recipe

MILLIONS = {
    "cnn": 5.293,
    "lstm": 2.917,
    "gru": 2.391,
    "cnn-lstm": 7.728,
    "cnn-gru": 7.202,
    "cnn-live": 5.293,
    "lstm-live": 1.471,
    "gru-live": 1.257,
    "cnn-lstm-live": 6.282,
    "cnn-gru-live": 6.068,
    "splashnet": 1.376,
    "small-live": 1.100,
    "events": 6.483,
    "wrist": 4.400,
}
OUTPUTS = {"events": 9, "wrist": 1}


@pytest.mark.parametrize("name", MILLIONS)
def test_each_network_has_the_weights_of_its_table(name):
    assert weights(recipe(name).build(OUTPUTS.get(name, 99), 2)) / 1e6 == pytest.approx(MILLIONS[name], abs=6e-4)


@pytest.mark.parametrize("name", RECIPES)
def test_each_row_says_what_it_is(name):
    chosen = recipe(name)
    channels = 16 if chosen.kind != "sequence" else 32
    network = chosen.build(3, bands(channels))
    spec = chosen.spec("m", network, channels, ("a", "b", "c")[: 3 - (chosen.kind == "sequence")])
    assert spec.answers == 3
    reads_to_the_end = name.startswith(("lstm", "gru", "cnn-")) and not name.endswith("-live")
    assert spec.sequence.live != reads_to_the_end
    assert len({entry.about for entry in RECIPES.values()}) == len(RECIPES)


def test_the_rows_of_the_report_differ_as_it_says():
    plain = recipe("cnn-gru").augmentation
    assert (plain.rotation, plain.jitter, plain.time_masks, plain.time_width) == (1, 120, 3, 25)
    assert (plain.frequency_masks, plain.frequency_width, plain.noise, plain.crop) == (2, 4, 0, 0)
    assert recipe("cnn-gru-5-masks").augmentation.frequency_masks == 5
    assert (recipe("cnn-gru-1khz").hop, recipe("cnn-gru-1khz").length) == (32, 4000)
    assert recipe("cnn-gru-noise").augmentation.noise == 0.01
    assert recipe("cnn-gru-noise-crop").augmentation.crop == 512
    assert recipe("cnn-gru-noise-crop-smooth").augmentation.smooth_hz == 30.0
    splash = recipe("splashnet").augmentation
    assert (splash.time_masks, splash.frequency_masks, splash.frequency_width) == (0, 2, 12)


def test_an_unknown_recipe_names_those_that_there_are():
    with pytest.raises(ModelUnknown, match=r"no recipe 'cnn-gru-2khz'; there are: cnn, lstm, .*splashnet"):
        recipe("cnn-gru-2khz")


def test_other_than_one_or_two_bands_are_refused():
    assert (bands(16), bands(32)) == (1, 2)
    with pytest.raises(ModelUnknown, match="not 8 channels"):
        bands(8)
