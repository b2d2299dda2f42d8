"""The README shows the pictures that docs/screenshots.py makes, and they are small."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SHOWN = set(re.findall(r"\(docs/images/([\w-]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8")))


def test_every_picture_is_shown() -> None:
    assert {path.name for path in IMAGES.iterdir()} == SHOWN


def test_pictures_are_small() -> None:
    sizes = [path.stat().st_size for path in IMAGES.iterdir()]
    assert max(sizes) < 150_000
    assert sum(sizes) < 1_000_000
