"""What a collector of traces receives."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from serving import PATIENCE_S

from service.telemetry import ENDPOINT, telemetry, traces_to

SECRET = "palm_this-must-never-be-sent"  # noqa: S105

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra telemetry is not installed")
exporters = pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra telemetry is not installed")


def app(config: TelemetryConfig) -> FastAPI:
    made = FastAPI(telemetry=config)

    @made.get("/v1/users/{user}")
    def user(user: str) -> str:
        return user

    return made


async def ask(app: FastAPI, path: str, **headers: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        (await client.get(path, headers=headers)).raise_for_status()


async def test_a_request_is_a_span_that_names_its_route_and_keeps_secrets() -> None:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    config = traces_to(exporter)
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    await ask(
        app(config),
        f"/v1/users/p-17?ticket={SECRET}",
        traceparent=f"00-{trace_id}-00f067aa0ba902b7-01",
        authorization=f"Bearer {SECRET}",
    )
    provider: Any = config["tracer_provider"]
    provider.shutdown()
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /v1/users/{user}"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200
    assert span.resource.attributes["service.name"] == "palmaris"
    assert f"{span.context.trace_id:032x}" == trace_id
    assert SECRET not in span.to_json()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bytes]]]:
    """What was posted to a collector that the environment names."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        monkeypatch.setattr("service.telemetry.DELIVERY_S", PATIENCE_S)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield received
        server.shutdown()
        thread.join()


async def test_spans_go_to_the_collector_that_the_environment_names(collector: list[tuple[str, bytes]]) -> None:
    config = telemetry()
    await ask(app(config), f"/v1/users/p-17?ticket={SECRET}")
    provider: Any = config["tracer_provider"]
    provider.shutdown()
    ((path, body),) = collector
    assert path == "/v1/traces"
    assert b"GET /v1/users/{user}" in body
    assert SECRET.encode() not in body


def test_nothing_is_sent_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    assert telemetry() == {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def test_without_the_packages_the_service_runs_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert telemetry()["tracing"] is False
    assert "palmaris[telemetry]" in caplog.text
