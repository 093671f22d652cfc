"""Errors that the user can fix; an export reports them in one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, NoReturn


class ExportError(Exception):
    """An error that the user can fix; the message is one line."""


def fail(message: str) -> NoReturn:
    raise ExportError(message)


def run(export: Callable[[], None]) -> None:
    """Runs an export as a program: prints an ExportError as one line on stderr, preceded by the program's name from
    `sys.argv[0]`, and exits with code 1."""
    try:
        export()
    except ExportError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
