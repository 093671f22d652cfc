"""Reads the folder of --store, the encoded rows of a run, as arrays."""

from __future__ import annotations

import json
import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Union

from ._errors import InputError

if TYPE_CHECKING:
    import numpy

    Column = Union[numpy.ndarray, tuple[str, ...]]

SCHEMA = 4
CHUNK = re.compile(r"(?P<group>.+)-(?P<number>\d{6,})\.safetensors")
OFFSETS = ".offsets"


def _header_is_intact(path: Path) -> bool:
    """Whether a chunk's header matches the checksum in it, which is computed with zeros in place of its digits."""
    with path.open("rb") as file:
        header = file.read(int.from_bytes(file.read(8), "little"))
    before, key, rest = header.partition(b'"crc32":"')
    digits = len("00000000")
    return f"{zlib.crc32(before + key + b'0' * digits + rest[digits:]):08x}".encode() == rest[:digits]


class Chunk(Mapping[str, "Column"]):
    """The columns of a chunk by name: arrays, or tuples of strings such as `names`. Each is read on access."""

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self.path = path
        try:
            self._file = safe_open(str(path), framework="numpy")
            intact = _header_is_intact(path)
        except (OSError, SafetensorError) as error:
            raise InputError(f"store chunk {path}: {error}") from None
        if not intact:
            raise InputError(f"store chunk {path}: damaged: header; delete it and rerun the command that made the "
                             "store")
        self._tensors = set(self._file.keys())
        self._sums = self._file.metadata() or {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._tensors:
            raise KeyError(name)
        array = self._read(name)
        if name + OFFSETS not in self._tensors:
            return array
        text, offsets = array.tobytes(), self._read(name + OFFSETS).tolist()
        return tuple(os.fsdecode(text[begin:end]) for begin, end in zip(offsets, offsets[1:]))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(name for name in self._tensors if not name.endswith(OFFSETS)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, name: str) -> numpy.ndarray:
        array = self._file.get_tensor(name)
        if f"{zlib.crc32(array):08x}" != self._sums.get(f"crc32.{name}"):
            raise InputError(f"store chunk {self.path}: damaged: {name}; delete it and rerun the command that made "
                             "the store")
        return array


class Store:
    """A store, read-only. If it has rows of real images, they are in `Store(path / "real")`."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = Path(path)
        try:
            self.info: dict[str, Any] = json.loads((self.path / "store.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"store {self.path}: {error}") from None
        if self.info.get("schema") != SCHEMA:
            raise InputError(f"store {self.path}: made by an incompatible version of tise-eval")

    @property
    def groups(self) -> list[str]:
        """The groups that have chunks: `clip`, `inception`, `texts@clip`, …"""
        return sorted({match["group"] for match in self._chunk_names()})

    def chunks(self, group: str) -> Iterator[Chunk]:
        """A group's chunks in order."""
        for path in self._paths(group):
            yield Chunk(path)

    def tensor(self, group: str, column: str) -> numpy.ndarray:
        """A column of a group as one array, concatenated over the chunks that have it."""
        import numpy

        arrays = [chunk[column] for chunk in self.chunks(group) if column in chunk]
        if not arrays:
            raise InputError(f"store {self.path}: {group!r} has no column {column!r}")
        return numpy.concatenate(arrays)

    def _chunk_names(self) -> list[re.Match[str]]:
        return [match for match in map(CHUNK.fullmatch, os.listdir(self.path)) if match]

    def _paths(self, group: str) -> list[Path]:
        paths = [(int(match["number"]), self.path / match[0]) for match in self._chunk_names() if match["group"] == group]
        if not paths:
            raise InputError(f"store {self.path}: no chunks of {group!r}; the store has {', '.join(self.groups)}")
        return [path for _, path in sorted(paths)]
