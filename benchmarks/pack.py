#!/usr/bin/env python3
"""Packs the benchmark's networks and some of its pictures into one file, for scripts/bundle.sh."""

from __future__ import annotations

import sys
from pathlib import Path

import portable
from inputs import prepare
from measure import WORK

PICTURES = 256  # of either kind; where more are wanted they are repeated

if __name__ == "__main__":
    inputs, weights = prepare(WORK, PICTURES)
    if not weights.draws.exists():
        sys.exit(f"{weights.archives} was made before draws were noted: remove it and run this again")
    archives = [weights.archive(kind) for kind in weights.sources]
    portable.pack(archives, portable.load_draws(weights.draws), [inputs.images, inputs.real], Path(sys.argv[1]))
