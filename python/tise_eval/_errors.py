"""The program's exit codes as exceptions."""

from __future__ import annotations


class TiseError(Exception):
    """The program ended with a nonzero exit code; the message is its error line."""

    code = 5


class GateCrossed(TiseError):
    """A gate failed: a metric crossed its limit, or is worse than the baseline. `evaluate` doesn't raise this; failed
    gates are in `Report.gates_crossed`."""

    code = 1


class UsageError(TiseError):
    """An unknown flag, metric or value, or a metric requested by name without the input that it needs."""

    code = 2


class InputError(TiseError):
    """A file that is missing, unreadable or invalid."""

    code = 3


class ModelError(TiseError):
    """A model, a device or a Python package (torch, pyarrow) that is missing or unusable."""

    code = 4


class InternalError(TiseError):
    """A bug in the program."""


class Interrupted(TiseError):
    """The program was interrupted."""

    code = 130


def error_of(code: int, message: str) -> TiseError:
    for kind in (GateCrossed, UsageError, InputError, ModelError, Interrupted):
        if kind.code == code:
            return kind(message)
    return InternalError(message)
