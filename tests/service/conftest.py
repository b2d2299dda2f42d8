"""A running stream for tests of the service."""

from collections.abc import Callable
from pathlib import Path

import pytest
from serving import HandFedSource

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from service.live import Live

DECISION = DecisionSpec(smoothing=3, reject_below=0.6)


@pytest.fixture
def source() -> HandFedSource:
    """A source that the test feeds."""
    return HandFedSource()


@pytest.fixture
def recognizer(tiny_model: Path) -> Callable[[], WindowRecognizer]:
    """Makes recognisers of the tiny model."""
    return lambda: WindowRecognizer(load_model(str(tiny_model)), DECISION)


@pytest.fixture
def live(source: HandFedSource, recognizer: Callable[[], WindowRecognizer]) -> Live:
    """A stream of the hand-fed source."""
    return Live("default", source, recognizer())
