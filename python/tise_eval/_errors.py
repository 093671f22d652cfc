"""The program's exit codes as exceptions."""

from __future__ import annotations


class TiseError(Exception):
    """The program ended with an exit code that isn't 0; the message is the line that it said."""

    code = 5


class GateCrossed(TiseError):
    """A metric crossed its limit, or is worse than the baseline's. `evaluate` doesn't throw it: the report says so."""

    code = 1


class UsageError(TiseError):
    """An unknown flag, metric or value, or a metric asked for by name without its input."""

    code = 2


class InputError(TiseError):
    """A file that isn't there, can't be read or doesn't say what it should."""

    code = 3


class ModelError(TiseError):
    """A model or a device that is missing or can't be used; torch too."""

    code = 4


class InternalError(TiseError):
    """A fault of the program."""


class Interrupted(TiseError):
    """The program was told to stop."""

    code = 130


def error_of(code: int, message: str) -> TiseError:
    for kind in (GateCrossed, UsageError, InputError, ModelError, Interrupted):
        if kind.code == code:
            return kind(message)
    return InternalError(message)
