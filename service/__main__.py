"""The command ``palmaris``: run it, or say in one line why not."""

import sys

from service.cli import app
from service.errors import EXPECTED, exit_code


def main() -> None:
    """Run the command line; expected errors become one line and an exit code."""
    try:
        app()
    except EXPECTED as error:
        sys.stderr.write(f"palmaris: {error}\n")
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
