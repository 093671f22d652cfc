"""The program and the LibTorch that it runs with: that of the Python package torch."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from ._errors import ModelError

PACKAGE = Path(__file__).resolve().parent
PROGRAM = PACKAGE / "bin" / "tise-eval"
# Where the program itself looks for LibTorch (its RPATH): next to this package.
NEIGHBOUR = PACKAGE.parent / "torch"


def torch_folder() -> Path:
    """The folder of the torch that the program will use. Throws ModelError where there is none that it can."""
    from ._built_with import TORCH_MINOR  # CMake writes it: an installed package has it, the source tree doesn't

    advice = f"pip install 'torch=={TORCH_MINOR}.*'"
    folder = NEIGHBOUR
    if not (folder / "lib" / "libtorch_cpu.so").is_file():
        spec = importlib.util.find_spec("torch")  # finds it without importing it
        if spec is None or spec.origin is None:
            raise ModelError(f"needs the Python package torch {TORCH_MINOR}, and none is installed: {advice}")
        folder = Path(spec.origin).parent
    version = version_in(folder)
    if not (version + ".").startswith(TORCH_MINOR + "."):
        raise ModelError(f"needs the Python package torch {TORCH_MINOR}, {version or 'another'} is installed "
                         f"({folder}): {advice}")
    if not (folder / "lib" / "libtorch_cpu.so").is_file():
        raise ModelError(f"{folder}: this torch has no lib/libtorch_cpu.so: {advice}")
    return folder


def version_in(folder: Path) -> str:
    """What torch's version.py says, such as 2.11.0; empty where it says nothing."""
    try:
        found = re.search(r"__version__\s*=\s*['\"]([0-9.]+)", (folder / "version.py").read_text())
    except OSError:
        return ""
    return found[1].rstrip(".") if found else ""


def environment() -> dict[str, str]:
    """In which the program finds LibTorch. Throws ModelError as `torch_folder`."""
    folder = torch_folder()
    variables = dict(os.environ)
    if folder != NEIGHBOUR:
        paths = [str(folder / "lib"), variables.get("LD_LIBRARY_PATH", "")]
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, paths))
    return variables


def main() -> NoReturn:
    """The command tise-eval: this process becomes the program."""
    try:
        os.execve(PROGRAM, ["tise-eval", *sys.argv[1:]], environment())
    except ModelError as error:
        print(f"tise-eval: {error}", file=sys.stderr)
    except OSError as error:
        print(f"tise-eval: {PROGRAM}: {error.strerror}: install the package again", file=sys.stderr)
    sys.exit(ModelError.code)
