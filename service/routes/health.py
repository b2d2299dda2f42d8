"""Is the service well, and can controllers rely on it now?"""

from importlib.metadata import version

from fastapi import APIRouter, Response

from service.messages import Health, Readiness, StreamInfo
from service.routes.deps import Streams
from service.security.identity import Who
from service.security.scopes import Scope

router = APIRouter(tags=["service"])

#: Time after a prediction is due in which it still counts as fresh.
GRACE_MS = 500.0


@router.get("/healthz")
async def healthz(streams: Streams, asker: Who) -> Health:
    """Whether the service answers, and how each stream is: for whoever would restart it."""
    infos = tuple(stream.describe() for stream in streams.values())
    status = "ok" if all(info.state == "live" for info in infos) else "degraded"
    if not asker.may({Scope.SUBSCRIBE}):
        return Health(status=status)
    return Health(status=status, version=version("palmaris"), streams=infos)


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(streams: Streams, asker: Who, response: Response) -> Readiness:
    """Whether every stream is live and its last prediction fresh, else 503: for whoever would send clients here."""
    infos = [stream.describe() for stream in streams.values()]
    ready = bool(infos) and all(_fresh(info) for info in infos)
    response.status_code = 200 if ready else 503
    ages = {info.stream: info.prediction_age_ms for info in infos} if asker.may({Scope.SUBSCRIBE}) else {}
    return Readiness(ready=ready, prediction_age_ms=ages)


def _fresh(info: StreamInfo) -> bool:
    hop_ms = 1000 * info.hop / info.rate_hz
    return info.state == "live" and info.prediction_age_ms is not None and info.prediction_age_ms < hop_ms + GRACE_MS
