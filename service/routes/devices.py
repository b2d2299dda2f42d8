"""What a stream can be started from, and with which models."""

from fastapi import APIRouter

from service.devices import Devices, find_devices
from service.routes.deps import DataDir
from service.streams import in_own_thread

router = APIRouter(prefix="/v1/devices", tags=["streams"])


@router.get("")
async def list_devices(data_dir: DataDir) -> Devices:
    """Simulated users, serial ports, LSL streams and recordings; takes a second."""
    return await in_own_thread(lambda: find_devices(data_dir))
