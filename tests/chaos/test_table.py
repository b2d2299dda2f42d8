"""The table of this folder names every case, and nothing that is not there."""

import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def cases_in(file: Path) -> list[str]:
    """Names of the tests in a file."""
    return DEFINED.findall(file.read_text(encoding="utf-8"))


def test_every_line_is_a_case_and_every_case_has_a_line() -> None:
    named = NAMED.findall((HERE / "README.md").read_text(encoding="utf-8"))
    for name, test in named:
        file = HERE.parents[1] / name if "/" in name else HERE / name
        assert test in cases_in(file), f"{name} has no {test}"
    cases = {(file.name, test) for file in HERE.glob("test_*.py") if file != Path(__file__) for test in cases_in(file)}
    assert cases <= set(named)
