#!/usr/bin/env python3
"""tise-export maskrcnn from the source tree: --help says more."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

try:
    from tise_eval.export.maskrcnn import main
except ImportError as error:
    sys.exit(f"export_maskrcnn.py: {error.name} is not installed: "
             "python -m pip install -r scripts/requirements-export.txt")

if __name__ == "__main__":
    main()
