"""The clinicians' page: files that were built into the package, one more client of the API."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Request
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
#: Follows the name of a file that was compressed when the page was built.
COMPRESSED: Final = ".gz"
NOT_BUILT: Final = "the page is not built in this checkout: run `make page` (the API works without it: see /docs)"


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> FileResponse:
    """The page itself; asked for anew every time, because it names its files."""
    _require_built()
    return _sent(request, BUILT / "index.html", {"content-security-policy": POLICY, "cache-control": "no-cache"})


@router.api_route("/assets/{path:path}", methods=["GET", "HEAD"])
async def asset(request: Request, path: str) -> FileResponse:
    """A file of the page; its name changes with what is in it. What a client names is looked up, never opened."""
    _require_built()
    files = {file.name: file for file in (BUILT / "assets").iterdir() if file.suffix != COMPRESSED}
    if path not in files:
        raise HTTPException(404, f"the page has no file {path!r}: load the page again")
    return _sent(request, files[path], {"cache-control": "public, max-age=31536000, immutable"})


def invitation(address: str) -> str:
    """What a service that has just started says of its page."""
    return f"the page: {address}/" if _is_built() else NOT_BUILT


def _require_built() -> None:
    if not _is_built():
        raise HTTPException(404, NOT_BUILT)


def _is_built() -> bool:
    return (BUILT / "index.html").is_file()


def _sent(request: Request, file: Path, headers: dict[str, str]) -> FileResponse:
    """The file as ``build_page.py`` has compressed it, where the client takes that; nothing is compressed here.

    So no answer of the API ever is: compressed together with what a stranger chooses, a secret's length tells of it.
    """
    headers = headers | {"vary": "accept-encoding"}
    compressed = file.with_name(file.name + COMPRESSED)
    if _takes_gzip(request.headers.get("accept-encoding", "")) and compressed.is_file():
        return FileResponse(compressed, headers=headers | {"content-encoding": "gzip"})
    return FileResponse(file, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether it is named, and not with the weight 0, in an ``Accept-Encoding`` (RFC 9110, 12.5.3)."""
    for coding in accepted.lower().split(","):
        name, _, weight = "".join(coding.split()).partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False
