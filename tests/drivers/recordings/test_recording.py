import pytest

from drivers.recordings.recording import channel_names, microvolts_per


@pytest.mark.parametrize(
    ("unit", "microvolts"),
    {
        "uV": 1,
        "µV": 1,
        "μV": 1,
        "microvolts": 1,
        "mV": 1e3,
        "Millivolt": 1e3,
        "V": 1e6,
        "volts": 1e6,
        "nV": 1e-3,
    }.items(),
)
def test_voltages_are_known_however_they_are_spelt(unit, microvolts):
    assert microvolts_per(f" {unit} ") == microvolts


@pytest.mark.parametrize("unit", ["", "g", "degC", "counts"])
def test_what_is_no_voltage_is_none(unit):
    assert microvolts_per(unit) is None


def test_names_for_channels_without_one():
    assert channel_names(3) == ("ch1", "ch2", "ch3")
