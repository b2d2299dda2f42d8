"""The page's files as they are sent: compressed to those who take that, as they are to everybody else."""

import gzip
from itertools import product
from pathlib import Path

import httpx
import pytest
from serving import serving

from service.live import Live
from service.routes import page as routes
from service.web.build_page import compress

ASSET = "view-a1.js"
CONTENT = {"/": b"<!doctype html>" + 50 * b"<p>page</p>", f"/assets/{ASSET}": 50 * b"const view = 1;\n"}
#: What clients say that they accept, and whether it takes gzip.
TAKES = {
    "gzip": True,
    "br, GZip ; Q=0.5": True,
    "identity, deflate,gzip;q=1.000": True,
    "gzip;q=0": False,
    "br, gzip; q=0.000": False,
    "xgzip, br;q=gzip": False,
    "identity": False,
    "": False,
}
#: Headers that tell the same of a file, whether it comes or not.
SAME = (
    "content-encoding",
    "content-length",
    "content-type",
    "cache-control",
    "vary",
    "etag",
    "content-security-policy",
)
TYPES = {"/": "text/html; charset=utf-8", f"/assets/{ASSET}": "text/javascript; charset=utf-8"}


@pytest.fixture(params=[True, False], ids=["compressed", "not compressed"])
def is_compressed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the page that is served was compressed when it was built."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_bytes(CONTENT["/"])
    (dist / "assets" / ASSET).write_bytes(CONTENT[f"/assets/{ASSET}"])
    if request.param:
        compress(dist)
    monkeypatch.setattr(routes, "BUILT", dist)
    return bool(request.param)


def exchanged(method: str, address: str, path: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    """Headers and body as they were sent."""
    with httpx.stream(method, f"http://{address}{path}", headers={"accept-encoding": accepted}) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.iter_raw())


def test_who_takes_gzip_gets_it(live: Live, tmp_path: Path, is_compressed: bool) -> None:
    with serving(live, data_dir=tmp_path) as address:
        for (accepted, takes), path in product(TAKES.items(), CONTENT):
            got, sent = exchanged("GET", address, path, accepted)
            told, nothing = exchanged("HEAD", address, path, accepted)
            smaller = takes and is_compressed
            assert (gzip.decompress(sent) if smaller else sent) == CONTENT[path], accepted
            assert got.get("content-encoding") == ("gzip" if smaller else None)
            assert int(got["content-length"]) == len(sent)
            assert got["content-type"] == TYPES[path]
            assert got["vary"] == "accept-encoding"
            assert ("immutable" in got["cache-control"]) == (path != "/")
            assert nothing == b""
            assert {name: told.get(name) for name in SAME} == {name: got.get(name) for name in SAME}


def test_both_forms_have_tags_of_their_own(live: Live, tmp_path: Path, is_compressed: bool) -> None:
    with serving(live, data_dir=tmp_path) as address:
        tags = {
            httpx.get(f"http://{address}/", headers={"accept-encoding": coding}).headers["etag"]
            for coding in ("gzip", "identity")
        }
    assert len(tags) == 1 + is_compressed


@pytest.mark.usefixtures("is_compressed")
def test_compressed_files_are_no_files_of_the_page(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address:
        answer = httpx.get(f"http://{address}/assets/{ASSET}.gz")
    assert answer.status_code == 404


@pytest.mark.usefixtures("is_compressed")
def test_answers_of_the_api_are_never_compressed(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address:
        for path in ("/openapi.json", "/v1/streams", "/v1/tokens", "/healthz", "/assets/none.js"):
            answer = httpx.get(f"http://{address}{path}", headers={"accept-encoding": "gzip, deflate, br, zstd"})
            assert "content-encoding" not in answer.headers


def test_the_page_itself_is_compressed_last(tmp_path: Path) -> None:
    """A build that was broken off is not taken for a whole one: what is made last says whether it is fresh."""
    (tmp_path / "index.html").write_bytes(b"page")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "zoo.js").write_bytes(b"zoo")
    (tmp_path / "assets" / "zoo.js.gz").mkdir()
    with pytest.raises(IsADirectoryError):
        compress(tmp_path)
    assert not (tmp_path / "index.html.gz").exists()


def test_a_service_says_where_its_page_is_or_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BUILT", tmp_path)
    assert "run `make page`" in routes.invitation("http://127.0.0.1:8765")
    (tmp_path / "index.html").touch()
    assert routes.invitation("http://127.0.0.1:8765") == "the page: http://127.0.0.1:8765/"
