#!/usr/bin/env python3
"""Runs tise-export maskrcnn from the source tree; see --help."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

try:
    from tise_eval.export.maskrcnn import main
except ImportError as error:
    sys.exit(f"export_maskrcnn.py: {error.name} is not installed; "
             "run python -m pip install -r scripts/requirements-export.txt")

if __name__ == "__main__":
    main()
