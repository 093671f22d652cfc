"""CLIP's byte-level BPE, and how its merges are learned from the demo world's captions.

The vocabulary: 256 byte symbols, the same 256 at the end of a word (`</w>`), one token per merge, start, end. Words are
lower-cased and split as by CLIP; `split` agrees with CLIP's pattern on ASCII text.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable

VERSION_LINE = "#version: 0.2"
END_OF_WORD = "</w>"
START, END = "<|startoftext|>", "<|endoftext|>"

_SPLIT = re.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE
)

Symbols = tuple[str, ...]


def byte_symbols() -> dict[int, str]:
    """A visible character for each byte, in vocabulary order: GPT-2's table.

    Printable Latin-1 bytes come first and represent themselves; the others get characters from 256 on.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


def split(text: str) -> list[str]:
    """The text's words after CLIP's cleaning (entities, white space, case)."""
    text = html.unescape(html.unescape(text))
    return _SPLIT.findall(" ".join(text.split()).lower())


def learn_merges(texts: Iterable[str]) -> list[tuple[str, str]]:
    """BPE until each word of the texts is one token. All words have equal weight; ties are broken alphabetically."""
    table = byte_symbols()
    words = [_symbols(word, table) for word in sorted({w for text in texts for w in split(text)})]
    merges = []
    while any(len(word) > 1 for word in words):
        pairs = Counter(pair for word in words for pair in zip(word, word[1:]))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [_merge(word, best) for word in words]
    return merges


def merges_text(merges: list[tuple[str, str]]) -> str:
    """The contents of merges.txt."""
    return "\n".join([VERSION_LINE, *(" ".join(pair) for pair in merges)]) + "\n"


class Tokenizer:
    """Text to ids: start, the words' tokens, end."""

    def __init__(self, merges: str):
        lines = [line for line in merges.split("\n") if line.strip() and not line.startswith("#version")]
        pairs = [tuple(line.split()) for line in lines]
        self._bytes = byte_symbols()
        symbols = list(self._bytes.values())
        vocabulary = [*symbols, *(s + END_OF_WORD for s in symbols), *("".join(p) for p in pairs), START, END]
        self._ids = {token: i for i, token in enumerate(vocabulary)}
        self._ranks = {pair: i for i, pair in enumerate(pairs)}
        self._words: dict[str, list[int]] = {}
        self.vocabulary_size = len(vocabulary)
        self.start, self.end = self.vocabulary_size - 2, self.vocabulary_size - 1

    def encode(self, text: str) -> list[int]:
        """Ids of the text's words, without start and end."""
        return [i for word in split(text) for i in self._encode_word(word)]

    def rows(self, texts: Iterable[str], context_length: int) -> list[list[int]]:
        """One row of ids per text: [N, L], L being that of the longest. Padded with zeros; long texts are cut."""
        rows = [[self.start, *self.encode(text)[: context_length - 2], self.end] for text in texts]
        length = max(map(len, rows))
        return [row + [0] * (length - len(row)) for row in rows]

    def _encode_word(self, word: str) -> list[int]:
        if word not in self._words:
            if word in (START, END):
                return [self._ids[word]]
            symbols = _symbols(word, self._bytes)
            while len(symbols) > 1:
                best = min(zip(symbols, symbols[1:]), key=lambda pair: self._ranks.get(pair, len(self._ranks)))
                if best not in self._ranks:
                    break
                symbols = _merge(symbols, best)
            self._words[word] = [self._ids[s] for s in symbols]
        return self._words[word]


def _symbols(word: str, table: dict[int, str]) -> Symbols:
    """One symbol per byte, the last one with the end-of-word mark."""
    symbols = [table[b] for b in word.encode("utf-8")]
    return (*symbols[:-1], symbols[-1] + END_OF_WORD)


def _merge(symbols: Symbols, pair: tuple[str, str]) -> Symbols:
    """Merges each occurrence of the pair, from the left."""
    merged: list[str] = []
    i = 0
    while i < len(symbols):
        if symbols[i : i + 2] == pair:
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return tuple(merged)
