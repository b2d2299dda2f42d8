"""Documents for machines, and for people who read them in a browser.

Plain functions: the first OpenAPI document takes half a second to make, in which no stream may stand still.
"""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

from service import asyncapi

router = APIRouter(tags=["service"])

_OPENAPI = "/openapi.json"


@router.get("/asyncapi.json")
def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI document of the websocket."""
    return asyncapi.document(version("palmaris"))


@router.get(_OPENAPI, include_in_schema=False)
def openapi_document(request: Request) -> dict[str, Any]:
    """The OpenAPI document of everything else."""
    document: dict[str, Any] = request.app.openapi()
    return document


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """The OpenAPI document, to be read and tried."""
    return get_swagger_ui_html(openapi_url=_OPENAPI, title=request.app.title)


@router.get("/redoc", include_in_schema=False)
def redoc(request: Request) -> HTMLResponse:
    """The OpenAPI document, to be read."""
    return get_redoc_html(openapi_url=_OPENAPI, title=request.app.title)
