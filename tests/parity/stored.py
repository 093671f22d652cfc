"""Reads a store with safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

from safetensors.torch import load_file

OFFSETS = ".offsets"


def columns(path: Path) -> dict:
    """The columns of a chunk: tensors, and lists of texts."""
    found: dict = load_file(path)
    for name in [name.removesuffix(OFFSETS) for name in found if name.endswith(OFFSETS)]:
        text, ends = found[name].numpy().tobytes(), found.pop(name + OFFSETS).tolist()
        found[name] = [text[begin:end].decode() for begin, end in zip(ends, ends[1:])]
    return found


def chunks(folder: Path, group: str) -> Iterator[dict]:
    return map(columns, sorted(folder.glob(f"{group}-[0-9]*.safetensors")))
