"""Trials of a made-up user, and heads to start from."""

import numpy as np
import onnxruntime as ort
import torch
from torch import nn

from calibration.fitting import FitOrder, LabelledTrial
from models.datasets.khushaba import TEN
from models.export import tensors_of
from models.head_graph import head_graph, head_tensors
from models.networks.heads import MLPHead
from models.spec import HeadSpec

NAMES = ("rest", "fist", "point", "pinch")
FEATURES = 12
RATE_HZ = 1000.0
HOP = 25
ENCODER = "e" * 64


def centres(features=FEATURES):
    rng = np.random.default_rng(0)
    return {name: 3 * rng.standard_normal(features) for name in (*NAMES, *TEN)}


def a_trial(gesture, repetition, *, old=False, windows=60, seed=0, noise=1.0, drift=0.5, places=None):
    """Windows about the centre of the gesture, all of a trial a little to one side."""
    places = places or centres()
    rng = np.random.default_rng([seed, repetition, sum(map(ord, gesture)), old])
    size = len(places[gesture])
    middle = places[gesture] + drift * rng.standard_normal(size)
    features = (middle + noise * rng.standard_normal((windows, size))).astype(np.float32)
    return LabelledTrial(gesture, repetition, features, 5000 + HOP * np.arange(windows), old)


def some_trials(names=NAMES, repetitions=2, **how):
    return [a_trial(name, number, **how) for number in range(1, repetitions + 1) for name in names]


def a_head(labels, features=FEATURES, seed=0, hidden=16):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return to_onnx(MLPHead(nn.Linear(features, hidden), nn.Linear(hidden, len(labels)), 0.3), labels)


def to_onnx(head, labels):
    return head_graph(HeadSpec(kind=head.kind, labels=labels, encoder=ENCODER), tensors_of(head))


def an_order(labels=NAMES, population=None, previous=None, seed=0):
    return FitOrder(labels, ENCODER, RATE_HZ, population or a_head(labels), previous, seed)


def right(onnx, trials):
    """Share of windows that a head answers rightly."""
    session, labels = ort.InferenceSession(onnx), head_tensors(onnx)[0].labels
    said = [session.run(None, {"x": trial.features})[0].argmax(axis=1) for trial in trials]
    return np.mean([labels[k] == trial.gesture for trial, row in zip(trials, said, strict=True) for k in row])
