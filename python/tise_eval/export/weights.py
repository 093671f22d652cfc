"""Shared by the exports: reading weights, comparing archives with originals, the closing report."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch

from .errors import fail
from .fetching import FetchError, fetch, sha256
from .models_folder import models_folder
from .published import Published

# The largest allowed difference between an archive and its original, relative to the largest number.
TOLERANCE = 1e-3
HALF_TOLERANCE = 3e-2  # weights rounded to half precision


def published(wanted: Published) -> Path:
    try:
        return fetch(wanted)
    except FetchError as error:
        fail(f"{error}; alternatively, pass the file with --weights")


def one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def check_file(path: Path, role: str) -> Path:
    if not path.is_file():
        fail(f"{role} {path}: no such file")
    return path


def check_output(path: Path) -> None:
    if path.is_dir():
        fail(f"output {path}: is a folder")
    if path.parent.exists() and not path.parent.is_dir():
        fail(f"output {path}: {path.parent} is not a folder")
    if not path.parent.is_dir():
        fail(f"output {path}: its folder {path.parent} does not exist; create it first")


def output_path(given: Path | None, name: str) -> Path:
    """The archive to write: `given`, else a new one of this name in the models folder that tise-eval reads."""
    if given:
        check_output(given)
        return given
    path = models_folder() / name
    if path.exists():
        fail(f"output {path}: exists already; pass --output {path} to replace it, or name another file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"output {path}: {error.filename}: {error.strerror}; name another file with --output")
    return path


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint, in float32. Reads a state dict, one nested under `state_dict`, `model_state_dict` or
    `model`, or safetensors. Runs no code in the file."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            content = load_file(str(path))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                content = torch.load(path, map_location="cpu", weights_only=True)
    except ImportError:
        fail(f"weights {path}: reading safetensors needs the Python package safetensors; install it with pip")
    except Exception:  # torch.load raises no narrower type, and its message advises running the file's code
        fail(f"weights {path}: not a checkpoint, or it contains more than tensors and plain values")
    return tensors_of(content, path)


def tensors_of(content: object, path: Path) -> dict[str, torch.Tensor]:
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not content:
        fail(f"weights {path}: contains no state dict")
    tensors = {key: value for key, value in content.items() if isinstance(value, torch.Tensor)}
    if tensors and all(key.startswith("module.") for key in tensors):
        tensors = {key[len("module."):]: value for key, value in tensors.items()}
    return {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}


def compare(ours: dict[str, torch.Tensor], original: dict[str, torch.Tensor], with_what: str, half: bool) -> None:
    """Prints how much the archive's outputs differ from the original's. Raises ExportError if they differ too much."""
    for name, expected in original.items():
        largest = expected.abs().max().item()
        difference = (ours[name].float() - expected.float()).abs().max().item()
        print(f"{name}: differs from {with_what} by at most {difference:.2e} (largest number {largest:.3g})")
        if not difference <= (HALF_TOLERANCE if half else TOLERANCE) * max(largest, 1e-12):
            fail(f"{name}: the archive does not compute the same as {with_what}; it was not written")


def finish(path: Path) -> None:
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {sha256(path)}")
