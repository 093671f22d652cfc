#!/usr/bin/env python3
"""Writes golden ids from the reference tokenizer (openai/CLIP's simple_tokenizer.py with ftfy and regex).

    python3 -m venv golden && golden/bin/pip install ftfy regex && golden/bin/pip install --no-deps clip-anytorch
    golden/bin/python make_golden.py nasty > golden_nasty.jsonl
    golden/bin/python make_golden.py random > golden_random.jsonl
    golden/bin/python make_golden.py random 100000 plain > many.jsonl     (for tise-tokenize-lines)

One line per text: {"text": …, "ids": [start, …, end]}, cut to 77 with the end token last, not padded. Only code
points assigned in Unicode 14 are used, since ICU, Python and `regex` each have their own version of Unicode.

Kinds of random text:
- `plain`: words as in captions, and characters of all categories except Latin-1's accents and symbols
- `everything`: characters of all categories in equal parts
- `latin`: noise, a third of it from the upper half of Windows-1252, where ftfy guesses
- `wellformed`: correct words of many languages, some in capitals or quoted
- `misread`: such words misread as Windows-1252 or Latin-1, once or twice, some next to well-formed text
"""

import importlib.util
import json
import random
import sys
import unicodedata
from pathlib import Path

from nasty_texts import MANY_LANGUAGES, NASTY

CONTEXT_LENGTH = 77


def reference_tokenizer():
    # The package's __init__ imports torch; the tokenizer doesn't.
    package = Path(importlib.util.find_spec("clip").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("simple_tokenizer", package / "simple_tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer()


def tokenize(tokenizer, text):
    start, end = tokenizer.encoder["<|startoftext|>"], tokenizer.encoder["<|endoftext|>"]
    ids = [start] + tokenizer.encode(text) + [end]
    return ids if len(ids) <= CONTEXT_LENGTH else ids[: CONTEXT_LENGTH - 1] + [end]


def characters_by_category():
    categories = {}
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category not in ("Cn", "Cs", "Co"):
            categories.setdefault(category, []).append(chr(code))
    return list(categories.values())


WORDS = "a photo of the two dogs' cat's it's we're they'll i'd ROCK'N'ROLL 42 1st red, blue. (green) &amp; -- #1".split()
WINDOWS_1252 = [c for c in bytes(range(0x80, 0x100)).decode("cp1252", "replace") if c != "\ufffd"]


def plain(rng, categories):
    pieces = []
    for _ in range(rng.randrange(1, 12)):
        if rng.random() < 0.5:
            pieces.append(rng.choice(WORDS))
        else:
            drawn = [rng.choice(rng.choice(categories)) for _ in range(rng.randrange(1, 6))]
            pieces.append("".join(c for c in drawn if c not in WINDOWS_1252 and not "\x80" <= c <= "\xff"))
        pieces.append(rng.choice([" ", " ", "", "\n", "'", "&", ";", "<"]))
    return "".join(pieces)


def everything(rng, categories):
    return "".join(rng.choice(rng.choice(categories)) for _ in range(rng.randrange(1, 40)))


def latin(rng, categories):
    return "".join(rng.choice(WINDOWS_1252) if rng.random() < 0.3 else rng.choice("abc XYZ,.'") for _ in range(rng.randrange(1, 30)))


def misread(rng, categories):
    text = " ".join(rng.choice(MANY_LANGUAGES).split()[rng.randrange(3):][: rng.randrange(2, 9)])
    for _ in range(rng.choice([1, 1, 1, 2])):
        raw = text.encode()
        if rng.random() < 0.5:
            text = raw.decode("latin-1")
        else:
            text = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in raw)
    return text if rng.random() < 0.7 else rng.choice(MANY_LANGUAGES) + " " + text


def wellformed(rng, categories):
    words = " ".join(rng.sample(MANY_LANGUAGES, 2)).split()
    begin = rng.randrange(len(words))
    text = " ".join(words[begin : begin + rng.randrange(1, 12)])
    style = rng.randrange(6)
    if style == 0:
        text = text.upper()
    elif style == 1:
        text = "“" + text + "”"
    elif style == 2:
        text = "»" + text.upper() + "«"
    elif style == 3:
        text = text + "… – „" + text.upper() + "“"
    return text


KINDS = {"plain": plain, "everything": everything, "latin": latin, "misread": misread, "wellformed": wellformed}


def random_texts(count, kind):
    rng = random.Random(2020)
    categories = characters_by_category()
    return [KINDS[kind](rng, categories) for _ in range(count)]


def main():
    what = sys.argv[1]
    texts = NASTY if what == "nasty" else random_texts(int((sys.argv + [300])[2]), (sys.argv + ["plain"] * 2)[3])
    tokenizer = reference_tokenizer()
    for text in texts:
        print(json.dumps({"text": text, "ids": tokenize(tokenizer, text)}, separators=(",", ":")))


if __name__ == "__main__":
    main()
