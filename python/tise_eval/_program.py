"""Finds the program and the LibTorch that it uses, the one in the Python package torch."""

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
# The program itself looks for LibTorch here, next to this package (its RPATH).
NEIGHBOUR = PACKAGE.parent / "torch"


def torch_folder() -> Path:
    """The folder of the torch package that the program will use. Raises ModelError if none is suitable."""
    from ._built_with import TORCH_MINOR  # written by CMake: exists in an installed package, not in the source tree

    advice = f"run pip install 'torch=={TORCH_MINOR}.*'"
    folder = NEIGHBOUR
    if not (folder / "lib" / "libtorch_cpu.so").is_file():
        spec = importlib.util.find_spec("torch")  # finds it without importing it
        if spec is None or spec.origin is None:
            raise ModelError(f"needs the Python package torch {TORCH_MINOR}, but none is installed; {advice}")
        folder = Path(spec.origin).parent
    version = version_in(folder)
    if not (version + ".").startswith(TORCH_MINOR + "."):
        raise ModelError(f"needs the Python package torch {TORCH_MINOR}, but {version or 'another version'} is "
                         f"installed ({folder}); {advice}")
    if not (folder / "lib" / "libtorch_cpu.so").is_file():
        raise ModelError(f"{folder}: this torch has no lib/libtorch_cpu.so; {advice}")
    return folder


def version_in(folder: Path) -> str:
    """The version in torch's version.py, such as 2.11.0; empty if the file states none."""
    try:
        found = re.search(r"__version__\s*=\s*['\"]([0-9.]+)", (folder / "version.py").read_text())
    except OSError:
        return ""
    return found[1].rstrip(".") if found else ""


def environment() -> dict[str, str]:
    """Environment variables with which the program finds LibTorch. Raises ModelError like `torch_folder`."""
    folder = torch_folder()
    variables = dict(os.environ)
    if folder != NEIGHBOUR:
        paths = [str(folder / "lib"), variables.get("LD_LIBRARY_PATH", "")]
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, paths))
    return variables


def main() -> NoReturn:
    """Runs the command tise-eval: replaces this process by the program."""
    try:
        os.execve(PROGRAM, ["tise-eval", *sys.argv[1:]], environment())
    except ModelError as error:
        print(f"tise-eval: {error}", file=sys.stderr)
    except OSError as error:
        print(f"tise-eval: {PROGRAM}: {error.strerror}; reinstall tise-eval", file=sys.stderr)
    sys.exit(ModelError.code)
