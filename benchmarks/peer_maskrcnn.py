#!/usr/bin/env python3
"""torchvision's Mask R-CNN over a folder, one picture at a time as in its reference scripts: counts objects with a score
of at least 0.5. `--boxes-only` removes the mask head, which users of torchvision don't do. Prints JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from measure import ROOT

sys.path.insert(0, str(ROOT / "tests" / "parity"))
from seeded_detector import network_of, pixels, without_masks


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--boxes-only", action="store_true")
    args = parser.parse_args()
    network = network_of("v1")
    network.load_state_dict(torch.load(args.weights, weights_only=True))
    if args.boxes_only:
        without_masks(network)
    found = 0
    for path in sorted(args.images.iterdir()):
        scores = network([pixels(path)])[0]["scores"]
        found += int((scores >= 0.5).sum())
    print(json.dumps({"objects": found}))


if __name__ == "__main__":
    main()
