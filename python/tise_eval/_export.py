"""The command tise-export: the project's scripts, which come along."""

from __future__ import annotations

import os
import sys

from ._program import PACKAGE, PROGRAM

SCRIPTS = PACKAGE / "scripts"
EXPORTS = {
    "clip": ("export_clip.py", "OpenAI's or open_clip's weights"),
    "inception": ("export_inception.py", "pt_inception-2015-12-05 or torchvision's Inception v3"),
    "maskrcnn": ("export_maskrcnn.py", "torchvision's Mask R-CNN"),
    "all": ("get_models.py", "the published weights of all three: fetches, exports, verifies"),
}
USAGE = "usage: tise-export " + "|".join(EXPORTS) + " [--help] [FLAG...]\n\nMakes the archives of a models folder.\n\n" + \
    "".join(f"  {name:10} {what}\n" for name, (_, what) in EXPORTS.items())


def run_script(file: str, name: str, arguments: list[str]) -> None:
    sys.path.insert(0, str(SCRIPTS))
    sys.argv = [name, *arguments]
    try:
        # Not runpy, which would give the script its own name in what it says.
        path = SCRIPTS / file
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), {"__name__": "__main__", "__file__": str(path)})
    except ImportError as error:
        sys.exit(f"{name}: needs the Python package {error.name}: pip install 'tise-eval[export]'")


def main() -> None:
    """tise-export"""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return
    if name not in EXPORTS:
        sys.exit((f"tise-export: {name}: no such export\n" if name else "") + USAGE.rstrip())
    os.environ.setdefault("TISE_EVAL", str(PROGRAM))
    run_script(EXPORTS[name][0], f"tise-export {name}", sys.argv[2:])
