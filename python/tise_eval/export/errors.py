"""How an export ends when something is wrong that the user can mend: with one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, NoReturn


class ExportError(Exception):
    """Something that the user can mend; its message is one line."""


def fail(message: str) -> NoReturn:
    raise ExportError(message)


def run(export: Callable[[], None]) -> None:
    """Runs an export as a program: an ExportError is one line on stderr and exit code 1. The line begins with the
    program's name, which is `sys.argv[0]`."""
    try:
        export()
    except ExportError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
