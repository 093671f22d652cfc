#!/usr/bin/env python3
"""Writes docs/dev/measurements.md from the files in benchmarks/measurements, which benchmarks write with --save.

    benchmarks/page.py            # writes the page
    benchmarks/page.py --check    # exits with 1 if the page is out of date
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASUREMENTS = ROOT / "benchmarks" / "measurements"
PAGE = ROOT / "docs" / "dev" / "measurements.md"
ORDER = ("peers", "peers-epyc", "stages", "reduced-precision", "bfloat16", "mask-rcnn-steps", "batch-size", "memory",
         "scoring", "scoring-in-pieces", "standard-errors", "checksums", "kid-mmd", "encoders", "waiting-threads", "gpu",
         "gpu-steps")  # other files follow in the order of their names
OPENING = (
    "Written by `benchmarks/page.py` from `benchmarks/measurements/`; don't edit it. These are the tables behind "
    "[performance.md](performance.md), which explains them. [benchmarks/README.md](../../benchmarks/README.md) describes "
    "the commands.",
    "Each section starts with the command, the date, the commit that was measured and the machine. If figures were "
    "added by hand, date and commit are those of the commit that added them.",
    "All with LibTorch 2.11.0 and one thread per core. Full-size networks are CLIP ViT-B/32, Inception v3 and Mask R-CNN "
    "R50-FPN with weights from a seed. Their images are JPEGs of 256×256, which Mask R-CNN enlarges to 800×800. \"Ten "
    "metrics\" are all but O-IS and O-FID.",
)


def page() -> str:
    paths = sorted(MEASUREMENTS.glob("*.json"), key=lambda path: (place(path.stem), path.stem))
    blocks = ["# Measurements", *map(wrapped, OPENING)]
    for path in paths:
        blocks += section(json.loads(path.read_text(encoding="utf-8")))
    return "\n\n".join(blocks) + "\n"


def place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def section(measurement: dict) -> list[str]:
    command = f"`{measurement['command']}`" if measurement["command"] else "Command not recorded"
    blocks = [f"## {measurement['title']}", wrapped(f"{command}; {when(measurement)}; {measurement['machine']}.")]
    if measurement["text"]:
        blocks.append(wrapped(measurement["text"]))
    for table in measurement["tables"]:
        if table.get("caption"):
            blocks.append(wrapped(table["caption"]))
        blocks.append("\n".join([line(table["header"]), "|---" * len(table["header"]) + "|", *map(line, table["rows"])]))
    return blocks


def when(measurement: dict) -> str:
    if "added_in" in measurement:
        return f"added on {measurement['date']} in commit {measurement['added_in']}"
    commit = measurement["commit"]
    return f"measured on {measurement['date']}" + (f" at commit {commit}" if commit else ", commit not recorded")


def line(cells: list[str]) -> str:
    return "".join(f"| {cell} " for cell in cells) + "|"


def wrapped(text: str) -> str:
    return textwrap.fill(text, 110, break_long_words=False, break_on_hyphens=False)


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    if not parser.parse_args().check:
        write()
    elif PAGE.read_text(encoding="utf-8") != page():
        sys.exit("page.py: docs/dev/measurements.md is out of date; run benchmarks/page.py")


if __name__ == "__main__":
    main()
