"""Predictions to the Lab Streaming Layer: one more subscriber, who happens to speak LSL."""

import time

from drivers.lsl_outlet import PredictionOutlet
from service.hub import SILENT
from service.live import Live
from service.messages import Prediction


async def forward(live: Live, outlet: PredictionOutlet) -> None:
    """Send every accepted prediction of a stream, until cancelled; the word for silence is the stream's state.

    A prediction is stamped with the arrival of its last sample, so that it lines up with the signal beside it.
    """
    with outlet, live.hub.subscribe() as subscriber:
        labels = live.describe().labels
        while True:
            frame, _ = await subscriber.next()
            if isinstance(frame, Prediction):
                if frame.accepted:
                    age_s = (time.monotonic_ns() - frame.arrived_ns) / 1e9
                    index = labels.index(frame.gesture)
                    outlet.push(index, frame.confidence, frame.gesture, outlet.now_s() - age_s)
            elif frame.state in SILENT:
                outlet.push(-1, 0.0, frame.state)
