"""Texts: compares our tokenizer's ids with those of the `clip` and open_clip packages, on strings of all of Unicode.

`plain` strings have words and characters of every category. `everything` also has accents and symbols of Latin-1 next to
each other, for which ftfy guesses an encoding from its own tables; docs/dev/text.md describes what we leave out. These
differences are counted, and must come from the cleaning alone: the peer splits our cleaned text as we do.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Callable, Iterable
from unittest import mock

import clip.simple_tokenizer
import open_clip
from clip.simple_tokenizer import SimpleTokenizer

from evaluator import ROOT, Trouble, binary
from table import Row, Table, say

sys.path.insert(0, str(ROOT / "tests" / "text"))
import make_golden  # noqa: E402

RESIDUE = 2e-3  # share of `everything` strings whose cleaning may differ
Ids = Callable[[list[str]], Iterable[list[int]]]


def by_clip(texts: list[str]) -> Iterable[list[int]]:
    tokenizer = SimpleTokenizer()
    return (make_golden.tokenize(tokenizer, text) for text in texts)


def by_open_clip(texts: list[str]) -> Iterable[list[int]]:
    """Ids without padding. Padding is id 0, which a text may contain too, so rows are cut after the end token."""
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    for row in tokenizer(texts).tolist():
        yield row[:row.index(tokenizer.eot_token_id) + 1]


def by_clip_without_ftfy(texts: list[str]) -> Iterable[list[int]]:
    """A mutant. Also the peer without its cleaning, for texts that we have cleaned."""
    with mock.patch("clip.simple_tokenizer.ftfy.fix_text", lambda text: text):
        yield from by_clip(texts)


def all_assigned(text: str) -> bool:
    """False if the text has a character that Unicode hadn't assigned yet: the two sides may classify it differently."""
    return "Cn" not in map(unicodedata.category, text)


def program() -> Path:
    path = Path(os.environ.get("TISE_TOKENIZE_LINES") or binary().parent / "tests" / "text" / "tise-tokenize-lines")
    if not path.is_file():
        raise Trouble(f"{path}: no such file; build it first, or set TISE_TOKENIZE_LINES to its path")
    return path


def merges(work: Path) -> Path:
    path = work / "merges.txt"
    path.write_bytes(gzip.decompress(Path(clip.simple_tokenizer.default_bpe()).read_bytes()))
    return path


def differing(texts: list[str], ids: Ids, merges_file: Path) -> list[dict]:
    """{text, expected, ids, clean} for each text whose ids differ from ours."""
    lines = "".join(json.dumps({"text": text, "ids": row}) + "\n" for text, row in zip(texts, ids(texts), strict=True))
    done = subprocess.run([program(), merges_file], input=lines, capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"{program()}: exit {done.returncode}\n{done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def ids_row(label: str, peer: str, count: int, differ: int, tolerance: float, must_differ: bool = False) -> Row:
    """A row whose difference is the share of texts with different ids."""
    return Row(label, peer, str(count), str(count - differ), differ / count, tolerance, must_differ)


def compare(work: Path, count: int, table: Table) -> None:
    merges_file = merges(work)
    peers = {"clip": by_clip, "open_clip": by_open_clip}
    for kind, what, tolerance in (("plain", "all Unicode categories", 0), ("everything", "with Latin-1 noise", RESIDUE)):
        texts = make_golden.random_texts(count, kind)
        for peer, ids in peers.items():
            say(f"{peer} on {count} texts, {kind}")
            found = differing(texts, ids, merges_file)
            table.add(ids_row(f"token ids, {what}", peer, count, len(found), tolerance))
        if found:
            split = by_clip_without_ftfy([row["clean"] for row in found])
            strange = sum(row["ids"] != ids and all_assigned(row["clean"])
                          for row, ids in zip(found, split, strict=True))
            table.add(Row("token ids that differ, but not due to ftfy", "clip", "", str(strange), strange, 0))
    few = make_golden.random_texts(count // 100, "plain")
    table.add(ids_row("token ids, mutant: no ftfy", "clip", len(few),
                      len(differing(few, by_clip_without_ftfy, merges_file)), 0, True))
