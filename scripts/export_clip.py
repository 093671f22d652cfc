#!/usr/bin/env python3
"""Runs tise-export clip from the source tree; see --help."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from tise_eval.export.clip import main  # noqa: E402

if __name__ == "__main__":
    main()
