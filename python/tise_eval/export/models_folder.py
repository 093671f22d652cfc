"""The models folder that tise-eval reads unless --models names another."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DEMO = "shapes"  # the name of the demo's models, which is not a folder


def models_folder() -> Path:
    """$TISE_MODELS, else $XDG_DATA_HOME/tise-eval/models, else ~/.local/share/tise-eval/models. Says so if $TISE_MODELS
    selects the demo's models instead of a folder."""
    chosen = os.environ.get("TISE_MODELS", "")
    if chosen == DEMO:
        print(f"TISE_MODELS={DEMO}: tise-eval reads the demo's models until you unset it", file=sys.stderr)
    if chosen not in ("", DEMO):
        return Path(chosen)
    base = Path(os.environ.get("XDG_DATA_HOME", ""))  # the specification has relative paths ignored
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "tise-eval" / "models"
