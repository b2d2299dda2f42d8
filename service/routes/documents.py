"""Documents for machines; the OpenAPI one is served by FastAPI itself."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter

from service import asyncapi

router = APIRouter(tags=["service"])


@router.get("/asyncapi.json")
async def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI document of the websocket."""
    return asyncapi.document(version("palmaris"))
