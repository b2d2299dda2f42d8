"""What Prometheus asks for."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.metrics import ServiceCollector
from service.routes.deps import Desk, Streams

router = APIRouter(tags=["service"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE_LATEST: {}}}})
def metrics(streams: Streams, desk: Desk) -> Response:
    """Counters, states and latencies in the text format of Prometheus."""  # no coroutine: writing it takes a while
    return Response(generate_latest(ServiceCollector(streams, desk.fits)), media_type=CONTENT_TYPE_LATEST)
