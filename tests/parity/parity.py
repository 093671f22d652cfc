#!/usr/bin/env python3
"""Compares tise-eval with published implementations on photographs, with full-size networks of random weights.

Prints one table. Exit code 1: a number is out of tolerance; 2: something could not be run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import torch

import fidelity
import images
import networks
import objects
import on_our_rows
import tokens
import toolbox
from evaluator import PREPARATIONS, Trouble, binary
from table import Table, say
from world import FEW, World, build_models, build_world

PARTS = ("texts", "protocols", "fidelity", "images", "networks", "objects")
TEXTS, QUICK_TEXTS = 100_000, 5_000
QUICK_IMAGES = 80  # with fewer, the splits of IS are too small for a score above 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300, metavar="N", help="images per set; default: 300")
    parser.add_argument("--only", choices=PARTS, help="compare only this part")
    parser.add_argument("--quick", action="store_true", help="run only a small part, as scripts/test.sh --all does")
    parser.add_argument("--work", type=Path, metavar="DIR", help="new or empty folder for temporary files")
    parser.add_argument("--keep", action="store_true", help="keep the temporary files (3 GB)")
    args = parser.parse_args()
    if args.images < FEW:
        parser.error(f"--images must be at least {FEW}")
    if args.work is not None and args.work.exists() and any(args.work.iterdir()):
        parser.error(f"--work {args.work}: is not empty; give a new or empty folder")
    return args


def prepared(work: Path, count: int, preparations: tuple[str, ...]) -> World:
    say("photographs")
    world = build_world(work, count)
    build_models(world, preparations)
    return world


def compare(work: Path, args: argparse.Namespace) -> Table:
    binary()
    table = Table()
    parts = PARTS if args.only is None else (args.only,)
    if "texts" in parts:
        tokens.compare(work, TEXTS, table)
    if "protocols" in parts:
        toolbox.compare(work, table)
    if "fidelity" in parts:
        fidelity.compare(work, table)
    if not {"images", "networks", "objects"} & set(parts):
        return table
    world = prepared(work, args.images, PREPARATIONS if "images" in parts else PREPARATIONS[:1])
    if "images" in parts:
        images.compare(world, table)
        on_our_rows.compare(world, table)
    if "networks" in parts:
        networks.compare(world, table)
    if "objects" in parts:
        objects.compare(work, world.models(PREPARATIONS[0]), table)
    return table


def quick(work: Path) -> Table:
    """The version that takes a minute or two: fewer texts and pictures, no other networks, no detector."""
    binary()
    table = Table()
    tokens.compare(work, QUICK_TEXTS, table)
    toolbox.compare(work, table)
    fidelity.quick(work, table)
    images.compare_main(prepared(work, QUICK_IMAGES, PREPARATIONS[:1]), table)
    return table


def main() -> int:
    args = arguments()
    torch.set_num_threads(min(torch.get_num_threads(), len(os.sched_getaffinity(0))))
    if args.work is not None:
        args.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="tise-parity-", dir=args.work)).resolve()
    try:
        table = quick(work) if args.quick else compare(work, args)
    except Trouble as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    finally:
        if args.keep:
            say(f"temporary files are in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(table.markdown())
    say("all within tolerance" if table.ok else "NOT all within tolerance")
    return 0 if table.ok else 1


if __name__ == "__main__":
    sys.exit(main())
