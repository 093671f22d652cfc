"""Mask R-CNN at full size with weights drawn from a seed, that finds objects of many classes in photographs.

Weights as torchvision initialises them find nothing: every region is every class to the same small degree. So here
the batch norms know photographs, the head's layers keep the spread of what comes in, and the logits of regions and
classes, and the boxes' offsets, are centred and widened on the photographs at hand. Background wins most regions, as in
a trained network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import numpy as np
import torch
from PIL import Image
from torch import nn
from torchvision.models import resnet50
from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights, maskrcnn_resnet50_fpn_v2
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.resnet import Bottleneck
from torchvision.ops import FrozenBatchNorm2d

LABELS = MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]  # of label 0, 1, …; 0 is the background
GAP = "N/A"  # COCO's numbering has gaps; no network answers with them
OBJECTNESS_DEVIATION = 2.0
PROPOSAL_DEVIATION = 0.2  # of a region's offsets, in its own sides
CLASS_DEVIATION = 2.4
OFFSET_DEVIATION = 2.0  # of the final boxes' offsets: tenths of a side
BACKGROUND = 13.0  # its logit, so that few regions are anything else
RESIDUE = 0.3  # of a block in its sum with what came in: a rounding error then grows less from block to block
CALIBRATION_SIDE = 400  # of pictures as the network sees them; 800 when it is used, at four times the cost


def network_of(version: str, norm: type[nn.Module] = FrozenBatchNorm2d) -> MaskRCNN:
    """As torchvision builds it for its published weights: frozen batch norms that add nothing to a variance in v1."""
    if version == "v2":
        return maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=len(LABELS)).eval()
    network = MaskRCNN(_resnet_fpn_extractor(resnet50(weights=None, norm_layer=norm), 3), len(LABELS))
    overwrite_eps(network, 0.0)
    return network.eval()


def pixels(path: Path) -> torch.Tensor:
    """[3, H, W] float32 in 0..1."""
    return torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1).float() / 255


def seen_by(layer: nn.Module, run: Callable[[], object]) -> torch.Tensor:
    """What the layer gets in during the run: rows of its inputs over all images and places, [N, channels]."""
    rows: list[torch.Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: rows.append(inputs[0].movedim(1, -1).flatten(0, -2)))
    run()
    hook.remove()
    return torch.cat(rows)


def spread(layer: nn.Module, inputs: torch.Tensor, deviation: float, means: torch.Tensor) -> None:
    """Gives every output of a linear layer or 1×1 convolution this deviation over the inputs, and mean 0 over those
    that each of `means` [M, channels] is the mean of: what a whole picture shares then decides nothing."""
    weight = layer.weight.flatten(1)
    weight.normal_()
    shared = torch.linalg.qr(means.T).Q
    weight -= weight @ shared @ shared.T
    weight *= (deviation / (inputs @ weight.T).std(0))[:, None]
    layer.bias.zero_()


def know(network: MaskRCNN) -> None:
    """Its batch norms take over the statistics of the next batch that they see."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.3)
            module.momentum = 1.0
            module.train()
    for module in network.modules():
        if isinstance(module, Bottleneck):
            module.bn3.weight *= RESIDUE


def fill(network: MaskRCNN, images: list[torch.Tensor]) -> None:
    """Stage by stage, each on what the stages before it make of the images."""
    rpn, heads = network.rpn, network.roi_heads
    without_masks(network)
    for module in (*rpn.head.modules(), *heads.box_head.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
    know(network)
    network.transform.min_size = (CALIBRATION_SIDE,)
    batch, _ = network.transform(images)
    features = network.backbone(batch.tensors)
    inputs = seen_by(rpn.head.cls_logits, lambda: rpn(batch, features))
    spread(rpn.head.cls_logits, inputs, OBJECTNESS_DEVIATION, inputs.mean(0, keepdim=True))
    spread(rpn.head.bbox_pred, inputs, PROPOSAL_DEVIATION, inputs.mean(0, keepdim=True))
    rpn.head.eval()
    proposals, _ = rpn(batch, features)
    predictor = heads.box_predictor
    inputs = seen_by(predictor.cls_score, lambda: heads(features, proposals, batch.image_sizes))
    means = torch.stack([rows.mean(0) for rows in inputs.split([len(boxes) for boxes in proposals])])
    spread(predictor.cls_score, inputs, CLASS_DEVIATION, means)
    spread(predictor.bbox_pred, inputs, OFFSET_DEVIATION, means)
    predictor.cls_score.bias[0] = BACKGROUND
    predictor.cls_score.bias[[i for i, label in enumerate(LABELS) if label == GAP]] = -100


def without_masks(network: MaskRCNN) -> None:
    """Boxes, labels and scores are the same without the mask head, which costs as much again."""
    heads = network.roi_heads
    heads.mask_roi_pool = heads.mask_head = heads.mask_predictor = None


@torch.no_grad()
def mask_rcnn(version: str, photographs: list[Path], seed: int, output: Path) -> None:
    """Writes a state dict laid out as torchvision's published ones are."""
    torch.manual_seed(seed)
    network = network_of(version, nn.BatchNorm2d)
    with_masks = network.state_dict()
    fill(network, [pixels(path) for path in photographs])
    state = {**with_masks, **network.state_dict()}
    if version == "v1":  # frozen norms count no batches
        state = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(state, output)
