"""Predictions to the Lab Streaming Layer: one more subscriber, who happens to speak LSL."""

import time

from drivers.lsl_outlet import PredictionOutlet
from service.hub import SILENT
from service.live import Live
from service.messages import GestureEvent, HeadChanged, Hello, Prediction, Status

#: The word for a user whom the rest/active gate finds at rest.
RELAXED = "relaxed"


async def forward(live: Live, outlet: PredictionOutlet) -> None:
    """Send every accepted prediction of a stream, and every relaxed one, or every event, until cancelled.

    Text goes over the websocket alone: this outlet sends one gesture at a time, and takes none back.

    Index -1 is no gesture: the word says whether the user is relaxed, or in which state a silent stream is. A
    prediction is stamped with the arrival of its last sample, so that it lines up with the signal beside it.
    """
    with outlet, live.hub.follow() as follower:
        labels = live.describe().labels
        while True:
            frame = await follower.next()
            if isinstance(frame, Prediction):
                age_s = (time.monotonic_ns() - frame.arrived_ns) / 1e9
                if frame.active is False:
                    outlet.push(-1, 0.0, RELAXED, outlet.now_s() - age_s)
                elif frame.accepted:
                    outlet.push(labels.index(frame.gesture), frame.confidence, frame.gesture, outlet.now_s() - age_s)
            elif isinstance(frame, GestureEvent):
                age_s = (time.monotonic_ns() - frame.arrived_ns) / 1e9
                outlet.push(labels.index(frame.label), frame.score, frame.label, outlet.now_s() - age_s)
            elif isinstance(frame, HeadChanged | Hello):
                labels = frame.labels
            elif isinstance(frame, Status) and frame.state in SILENT:
                outlet.push(-1, 0.0, frame.state)
