"""Whoever receives over LSL what a service sends."""

from typing import Any

from drivers.lsl_outlet import PredictionOutlet
from drivers.lsl_streams import load_pylsl

PATIENCE_S = 60


def inlet_of(outlet: PredictionOutlet, name: str, markers: bool = False) -> Any:
    """Of an outlet of that name that is open, its words if ``markers``; it misses nothing that is sent from now on."""
    pylsl, sender = load_pylsl(), outlet._markers if markers else outlet._values
    (found,) = pylsl.resolve_byprop("name", f"{name} markers" if markers else name, timeout=PATIENCE_S)
    inlet = pylsl.StreamInlet(found)
    inlet.open_stream(PATIENCE_S)
    assert sender.wait_for_consumers(PATIENCE_S)  # which it is only a moment after it was let in
    return inlet
