"""Finds and reads CLIP's byte-pair merges, a list in OpenAI's and open_clip's packages."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

from .errors import fail
from .published import CLIP_MERGES
from .weights import check_file, published

FILE = CLIP_MERGES.file
USED = 48_894  # the file has more; CLIP's 49,408 tokens are 512 byte tokens, these, start and end


def find(given: Path | None) -> Path:
    """The given file, or that of an installed package, or the published one."""
    if given is not None:
        return check_file(given, "merges")
    for package in ("clip", "open_clip"):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            if (Path(folder) / FILE).is_file():
                return Path(folder) / FILE
    return published(CLIP_MERGES)


def read(path: Path, vocabulary: int) -> str:
    """The text to store in the archive: at most CLIP's merges, which must match the size of the vocabulary."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        fail(f"merges {path}: cannot read: {error}")
    header, *lines = text.split("\n")
    if "#version" not in header:
        header, lines = "#version: unknown", [header, *lines]
    lines = [line for line in lines if line.strip()][:USED]
    if len(lines) + 514 != vocabulary:
        fail(f"merges {path}: {len(lines):,} merges make {len(lines) + 514:,} tokens, but the weights have "
             f"{vocabulary:,}")
    return "\n".join([header, *lines]) + "\n"
