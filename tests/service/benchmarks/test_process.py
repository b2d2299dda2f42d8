"""A service of its own process."""

import pytest

from service.benchmarks.process import own_service, service
from service.errors import ServiceError


def test_what_a_service_costs():
    with own_service("sim://two-channel", "csae-simulated") as running:
        assert 0 <= running.core_percent(0.1) < 400
        assert 20 < running.memory_mb() <= running.peak_mb() < 1000


def test_a_service_that_does_not_start_says_why(tiny_model):
    with (
        pytest.raises(ServiceError, match="tiny"),
        service("--source", "sim://two-channel", "--model", str(tiny_model)),
    ):
        pass
