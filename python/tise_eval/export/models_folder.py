"""The models folder that tise-eval reads unless --models names another."""

from __future__ import annotations

import os
from pathlib import Path

DEMO = "shapes"  # the name of the demo's models, which is not a folder


def models_folder() -> Path:
    """$TISE_MODELS, else $XDG_DATA_HOME/tise-eval/models, else ~/.local/share/tise-eval/models."""
    chosen = os.environ.get("TISE_MODELS", "")
    if chosen not in ("", DEMO):
        return Path(chosen)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tise-eval" / "models"
