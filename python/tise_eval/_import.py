"""The command tise-import."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from . import _commands
from ._errors import UsageError

IMPORTS = {
    "edm2": "EDM2's statistics (.pkl)",
    "stylegan3": "statistics or features cached by StyleGAN3's metrics (.pkl)",
    "torch-fidelity": "statistics or features cached by torch-fidelity (.pt)",
    "tise": "the TISE toolbox's captions (.pkl)",
}
USAGE = "usage: tise-import " + "|".join(IMPORTS) + " [--help] FILE [FLAG...]\n\n" \
    "Converts other tools' files to files that tise-eval reads. No code in them is run.\n\n" + \
    "".join(f"  {name:16} {what}\n" for name, what in IMPORTS.items())


def command() -> None:
    name, given = sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return
    if name and name not in IMPORTS and (name.startswith("-") or "." in name or Path(name).exists()):
        name, given = "tise", sys.argv[1:]  # early versions of this command read only these
    if name not in IMPORTS:
        raise UsageError(f"{name + ': ' if name else ''}expected one of {', '.join(IMPORTS)} (see tise-import --help)")
    kind = import_module(".import_tise" if name == "tise" else ".import_statistics", __package__)
    kind.run(kind.arguments(f"tise-import {name}", given))


def main() -> None:
    """Runs the command tise-import."""
    _commands.run("tise-import", command)
