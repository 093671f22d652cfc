"""The command tise-export."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from ._program import PROGRAM

EXPORTS = {  # modules of tise_eval.export
    "clip": "CLIP, from OpenAI's or open_clip's weights",
    "clip-l336": "the image tower of CLIP ViT-L/14@336, for CMMD",
    "dinov2": "DINOv2, for FD-DINOv2 and similar metrics",
    "inception": "Inception v3: pt_inception-2015-12-05, or torchvision's",
    "maskrcnn": "torchvision's Mask R-CNN",
    "all": "download, export and verify the published clip, inception and maskrcnn models",
}
USAGE = "usage: tise-export " + "|".join(EXPORTS) + " [--help] [FLAG...]\n\nMakes model archives for tise-eval.\n\n" + \
    "".join(f"  {name:10} {what}\n" for name, what in EXPORTS.items())


def main() -> None:
    """Runs the command tise-export."""
    command = sys.argv[0]
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return
    if name not in EXPORTS:
        sys.exit((f"tise-export: {name}: no such export\n" if name else "") + USAGE.rstrip())
    sys.argv[:2] = [f"tise-export {name}"]  # the name in usage and error messages
    try:
        export = import_module(f".export.{name.replace('-', '_')}", __package__)
        if name == "all":
            os.environ.setdefault("TISE_EVAL", str(PROGRAM))
            export.main(lambda kind: [sys.executable, command, kind])
        else:
            export.main()
    except ImportError as error:
        sys.exit(f"{sys.argv[0]}: needs the Python package {error.name}; "
                 "run pip install '.[export]' in the source tree")
