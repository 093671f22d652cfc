"""Shared by the package's commands: usage errors and failures are one line on stderr."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any, Callable, Iterator, NoReturn

from ._errors import InputError, Interrupted, TiseError, UsageError


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of printing the usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def run(name: str, command: Callable[[], None]) -> None:
    """Runs a command. Prints a TiseError as `name: message` and exits with the error's code. Ends silently if the
    program that reads its output ends."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        command()
    except TiseError as error:
        print(f"{name}: {error}".replace("\n", " "), file=sys.stderr)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(Interrupted.code)


@contextlib.contextmanager
def written(path: Path, role: str, **how: Any) -> Iterator[IO[Any]]:
    """Opens a file for writing, with the arguments of `open`. The file gets its name only when it is complete. Raises
    InputError."""
    partial = Path(f"{path}.partial")
    try:
        with open(partial, **how) as file:
            yield file
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"{role} {path}: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
