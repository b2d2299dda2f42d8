"""A wristband of 16 channels, from the driver to the websocket: `palmaris serve` in a process of its own."""

import numpy as np
import pytest
from serving import subscribed

from drivers.registry import open_source
from models.runtime import load_model
from service.benchmarks.process import own_service

MODEL = "csae-ring-simulated"
HEARD_S = 16.0
SETTLED = 1000
"""Samples, 0.5 s, after which the window and the smoothing hold nothing of the gesture before."""


@pytest.mark.parametrize("options", ["", "&rotation=2"])
def test_a_wristband_is_recognised_over_the_websocket(options):
    """Worn as it belongs, and two electrodes further round the arm; user 3 is one that the model knows."""
    uri = f"sim://wristband?user=3&seed=7{options}"
    spec = load_model(MODEL).spec
    predictions = []
    with own_service(f"{uri}&speed=4", MODEL) as running, subscribed(running.address) as client:
        hello = client.next("hello")
        assert (hello["simulated"], "rest" in hello["labels"]) == (True, True)
        while not predictions or predictions[-1]["index"] < HEARD_S * spec.rate_hz:
            predictions.append(client.next("prediction"))
    at = np.array([prediction["index"] for prediction in predictions])
    assert not (np.diff(at) % spec.hop).any()
    truth = open_source(uri).record(HEARD_S + 1).labels
    settled = [p for p in predictions if len(set(truth[max(0, p["index"] - SETTLED) : p["index"] + 1])) == 1]
    right = np.mean([prediction["gesture"] == truth[prediction["index"]] for prediction in settled])
    assert len({truth[prediction["index"]] for prediction in settled}) > 2
    assert right > 0.7
