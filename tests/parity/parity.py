#!/usr/bin/env python3
"""Compares tise-eval with published implementations on photographs, with full-size networks of random weights.

Prints one table per part. Exit code 1: a number is out of tolerance; 2: something could not be run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import torch

import exports
import fidelity
import images
import networks
import objects
import on_our_rows
import tokens
import toolbox
from evaluator import PREPARATIONS, ROOT, Trouble, binary
from table import PARTS, Run, Table, Tables, page, say
from world import FEW, World, build_models, build_world

PAGE = ROOT / "docs" / "dev" / "parity-results.md"
TEXTS, QUICK_TEXTS = 100_000, 5_000
QUICK_IMAGES = 80  # with fewer, the splits of IS are too small for a score above 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300, metavar="N", help="images per set; default: 300")
    parser.add_argument("--only", choices=PARTS, help="compare only this part")
    parser.add_argument("--quick", action="store_true", help="run only a small part, as scripts/test.sh --all does")
    parser.add_argument("--write", action="store_true", help=f"write the results to {PAGE.relative_to(ROOT)}")
    parser.add_argument("--work", type=Path, metavar="DIR", help="new or empty folder for temporary files")
    parser.add_argument("--keep", action="store_true", help="keep the temporary files (3 GB)")
    args = parser.parse_args()
    if args.images < FEW:
        parser.error(f"--images must be at least {FEW}")
    if args.write and (args.quick or args.only is not None or args.images != parser.get_default("images")):
        parser.error("--write needs a full run, without --quick, --only or --images")
    if args.work is not None and args.work.exists() and any(args.work.iterdir()):
        parser.error(f"--work {args.work}: is not empty; give a new or empty folder")
    return args


def prepared(work: Path, count: int, preparations: tuple[str, ...]) -> World:
    say("photographs")
    world = build_world(work, count)
    build_models(world, preparations)
    return world


def compare(work: Path, args: argparse.Namespace) -> Tables:
    binary()
    tables = {part: Table() for part in (PARTS if args.only is None else (args.only,))}
    if "texts" in tables:
        tokens.compare(work, TEXTS, tables["texts"])
    if "protocols" in tables:
        toolbox.compare(work, tables["protocols"])
    if "fidelity" in tables:
        fidelity.compare(work, tables["fidelity"])
    if "exports" in tables:
        exports.compare(work, tables["exports"])
    if not {"images", "networks", "objects"} & set(tables):
        return tables
    world = prepared(work, args.images, PREPARATIONS if "images" in tables else PREPARATIONS[:1])
    if "images" in tables:
        images.compare(world, tables["images"])
        on_our_rows.compare(world, tables["images"])
    if "networks" in tables:
        networks.compare(world, tables["networks"])
    if "objects" in tables:
        objects.compare(work, world.models(PREPARATIONS[0]), tables["objects"])
    return tables


def quick(work: Path) -> Tables:
    """The version that takes a minute or two: fewer texts and pictures, no other networks, no detector."""
    binary()
    tables = {part: Table() for part in ("texts", "protocols", "images", "fidelity")}
    tokens.compare(work, QUICK_TEXTS, tables["texts"])
    toolbox.compare(work, tables["protocols"])
    fidelity.quick(work, tables["fidelity"])
    images.compare_main(prepared(work, QUICK_IMAGES, PREPARATIONS[:1]), tables["images"])
    return tables


def this_run() -> Run:
    """Describes a full run on this machine, with the packages of requirements.txt."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude", "*"],
                            capture_output=True, text=True)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    names = re.findall(r"^([\w-]+)==", (Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8"), re.M)
    version = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return Run(tuple(PARTS), time.strftime("%Y-%m-%d"), commit.stdout.strip() or "unknown", "tests/parity/run.sh --write",
               f"tise-eval {version}", f"{len(os.sched_getaffinity(0))} cores and {memory:.0f} GiB of memory",
               tuple(f"{name} {metadata.version(name)}" for name in names))


def main() -> int:
    args = arguments()
    torch.set_num_threads(min(torch.get_num_threads(), len(os.sched_getaffinity(0))))
    if args.work is not None:
        args.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="tise-parity-", dir=args.work)).resolve()
    try:
        described = this_run() if args.write else None  # first, since the checkout may change meanwhile
        tables = quick(work) if args.quick else compare(work, args)
    except Trouble as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    finally:
        if args.keep:
            say(f"temporary files are in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    for part, table in tables.items():
        print(f"\n{part}\n\n{table.markdown()}")
    if described is not None:
        PAGE.write_text(page(tables, described), encoding="utf-8")
    ok = all(table.ok for table in tables.values())
    say("all within tolerance" if ok else "NOT all within tolerance")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
