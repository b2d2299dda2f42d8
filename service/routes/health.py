"""Is the service well?"""

from importlib.metadata import version

from fastapi import APIRouter

from service.messages import Health
from service.routes.deps import Streams

router = APIRouter(tags=["service"])


@router.get("/healthz")
async def healthz(streams: Streams) -> Health:
    """Whether every stream is live, and how old each one's last prediction is."""
    infos = tuple(stream.describe() for stream in streams.values())
    well = all(info.state == "live" for info in infos)
    return Health(status="ok" if well else "degraded", version=version("palmaris"), streams=infos)
