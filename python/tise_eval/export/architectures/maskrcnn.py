"""torchvision's Mask R-CNN (He et al., "Mask R-CNN", 2017) without its mask head. No metric reads masks, and boxes,
labels and scores are the same without it."""

from __future__ import annotations

import math
from typing import Optional

import torch
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import nms


class Transform(GeneralizedRCNNTransform):
    """torchvision's transform with the scale in double precision. When scripted, torchvision's own computes it in
    single precision, which makes images of nearly every second size, such as 299×299, a pixel smaller."""

    def __init__(self, original: GeneralizedRCNNTransform):
        super().__init__(original.min_size, original.max_size, original.image_mean, original.image_std,
                         original.size_divisible, original.fixed_size)

    def resize(self, image: torch.Tensor, target: Optional[dict[str, torch.Tensor]] = None
               ) -> tuple[torch.Tensor, Optional[dict[str, torch.Tensor]]]:
        height, width = image.shape[1], image.shape[2]
        shorter, longer = float(min(height, width)), float(max(height, width))
        scale = min(float(self.min_size[-1]) / shorter, float(self.max_size) / longer)
        size = [int(math.floor(height * scale)), int(math.floor(width * scale))]
        return nn.functional.interpolate(image[None], size=size, mode="bilinear", align_corners=False)[0], target


class BoxDetector(nn.Module):
    """The parts of a Mask R-CNN that find boxes. Modifies `network`: it loses its mask head.

    `overlap`: if two detections of any classes have a larger intersection over union, only the one with the higher
    score is kept. 1 keeps all, like torchvision, which suppresses only within a class.
    """

    def __init__(self, network: MaskRCNN, overlap: float = 1.0):
        super().__init__()
        self.transform = Transform(network.transform)
        self.backbone = network.backbone
        self.rpn = network.rpn
        self.roi_heads = network.roi_heads
        self.roi_heads.mask_roi_pool = None
        self.roi_heads.mask_head = None
        self.roi_heads.mask_predictor = None
        self.overlap = overlap

    def forward(self, images: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
        """Takes images [3, H, W] float32 in 0..1, of any sizes. Returns for each `boxes` [n, 4] in its pixels (left,
        top, right, bottom), `labels` [n] int64 from 1 (0 is the background), and `scores` [n], descending."""
        sizes = [(image.shape[1], image.shape[2]) for image in images]
        batch, _ = self.transform(images, None)
        features = self.backbone(batch.tensors)
        proposals, _ = self.rpn(batch, features, None)
        found, _ = self.roi_heads(features, proposals, batch.image_sizes, None)
        found = self.transform.postprocess(found, batch.image_sizes, sizes)
        return [self.without_doubles(one) for one in found]

    def without_doubles(self, found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        if self.overlap >= 1:
            return found
        kept = nms(found["boxes"], found["scores"], self.overlap)
        return {key: value[kept] for key, value in found.items()}

    @torch.jit.export
    def objectness(self, images: list[torch.Tensor]) -> torch.Tensor:
        """The region proposal head's logits on the finest level, flattened. Used to compare machines, since `forward`
        may find nothing."""
        batch, _ = self.transform(images, None)
        logits, _ = self.rpn.head(list(self.backbone(batch.tensors).values()))
        return logits[0].flatten()
