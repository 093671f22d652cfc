"""CLIP's byte-pair merges: a list that OpenAI's and open_clip's packages carry."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

from weights import check_file, fail, fetch

FILE = "bpe_simple_vocab_16e6.txt.gz"
URL = "https://raw.githubusercontent.com/openai/CLIP/main/clip/" + FILE
SHA256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
USED = 48_894  # the file has more; 512 byte tokens, these, start and end make CLIP's 49,408


def find(given: Path | None) -> Path:
    """The given file, else that of an installed package, else the published one."""
    if given is not None:
        return check_file(given, "merges")
    for package in ("clip", "open_clip"):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            if (Path(folder) / FILE).is_file():
                return Path(folder) / FILE
    return fetch(URL, SHA256)


def read(path: Path, vocabulary: int) -> str:
    """The text to store in the archive, with as many merges as the vocabulary asks for, at most CLIP's."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        fail(f"merges {path}: cannot be read: {error}")
    header, *lines = text.split("\n")
    if "#version" not in header:
        header, lines = "#version: unknown", [header, *lines]
    lines = [line for line in lines if line.strip()][:USED]
    if len(lines) + 514 != vocabulary:
        fail(f"merges {path}: {len(lines):,} merges make {len(lines) + 514:,} tokens, the weights have {vocabulary:,}")
    return "\n".join([header, *lines]) + "\n"
