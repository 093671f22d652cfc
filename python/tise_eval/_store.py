"""The folder of --store: what was encoded, as tensors."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Union

from ._errors import InputError

if TYPE_CHECKING:
    import torch

    Column = Union[torch.Tensor, tuple[str, ...]]

CHUNK = re.compile(r"chunk-(?P<group>\w+?)-(?P<number>\d+)\.pt")


class Chunk(Mapping[str, "Column"]):
    """Columns of one chunk by their names: tensors, and tuples of strings such as `names`."""

    def __init__(self, path: Path) -> None:
        import torch

        self.path = path
        try:
            flat = torch.load(path, weights_only=True)
        except Exception as error:  # torch has no narrower type
            raise InputError(f"store chunk {path}: {error}") from None
        self._columns: dict[str, Column] = dict(zip(flat[::2], flat[1::2]))

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class Store:
    """A store, to be read. Its rows of real images, where it has any, are `Store(path / "real")`."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = Path(path)
        try:
            self.info: dict[str, Any] = json.loads((self.path / "store.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"store {self.path}: {error}") from None

    @property
    def groups(self) -> list[str]:
        """The column groups that have chunks: `clip`, `inception`, `texts`, …"""
        return sorted({match["group"] for match in self._chunk_names()})

    def chunks(self, group: str) -> Iterator[Chunk]:
        """A group's chunks in their order, one in memory at a time."""
        for path in self._paths(group):
            yield Chunk(path)

    def tensor(self, group: str, column: str) -> torch.Tensor:
        """A column of all of a group's chunks in one tensor."""
        import torch

        return torch.cat([chunk[column] for chunk in self.chunks(group)])  # type: ignore[misc]

    def _chunk_names(self) -> list[re.Match[str]]:
        return [match for match in map(CHUNK.fullmatch, os.listdir(self.path)) if match]

    def _paths(self, group: str) -> list[Path]:
        paths = [(int(match["number"]), self.path / match[0]) for match in self._chunk_names() if match["group"] == group]
        if not paths:
            raise InputError(f"store {self.path}: no chunks of {group!r}; there are {', '.join(self.groups)}")
        return [path for _, path in sorted(paths)]
