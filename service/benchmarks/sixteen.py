"""What sixteen channels at 2 kHz cost, with a decision every 10 ms."""

import tempfile
from pathlib import Path
from typing import Final

from service.benchmarks.latency import SHARE, measure
from service.benchmarks.report import Report
from service.benchmarks.signals import WIDE_CHANNELS, WIDE_RATE_HZ, played, sixteen_channels
from service.errors import ServiceError

MEASURES: Final = """\
as latency, for 16 simulated channels at 2 kHz in chunks of 5 ms and a CSAE that decides every 10 ms. Its weights are \
drawn, not learned: gestures mean nothing, the cost is that of a trained one."""

HOP: Final = WIDE_RATE_HZ // 100


def sixteen(seconds: float) -> Report:
    """Measure for ``seconds``. Raises ``ServiceError`` where PyTorch is not installed: the model is made by it."""
    report = Report("sixteen", MEASURES, {"channels": WIDE_CHANNELS, "rate_hz": WIDE_RATE_HZ, "seconds": seconds})
    with tempfile.TemporaryDirectory() as folder:
        model = wide_model(Path(folder))
        measure(report, played(sixteen_channels(Path(folder))), str(model), seconds)
    report.ask(SHARE, 15.0)
    return report


def wide_model(folder: Path) -> Path:
    """An untrained CSAE of sixteen channels."""
    return untrained(WIDE_RATE_HZ, WIDE_CHANNELS, HOP, folder, "sixteen")


def untrained(rate_hz: float, channels: int, hop: int, folder: Path, asking: str) -> Path:
    """An untrained CSAE for the benchmark ``asking``. Raises ``ServiceError`` where PyTorch is not installed."""
    try:
        from models.training.untrained import untrained_csae
    except ImportError as error:
        raise ServiceError(f"{asking}: {error.name} is missing: pip install 'palmaris[train]'") from error
    return untrained_csae(rate_hz, channels, hop, folder)
