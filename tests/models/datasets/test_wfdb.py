import numpy as np
import pytest

from models.datasets.wfdb import read_wfdb
from models.errors import DatasetError

COUNTS = np.random.default_rng(7).integers(-32_767, 32_768, (100, 2)).astype("<i2")
HEADER = "rec 2 2048 100\nrec.dat 16 1000.5(50)/mV 16 0 0 0 0 F1\nrec.dat 16 2000.0(-3)/mV 16 0 0 0 0 F2\n"


@pytest.fixture
def record(tmp_path):
    (tmp_path / "rec.hea").write_text(HEADER)
    COUNTS.tofile(tmp_path / "rec.dat")
    return tmp_path / "rec.hea"


def test_the_signals_asked_for_come_in_microvolts(record):
    samples, rate_hz = read_wfdb(record, ("F2", "F1"))
    assert (rate_hz, samples.dtype, samples.shape) == (2048.0, np.float32, (100, 2))
    np.testing.assert_allclose(samples[:, 0], (COUNTS[:, 0 + 1] + 3.0) / 2, rtol=1e-5)
    np.testing.assert_allclose(samples[:, 1], (COUNTS[:, 0] - 50.0) / 1.0005, rtol=1e-5)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda record: record.write_text(HEADER.replace(" 16 1000.5", " 212 1000.5")), "format 16"),
        (lambda record: record.write_text("rec two"), "no header"),
        (lambda record: record.write_text(""), "has another layout"),
        (lambda record: record.write_bytes(b"\xff\xfe\x00"), "has another layout"),
        (lambda record: record.with_suffix(".dat").write_bytes(bytes(10)), "cannot reshape"),
        (lambda record: record.with_suffix(".dat").unlink(), r"rec\.dat"),
        (lambda record: record.write_text(HEADER.replace("F2", "W2")), "F2"),
    ],
)
def test_a_damaged_record_is_named(record, spoil, reason):
    spoil(record)
    with pytest.raises(DatasetError, match=rf"rec\.hea.*{reason}.*again"):
        read_wfdb(record, ("F1", "F2"))
