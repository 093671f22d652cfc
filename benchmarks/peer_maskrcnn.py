#!/usr/bin/env python3
"""torchvision's Mask R-CNN over a folder, a picture at a time as its reference scripts do: the objects found at a score
of 0.5 or more. `--boxes-only` takes the mask head out, as no user of it does. Prints JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from PIL import Image
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.models.detection._utils import overwrite_eps
from torchvision.ops import FrozenBatchNorm2d
from torchvision.transforms.functional import to_tensor
from torch import nn


def freeze(module: nn.Module) -> None:
    """As torchvision builds it where its backbone was pretrained."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, FrozenBatchNorm2d(child.num_features))
        else:
            freeze(child)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--boxes-only", action="store_true")
    args = parser.parse_args()
    network = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    freeze(network.backbone)
    overwrite_eps(network, 0.0)
    network.load_state_dict(torch.load(args.weights, weights_only=True))
    network.eval()
    if args.boxes_only:
        heads = network.roi_heads
        heads.mask_roi_pool = heads.mask_head = heads.mask_predictor = None
    found = 0
    for path in sorted(args.images.iterdir()):
        scores = network([to_tensor(Image.open(path).convert("RGB"))])[0]["scores"]
        found += int((scores >= 0.5).sum())
    print(json.dumps({"objects": found}))


if __name__ == "__main__":
    main()
