"""Converts torchvision's Mask R-CNN weights into an archive for tise-eval, without the mask head.

Reads state dicts of maskrcnn_resnet50_fpn and maskrcnn_resnet50_fpn_v2, also fine-tuned to other classes. Without
--weights, downloads and checks torchvision's published COCO weights; choose them with --version.

The archive resizes and normalizes images with torchvision's own transform (shorter side 800, longer at most 1333). The
thresholds are torchvision's: score 0.05, overlap 0.5 within a class, 100 detections per image.

--labels names the classes of other networks: a text file with one name per line, or a JSON list of names, in the order
of the network's labels starting at 1. A first name `__background__` is ignored.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import nn
from torchvision.models import detection
from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights
from torchvision.ops import FrozenBatchNorm2d

from . import archive
from .architectures.maskrcnn import BoxDetector
from .errors import fail, run
from .fetching import sha256
from .originals import maskrcnn_original
from .preparation import card_input
from .published import MASK_RCNN
from .weights import check_file, compare, finish, load_state, one_line, output_path, published

NAMES = {"v1": "Mask R-CNN R50-FPN", "v2": "Mask R-CNN R50-FPN v2"}
BUILDERS = {"v1": detection.maskrcnn_resnet50_fpn, "v2": detection.maskrcnn_resnet50_fpn_v2}
CLASSIFIER = "roi_heads.box_predictor.cls_score.weight"
KINDS = {"roi_heads.box_head.fc6.weight": "v1", "roi_heads.box_head.0.0.weight": "v2"}  # a key of only this version
MASK_HEAD = "roi_heads.mask"
BACKGROUND = ("__background__", "background")
COMPARED_SIZES = ((240, 320), (375, 250), (299, 299))  # height, width


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="state dict of torchvision's Mask R-CNN")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="archive to write (default: maskrcnn.pt in the models folder that tise-eval reads)")
    parser.add_argument("--version", choices=MASK_RCNN, help="published weights to download (default: v1)")
    parser.add_argument("--name", help="model name for the card")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="names of the classes, if they are not COCO's")
    parser.add_argument("--frozen-eps", type=float, metavar="E", default=0.0,
                        help="epsilon of frozen batch norms in v1 networks: 0 (default) for torchvision's published "
                        "network and those fine-tuned from it, 1e-5 for those trained from an ImageNet backbone")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    args = parser.parse_args()
    if args.weights and args.version:
        parser.error("--version is only for the published weights; the version of --weights is detected")
    if not args.frozen_eps >= 0:
        parser.error("--frozen-eps must be at least 0")
    return args


def version_of(state: dict[str, torch.Tensor], path: Path) -> str:
    for key, version in KINDS.items():
        if key in state and CLASSIFIER in state:
            return version
    fail(f"weights {path}: not torchvision's Mask R-CNN (no {CLASSIFIER} with one of {', '.join(KINDS)})")


def build(state: dict[str, torch.Tensor], version: str, frozen_eps: float, path: Path) -> MaskRCNN:
    """torchvision's network with these weights. The mask head keeps its initial weights; nothing here depends on it."""
    network = BUILDERS[version](weights=None, weights_backbone=None, num_classes=len(state[CLASSIFIER]))
    trains_norms = any(key.startswith("backbone.") and key.endswith("num_batches_tracked") for key in state)
    if version == "v1" and not trains_norms:
        freeze_norms(network.backbone, frozen_eps)
    boxes = {key: value for key, value in state.items() if not key.startswith(MASK_HEAD)}
    try:
        missing, unexpected = network.load_state_dict(boxes, strict=False)
    except RuntimeError as error:
        fail(f"weights {path}: not torchvision's Mask R-CNN: {str(error).splitlines()[-1].strip()}")
    strange = [key for key in missing if not key.startswith(MASK_HEAD)] + unexpected
    if strange:
        fail(f"weights {path}: not torchvision's Mask R-CNN: {strange[0]} is {'missing' if missing else 'unknown'}")
    return network.eval()


def freeze_norms(module: nn.Module, eps: float) -> None:
    """Replaces batch norms by frozen ones, as torchvision does for a pretrained backbone."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, FrozenBatchNorm2d(child.num_features, eps))
        else:
            freeze_norms(child, eps)


def labels_of(path: Path | None, classes: int) -> list[str]:
    """The names of the labels, starting at label 1."""
    if path is None:
        names = MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
        if len(names) != classes:
            fail(f"the network has {classes - 1} classes, not COCO's {len(names) - 1}; name them with --labels")
    else:
        names = read_names(check_file(path, "labels"))
    if len(names) == classes and names[0] in BACKGROUND:
        names = names[1:]
    if len(names) != classes - 1:
        fail(f"labels {path}: {len(names)} names, but the network has {classes - 1} classes besides the background")
    return list(names)


def read_names(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"labels {path}: {one_line(error)}")
    if not text.lstrip().startswith(("[", "{")):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        names = json.loads(text)
    except ValueError as error:
        fail(f"labels {path}: {one_line(error)}")
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        fail(f"labels {path}: expected a JSON list of names")
    return names


def halve(network: nn.Module) -> None:
    """Rounds matrices and filters, which are most of the weights, to half precision. Norms and biases are not rounded:
    the variance of a dead channel would become 0."""
    for parameter in network.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.half()


def pictures() -> list[torch.Tensor]:
    """Images of soft patches of color, [3, H, W] in 0..1."""
    seeded = torch.Generator().manual_seed(0)
    coarse = [torch.rand(1, 3, 7, 9, generator=seeded) for _ in COMPARED_SIZES]
    return [nn.functional.interpolate(c, size=size, mode="bicubic").clamp(0, 1)[0]
            for c, size in zip(coarse, COMPARED_SIZES)]


@torch.no_grad()
def check(path: Path, half: bool, exact: MaskRCNN, stored: MaskRCNN) -> None:
    """Compares the archive with torchvision's network with the stored weights. If those were rounded, also compares the
    proposals' logits with those of the exact weights. Compares detections of any score, since the artificial images may
    show nothing."""
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    images = pictures()
    saved.roi_heads.score_thresh = 0.0
    found = [saved([image])[0] for image in images]  # one at a time, since a batch is padded to its largest image
    ours = {key: torch.cat([one[key] for one in found]) for key in ("boxes", "labels", "scores")}
    ours["objectness"] = torch.cat([saved.objectness([image]) for image in images])
    original = maskrcnn_original(stored, images)
    labels = original.outputs.pop("labels")
    if not torch.equal(ours["labels"], labels):
        fail(f"labels: the archive's labels differ from those of {original.name}; the archive was not written")
    print(f"labels: the same as {original.name}'s, {len(labels)} detections in {len(images)} images")
    compare(ours, original.outputs, original.name, half=False)
    if half:
        logits = maskrcnn_original(exact, images).outputs["objectness"]
        compare(ours, {"objectness": logits}, f"{original.name} before rounding", half=True)


def export() -> None:
    args = arguments()
    args.output = output_path(args.output, "maskrcnn.pt")
    path = check_file(args.weights, "weights") if args.weights else published(MASK_RCNN[args.version or "v1"])
    state = load_state(path)
    version = version_of(state, path)
    labels = labels_of(args.labels, len(state[CLASSIFIER]))
    exact = build(state, version, args.frozen_eps, path)
    stored, exported = (build(state, version, args.frozen_eps, path) for _ in range(2))
    if args.half:
        halve(exported)
        halve(stored)
        stored.float()
    card = {
        "kind": "detector",
        "name": args.name or NAMES[version],
        "source": {"file": path.name, "sha256": sha256(path)},
        "input": card_input([], [0, 0, 0], [1, 1, 1]),
        "labels": labels,
    }
    archive.save(torch.jit.script(BoxDetector(exported)), card, args.output,
                 check=lambda saved: check(saved, args.half, exact, stored))
    print(f"{card['name']}: {len(labels)} classes")
    finish(args.output)


def main() -> None:
    run(export)
