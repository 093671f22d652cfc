#!/usr/bin/env python3
"""Runs tise-export all from the source tree. get_models.sh calls it with a Python that has the needed packages."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
sys.path.insert(0, str(SCRIPTS.parent / "python"))

from tise_eval.export.all import main  # noqa: E402

if __name__ == "__main__":
    sys.argv[0] = "get_models.sh"  # the name in usage and errors
    main(lambda kind: [sys.executable, str(SCRIPTS / f"export_{kind}.py")])
