"""Users as files, as they come from another machine: two versions, some trials, and a head for a model elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
from clinic import Clinic
from serving import PATIENCE_S

from calibration.profile import HeadFacts, Profile, ProfileHead, ProfileTrial, TrialFacts
from models.spec import EffortSpec

CREATED = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
GESTURES = ("fist", "point", "open")
WEIGHT = np.array([[0.1, 0.01], [0.01, 0.1], [0.06, 0.07]], np.float32)


def a_head(
    version: int,
    encoder: str,
    *,
    active: bool = False,
    features: int = 2,
    effort: EffortSpec | None = None,
    scores: dict[str, Any] | None = None,
) -> ProfileHead:
    """A linear head of both channels, stronger with each version."""
    facts = HeadFacts(
        version=version, parent=version - 1 or None, active=active, model="tiny", encoder=encoder, kind="linear",
        labels=GESTURES, effort=effort, scores=scores or {}, created=CREATED + timedelta(days=version),
    )  # fmt: skip
    weight = np.resize(WEIGHT, (3, features)) * version
    return ProfileHead(facts, {"weight": weight, "bias": np.zeros(3, np.float32)})


def a_trial(gesture: str, encoder: str, repetition: int = 1) -> ProfileTrial:
    """Four windows of a gesture."""
    rng = np.random.default_rng(len(gesture))
    facts = TrialFacts(
        gesture=gesture, repetition=repetition, model="tiny", encoder=encoder, rate_hz=1000,
        relaxed={"median_uv": 2.0, "restless_uv": 3.0}, created=CREATED,
    )  # fmt: skip
    values = rng.uniform(1, 9, (4, 2)).astype(np.float32)
    return ProfileTrial(facts, values, np.arange(4) * 25 + 249, values[:, 0].copy())


def a_profile(encoder: str) -> Profile:
    """Two heads here, one for a model that nobody serves, and a trial of each gesture, one of them twice the same."""
    effort = EffortSpec(rest_uv=2, gate_uv=5, firm_uv=(80, 70, None))
    heads = (a_head(1, encoder), a_head(2, encoder, active=True, effort=effort), a_head(4, "e" * 64, active=True))
    trials = [a_trial(gesture, encoder) for gesture in (*GESTURES, "fist")]
    return Profile("p-elsewhere", heads, tuple(trials))


def moved_in(clinic: Clinic, content: bytes, user: str = "p-17") -> httpx.Response:
    """What the service answers to a file."""
    address = f"http://{clinic.address}/v1/users/{user}/profile"
    return httpx.post(address, content=content, headers={"content-type": "application/zip"}, timeout=PATIENCE_S)
