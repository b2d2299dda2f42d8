from datetime import datetime
from decimal import Decimal
from io import BytesIO

import edfio
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.edf_writer import Annotation, EdfLayout, EdfWriter, record_of, scale_of

READ = {".bdf": edfio.read_bdf, ".edf": edfio.read_edf}


def layout(suffix: str = ".bdf", rate_hz: float = 100.0, low: float = -1.0, high: float = 1.0) -> EdfLayout:
    lows, highs = scale_of(np.array([low, low]), np.array([high, high]))
    return EdfLayout(suffix, ("left", "right"), "uV", *record_of(rate_hz), lows, highs)


def written(form: EdfLayout, samples: np.ndarray, *annotations: Annotation, started: datetime | None = None):
    """The file of two channels, as the library edfio reads it."""
    file = BytesIO()
    writer = EdfWriter(file, form, len(samples), annotations)
    writer.begin(started, "my band")
    writer.write(samples)
    writer.close()
    return READ[form.suffix](BytesIO(file.getvalue()))


def values(file) -> np.ndarray:
    return np.stack([signal.data for signal in file.signals], axis=1)


@pytest.mark.parametrize("suffix", [".bdf", ".edf"])
@given(data=st.data(), low=st.floats(-9e6, 0), width=st.floats(1e-3, 9e6))
def test_another_library_reads_what_was_written(suffix, data, low, width):
    form = layout(suffix, 50.0, low, low + width)
    fractions = data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=120))
    samples = low + np.array(fractions)[:, None] * np.array([width, width])

    found = values(written(form, samples))[: len(samples)]

    np.testing.assert_allclose(found, samples, rtol=0, atol=form.step.max() / 2 + 1e-9 * abs(samples).max())


@pytest.mark.parametrize("suffix", [".bdf", ".edf"])
def test_header_and_annotations(suffix):
    words = Annotation(0.5, None, "Faust schließen"), Annotation(1.25, 0.5, "BAD\x14\n"), Annotation(99.0, None, "late")
    started = datetime(2026, 3, 5, 14, 7, 9, 123456)

    file = written(layout(suffix), np.zeros((230, 2)), *words, started=started)

    assert file.labels == ("left", "right")
    assert {signal.physical_dimension for signal in file.signals} == {"uV"}
    assert file.startdatetime == started.replace(microsecond=0)
    assert file.recording.equipment_code == "my_band"
    assert (file.num_data_records, file.data_record_duration, file.is_continuous) == (3, 1.0, True)
    found = [(word.onset, word.duration, word.text) for word in file.annotations]
    assert found == [(0.5, None, "Faust schließen"), (1.25, 0.5, "BAD  "), (99.0, None, "late")]


def test_an_unknown_start_stays_unknown():
    with pytest.raises(edfio.AnonymizedDateError):
        _ = written(layout(), np.zeros((1, 2))).recording.startdate


def test_values_that_are_none_and_the_end_are_near_zero():
    form = layout(low=5.0, high=7.0)
    found = values(written(form, np.array([[6.0, np.nan], [np.inf, 7.0]])))
    assert found.shape == (100, 2)
    np.testing.assert_allclose(found[:2], [[6.0, 5.0], [5.0, 7.0]], atol=form.step.max())
    np.testing.assert_allclose(found[2:], 5.0, atol=form.step.max())


@given(st.floats(1.0, 50_000.0))
def test_records_keep_the_rate(rate_hz):
    rows, seconds = record_of(rate_hz)
    assert len(str(seconds)) <= 8
    assert float(rows / seconds) == pytest.approx(rate_hz, rel=2e-6)


@pytest.mark.parametrize(("rate_hz", "record"), [(1000.0, (1000, "1")), (62.5, (125, "2")), (4000 / 3, (4000, "3"))])
def test_records_of_exact_rates(rate_hz, record):
    assert record_of(rate_hz) == (record[0], Decimal(record[1]))


@pytest.mark.parametrize("rate_hz", [1024.37, 199.99, 0.3])
def test_odd_rates_can_be_read(rate_hz):
    file = written(layout(rate_hz=rate_hz), np.zeros((1000, 2)))
    assert file.is_continuous
    assert file.signals[0].sampling_frequency == pytest.approx(rate_hz, rel=2e-6)


@given(st.floats(-9_999_999, 9_999_999), st.floats(-9_999_999, 9_999_999))
def test_the_range_holds_every_value(low, high):
    assume(low <= high)
    (bottom,), (top,) = scale_of(np.array([low]), np.array([high]))
    assert bottom <= low <= high <= top
    assert bottom < top
    scale_of(np.array([bottom]), np.array([top]))


def test_what_no_header_can_hold_is_refused():
    with pytest.raises(RecordingError, match="too large"):
        scale_of(np.array([-1e8]), np.array([0.0]))
    with pytest.raises(RecordingError, match="too many"):
        EdfWriter(BytesIO(), layout(), 10**11, ())
