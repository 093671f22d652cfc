"""A full-size Mask R-CNN with random weights from a seed that finds objects of many classes in photographs.

With torchvision's initial weights it finds nothing: all classes get almost the same score in every region. So here the
batch norms take their statistics from photographs, the head's layers preserve variance, and the logits of regions and
classes and the boxes' offsets are centered and scaled on the given photographs. Most regions are background, as in a
trained network.
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

LABELS = MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]  # by number; 0 is the background
GAP = "N/A"  # COCO's numbering has gaps, which no network predicts
OBJECTNESS_DEVIATION = 2.0
PROPOSAL_DEVIATION = 0.2  # of a region's offsets, relative to its sides
CLASS_DEVIATION = 2.4
OFFSET_DEVIATION = 2.0  # of the final boxes' offsets: tenths of a side
BACKGROUND = 13.0  # its logit: only few regions are anything else
RESIDUE = 0.3  # scale of a block's residual branch: rounding errors then grow less from block to block
CALIBRATION_SIDE = 400  # of pictures in the network during calibration; later 800, at four times the cost


def network_of(version: str, norm: type[nn.Module] = FrozenBatchNorm2d) -> MaskRCNN:
    """As torchvision builds it for its published weights: in v1 with frozen batch norms whose epsilon is 0."""
    if version == "v2":
        return maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=len(LABELS)).eval()
    network = MaskRCNN(_resnet_fpn_extractor(resnet50(weights=None, norm_layer=norm), 3), len(LABELS))
    overwrite_eps(network, 0.0)
    return network.eval()


def pixels(path: Path) -> torch.Tensor:
    """[3, H, W] float32 in 0..1."""
    return torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1).float() / 255


def seen_by(layer: nn.Module, run: Callable[[], object]) -> torch.Tensor:
    """The layer's inputs during the run, one row per image and position: [N, channels]."""
    rows: list[torch.Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: rows.append(inputs[0].movedim(1, -1).flatten(0, -2)))
    run()
    hook.remove()
    return torch.cat(rows)


def spread(layer: nn.Module, inputs: torch.Tensor, deviation: float, means: torch.Tensor) -> None:
    """Draws weights of a linear layer or 1×1 convolution so that every output has this standard deviation over the
    inputs, and is 0 at each of `means` [M, channels]: what a whole picture has in common then has no effect."""
    weight = layer.weight.flatten(1)
    weight.normal_()
    shared = torch.linalg.qr(means.T).Q
    weight -= weight @ shared @ shared.T
    weight *= (deviation / (inputs @ weight.T).std(0))[:, None]
    layer.bias.zero_()


def know(network: MaskRCNN) -> None:
    """Prepares the batch norms to take the statistics of the next batch."""
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
    """Draws the weights stage by stage, each calibrated on the output of the stages before it."""
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
    """Removes the mask head, which doubles the cost. Boxes, labels and scores don't change."""
    heads = network.roi_heads
    heads.mask_roi_pool = heads.mask_head = heads.mask_predictor = None


@torch.no_grad()
def mask_rcnn(version: str, photographs: list[Path], seed: int, output: Path) -> None:
    """Writes a state dict with the layout of torchvision's published ones."""
    torch.manual_seed(seed)
    network = network_of(version, nn.BatchNorm2d)
    with_masks = network.state_dict()
    fill(network, [pixels(path) for path in photographs])
    state = {**with_masks, **network.state_dict()}
    if version == "v1":  # frozen norms count no batches
        state = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(state, output)
