"""The clinicians' page: files that were built into the package, one more client of the API."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)

BUILT: Final = Path(__file__).parents[1] / "web" / "dist"
#: Everything comes from here; uPlot and the meters set styles by script, which takes no exception.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
NOT_BUILT: Final = "the page is not built in this checkout: run `make page` (the API works without it: see /docs)"


@router.get("/")
async def page() -> FileResponse:
    """The page itself; asked for anew every time, because it names its files."""
    _require_built()
    return FileResponse(BUILT / "index.html", headers={"content-security-policy": POLICY, "cache-control": "no-cache"})


@router.get("/assets/{path:path}")
async def asset(path: str) -> FileResponse:
    """A file of the page; its name changes with what is in it. What a client names is looked up, never opened."""
    _require_built()
    files = {file.name: file for file in (BUILT / "assets").iterdir()}
    if path not in files:
        raise HTTPException(404, f"the page has no file {path!r}: load the page again")
    return FileResponse(files[path], headers={"cache-control": "public, max-age=31536000, immutable"})


def _require_built() -> None:
    if not (BUILT / "index.html").is_file():
        raise HTTPException(404, NOT_BUILT)
