"""``palmaris models``: what is shipped, and what it expects."""

from rich.console import Console
from rich.table import Table

from models.runtime import load_model, shipped_models


def list_models() -> None:
    """Print a table of the shipped models."""
    table = Table("model", "channels", "rate", "window", "hop", "gestures")
    for name in shipped_models():
        model = load_model(name)
        spec = model.spec
        table.add_row(
            name,
            str(spec.channels),
            f"{spec.rate_hz:g} Hz",
            f"{spec.window_ms:g} ms",
            f"{spec.hop_ms:g} ms",
            ", ".join(model.head.spec.labels) + (" (simulated)" if spec.simulated else ""),
        )
    Console().print(table)
