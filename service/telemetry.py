"""Traces of HTTP requests for OpenTelemetry, where an operator asks for them. FastAPI makes them; here is what it may.

``OTEL_EXPORTER_OTLP_ENDPOINT`` says where they go, as everywhere; how is in the other ``OTEL_*`` variables.
"""

import logging
import os
from typing import TYPE_CHECKING, Final

from fastapi.telemetry import TelemetryConfig

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span
    from opentelemetry.sdk.trace.export import SpanExporter

log = logging.getLogger(__name__)

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: Seconds for one delivery, all attempts together: a collector that is away must not hold up a service that stops.
DELIVERY_S: Final = 1.0


def telemetry() -> TelemetryConfig:
    """What FastAPI sends: nothing, unless an endpoint is named and the extra ``telemetry`` is installed."""
    if os.environ.get(ENDPOINT):
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            return traces_to(OTLPSpanExporter(timeout=DELIVERY_S))
        except ImportError:
            log.warning("%s is set, but nothing can be sent: pip install 'palmaris[telemetry]'", ENDPOINT)
    return {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def traces_to(exporter: "SpanExporter") -> TelemetryConfig:
    """A span for each HTTP request; not for websockets, which last for hours."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Discreet(BatchSpanProcessor):
        def on_start(self, span: "Span", parent_context: "Context | None" = None) -> None:
            if "url.query" in (span.attributes or {}):
                span.set_attribute("url.query", "REDACTED")  # it may hold a ticket

    name = os.environ.get("OTEL_SERVICE_NAME", "palmaris")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(Discreet(exporter))
    return {
        "tracer_provider": provider,
        "metrics": False,  # Prometheus has them
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: scope["type"] != "http",
    }
