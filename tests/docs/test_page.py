"""The example of the page's document works as it is written."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from serving import HandFedSource, serving, wait_for

from service.live import Live

DOCUMENT = (Path(__file__).parents[2] / "docs" / "page.md").read_text(encoding="utf-8")


def test_the_client_shown_reads_the_signal(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    (client,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    with serving(live) as address:
        command = [sys.executable, "-c", client.replace("127.0.0.1:8765", address)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            layout = process.stdout.readline()
            wait_for(lambda: len(live._listeners) == 1)
            source.feed(signal[:100])
            lines = [process.stdout.readline() for _ in range(2)]
            process.kill()
    assert layout == "layout\n"
    assert lines == ["0 8 (4, 2, 2)\n", "32 8 (4, 2, 2)\n"]
