#!/usr/bin/env python3
"""Compares how the program and Pillow decode image files.

    compare.py DECODER FOLDER              # the files that draw.py wrote there; prints docs/dev/formats.md
    compare.py DECODER FOLDER --damaged N  # N damaged TIFFs: whatever Pillow refuses must be refused

DECODER is build/tests/tise-decode-files. Fails if a file is read wrong, or if a library writes to stderr.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

EQUAL, UPPER, DRAWN, REFUSED, WRONG = "equal", "upper bytes", "as drawn", "refused", "WRONG"


def with_pillow(path):
    """Pillow's RGB pixels, or None if it refuses the file; and whether they are the upper bytes of 16 bits."""
    try:
        with Image.open(path) as picture:
            picture.load()
            if picture.mode.startswith("I"):  # convert("RGB") clips these to white
                values = (np.array(picture).astype(np.int64) >> 8).astype(np.uint8)
                return np.stack([values] * 3, axis=2), True
            return (None if picture.mode == "F" else np.array(picture.convert("RGB"))), False
    except Exception:  # whatever Pillow raises is a refusal
        return None, False


def decoded(decoder, folder):
    """Decodes the files with the program. Returns the folder of its output."""
    output = Path(tempfile.mkdtemp())
    done = subprocess.run([decoder, str(folder), str(output)], capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"the decoder ended with {done.returncode} and wrote: {done.stderr.decode(errors='replace')[-2000:]}")
    return output


def with_ours(output, name):
    """The program's pixels, and why it refused the file; one of the two is None."""
    refusal = output / f"{name}.txt"
    if refusal.exists():
        return None, refusal.read_text().strip()
    header, pixels = (output / f"{name}.ppm").read_bytes().split(b"\n", 1)
    width, height = map(int, header.split()[1:3])
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3), None


def is_same(a, b):
    return a is not None and b is not None and a.shape == b.shape and bool((a == b).all())


def verdict(path, output, same_as):
    """One of the words above, and why the file was refused."""
    ours, refusal = with_ours(output, path.name)
    if ours is None:
        return REFUSED, refusal
    theirs, is_upper = with_pillow(path)
    if is_same(ours, theirs):
        return (UPPER if is_upper else EQUAL), ""
    return (DRAWN if same_as and is_same(ours, with_pillow(path.parent / same_as)[0]) else WRONG), ""


def verdicts(decoder, folder):
    index = json.loads((folder / "index.json").read_text())
    output = decoded(decoder, folder / "files")
    return {name: (what["container"], what["kind"], *verdict(folder / "files" / name, output, what["same_as"]))
            for name, what in index.items()}


# --- the page ----------------------------------------------------------------------------------------------

LAYOUTS = ["none", "LZW", "deflate", "old deflate", "PackBits", "LZMA", "Zstandard", "LZW, predictor", "big-endian", "tiles",
           "tiles, LZW", "planes", "planes, deflate", "reversed bits", "BigTIFF"]
SYMBOLS = {EQUAL: "=", UPPER: "16", DRAWN: "d", REFUSED: "no", WRONG: "WRONG"}


def layout_of(container):
    return container.removeprefix("TIFF, ")


def grouped(pairs):
    """Lists of second values by equal first values, in order of appearance."""
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def merged(kinds):
    """`RGB, 8 bit` and `RGB, 16 bit` become `RGB, 8/16 bit`; the same for a number at the end, as in `orientation 1`."""
    def parts(kind):
        match = re.fullmatch(r"(.+[ ,])(\d+)( bit)?", kind)
        return ((match[1], match[3] or ""), match[2]) if match else ((kind, ""), "")
    names = grouped(parts(kind) for kind in dict.fromkeys(kinds))
    return "; ".join(f"{start}{'/'.join(numbers)}{end}" for (start, end), numbers in names.items())


def matrix(cells):
    """A table of TIFF's color spaces by its layouts. Color spaces and layouts with the same cells share a row or a column."""
    columns = grouped((tuple(row.get(layout, "") for row in cells.values()), layout) for layout in LAYOUTS)
    columns = [layouts for symbols, layouts in columns.items() if any(symbols)]
    yield "| | " + " | ".join("; ".join(layouts) for layouts in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    rows = grouped((tuple(row.get(layouts[0], "") for layouts in columns), kind) for kind, row in cells.items())
    for symbols, kinds in rows.items():
        yield f"| {merged(kinds)} | " + " | ".join(symbols) + " |"


def tiff_tables(tiffs):
    """A sentence on what is refused in every combination, and a table of the rest."""
    cells = {}
    for container, kind, word, _ in tiffs:
        cells.setdefault(kind, {})[layout_of(container)] = SYMBOLS[word]

    def is_refused(symbols):
        return set(symbols) == {SYMBOLS[REFUSED]}
    layouts = [layout for layout in LAYOUTS if is_refused(row[layout] for row in cells.values() if layout in row)]
    kinds = [kind for kind, row in cells.items() if is_refused(row.values())]
    yield f"Refused in every combination: {', '.join(layouts)}; {merged(kinds)}."
    yield ""
    yield from matrix({kind: {layout: symbol for layout, symbol in row.items() if layout not in layouts}
                       for kind, row in cells.items() if kind not in kinds})


def result(word, refusal):
    """The verdict in words, without what a message says of its own file."""
    if not refusal:
        return word
    if " is not supported" in refusal:
        return "refused: not supported"
    return "refused: " + re.split(r": | after | \(", refusal)[0]


def lines(found):
    """A table of containers and kinds. Those with the same result share a row."""
    yield "| container | what | |"
    yield "|---|---|---|"
    rows = grouped(((container, result(word, refusal)), kind) for container, kind, word, refusal in found)
    same = grouped(((merged(kinds), shown), container) for (container, shown), kinds in rows.items())
    for (kinds, shown), containers in same.items():
        yield f"| {'; '.join(containers)} | {kinds} | {shown} |".replace("\x00", "")


def page(by_name):
    in_matrix = [v for v in by_name.values() if layout_of(v[0]) in LAYOUTS]
    kinds = {kind for container, kind, *_ in in_matrix if container == "BigTIFF"}
    tiffs = [v for v in in_matrix if v[1] in kinds]
    rest = [v for v in by_name.values() if v not in tiffs]
    counts = Counter(word for *_, word, _ in by_name.values())
    yield "# Image formats, file by file"
    yield ""
    yield "<!-- Made by tests/formats/run.sh. -->"
    yield ""
    yield f"""\
[formats.md](../formats.md) lists what is read and what is refused. This page is the evidence.

`tests/formats/draw.py` writes {len(by_name)} files; `tests/formats/compare.py` compares what the program reads with the
pixels of Pillow {PIL.__version__}'s `convert("RGB")`. No file is read wrong. `tests/formats/run.sh` runs both, then
damages thousands of TIFFs: whatever Pillow refuses must be refused.

| | files | |
|---|---|---|
| `=`, equal | {counts[EQUAL]} | Pillow's pixels, bit for bit |
| `16`, upper bytes | {counts[UPPER]} | 16-bit grayscale keeps its upper byte, like 16-bit color; Pillow's conversion clips it to white |
| `d`, as drawn | {counts[DRAWN]} | Pillow refuses the file or reads the wrong pixels; the program reads the pixels that were written |
| `no`, refused | {counts[REFUSED]} | with a message that states why |

Kinds with the same result share a row. An empty cell is a combination that isn't tried.

## TIFF
"""
    yield from tiff_tables(tiffs)
    yield ""
    yield "## Other TIFFs and other formats"
    yield ""
    yield from lines(rest)


# --- damage ------------------------------------------------------------------------------------------------


def wounded(data, random):
    data = bytearray(data)
    for _ in range(random.integers(1, 4)):
        at = int(random.integers(0, min(len(data), 400) if random.random() < 0.4 else len(data)))
        length = int(random.integers(1, 17))
        kind = random.integers(0, 6)
        if kind == 0:
            data[at] ^= 1 << int(random.integers(0, 8))
        elif kind == 1:
            data[at] = int(random.integers(0, 256))
        elif kind in (2, 3):
            data[at:at + length] = (b"\xff", b"\0")[kind - 2] * len(data[at:at + length])
        elif kind == 4:
            del data[at:at + length]
        else:
            del data[at:]
        if len(data) < 16:
            break
    return bytes(data)


def damage(decoder, folder, count, seed):
    """Damages TIFFs that Pillow and the program read alike. Returns those that only Pillow refuses."""
    random = np.random.default_rng(seed)
    whole = [folder / "files" / name for name, (*_, word, _) in verdicts(decoder, folder).items()
             if name.endswith(".tif") and word in (EQUAL, UPPER)]
    damaged = Path(tempfile.mkdtemp())
    for i in range(count):
        path = whole[i % len(whole)]
        (damaged / f"{i:05}-{path.name}").write_bytes(wounded(path.read_bytes(), random))
    output = decoded(decoder, damaged)
    counts, wrong = Counter(), []
    for path in sorted(damaged.iterdir()):
        ours, theirs = with_ours(output, path.name)[0], with_pillow(path)[0]
        if ours is None:
            counts["refused by both" if theirs is None else "refused by the program alone"] += 1
        elif theirs is None:
            counts["refused by Pillow alone"] += 1
            wrong.append(path)
        else:
            counts["the same pixels" if is_same(ours, theirs) else "other pixels"] += 1
    print(f"{count} damaged TIFFs: " + ", ".join(f"{n} {word}" for word, n in counts.items()), file=sys.stderr)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("decoder")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--damaged", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = 1 << 27  # Pillow raises an error above twice this number, the program's limit
    if options.damaged:
        wrong = damage(options.decoder, options.folder, options.damaged, options.seed)
    else:
        by_name = verdicts(options.decoder, options.folder)
        print("\n".join(page(by_name)))
        wrong = [name for name, (*_, word, _) in by_name.items() if word == WRONG]
    for file in wrong:
        print(f"read wrong: {file}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
