"""Which code ran: what results, data cards and provenance name."""

import subprocess
from pathlib import Path


def commit() -> str:
    """The commit of the code that runs, with a plus if files were changed since; ``unknown`` outside a checkout."""
    command = (
        "git",
        "-C",
        str(Path(__file__).parent),
        "describe",
        "--always",
        "--abbrev=12",
        "--dirty=+",
        "--exclude=*",
    )
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
