"""The demo Mask R-CNN: torchvision's with a small backbone of two levels, trained on boxes and masks."""

from pathlib import Path

import torch
import torch.nn.functional as F
from layers import ResidualBlock, conv_block
from layout import SIDE
from scenes import LABELS
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign, masks_to_boxes
from training import Progress, descend, optimiser, set_learning_rate

STEPS, RATE = 2500, 1e-3  # on scenes of all kinds
HARD_STEPS, HARD_RATE = 1200, 7e-4  # then half of the scenes have shapes behind or inside others
BATCH = 16
SCALE = 2  # pictures are enlarged by this factor
OVERLAP = 0.4  # if two boxes overlap more, whatever their classes, the exported archive keeps only one
MEAN, STD = 0.5, 0.25

_CHANNELS = 64
_BOX_CELLS, _BOX_WIDTH = 6, 128
_MASK_CELLS, _MASK_WIDTH = 7, 32
_ANCHORS = ((24.0, 40.0), (64.0, 104.0))  # sides in enlarged pixels, level by level
_CLASSES = 1 + len(LABELS)  # label 0 is the background


class Backbone(nn.Module):
    """[N, 3, H, W] → a feature pyramid: maps of 64 channels at a quarter and at an eighth of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.out_channels = _CHANNELS
        self.quarter = nn.Sequential(conv_block(3, 24, 2), conv_block(24, 48, 2), ResidualBlock(48))
        self.eighth = nn.Sequential(conv_block(48, 96, 2), ResidualBlock(96))
        self.sixteenth = nn.Sequential(conv_block(96, 96, 2), ResidualBlock(96))
        self.from_quarter = nn.Conv2d(48, _CHANNELS, 1)
        self.from_eighth = nn.Conv2d(96, _CHANNELS, 1)
        self.from_sixteenth = nn.Conv2d(96, _CHANNELS, 1)
        self.smooth_quarter = nn.Conv2d(_CHANNELS, _CHANNELS, 3, 1, 1)
        self.smooth_eighth = nn.Conv2d(_CHANNELS, _CHANNELS, 3, 1, 1)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        quarter = self.quarter(image)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        coarse = self.from_eighth(eighth) + F.interpolate(self.from_sixteenth(sixteenth), size=eighth.shape[2:])
        fine = self.from_quarter(quarter) + F.interpolate(coarse, size=quarter.shape[2:])
        return {"0": self.smooth_quarter(fine), "1": self.smooth_eighth(coarse)}


class _FastBackbone(nn.Module):
    """The backbone in bfloat16, for training."""

    def __init__(self, inner: Backbone):
        super().__init__()
        self.inner = inner.to(memory_format=torch.channels_last)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            levels = self.inner(image.contiguous(memory_format=torch.channels_last))
        return {name: level.float() for name, level in levels.items()}


def build() -> MaskRCNN:
    """The network with fresh weights. It resizes pictures to 128 pixels on the shorter side."""
    pool = {"featmap_names": ["0", "1"], "sampling_ratio": 2, "canonical_scale": 48, "canonical_level": 3}
    return MaskRCNN(
        Backbone(),
        min_size=SCALE * SIDE, max_size=2 * SCALE * SIDE, image_mean=[MEAN] * 3, image_std=[STD] * 3,
        rpn_anchor_generator=AnchorGenerator(_ANCHORS, ((1.0,),) * len(_ANCHORS)),
        rpn_pre_nms_top_n_train=200, rpn_pre_nms_top_n_test=100,
        rpn_post_nms_top_n_train=100, rpn_post_nms_top_n_test=50, rpn_batch_size_per_image=64,
        box_roi_pool=MultiScaleRoIAlign(output_size=_BOX_CELLS, **pool),
        box_head=TwoMLPHead(_CHANNELS * _BOX_CELLS**2, _BOX_WIDTH),
        box_predictor=FastRCNNPredictor(_BOX_WIDTH, _CLASSES),
        box_batch_size_per_image=32, box_positive_fraction=0.5, box_detections_per_img=20,
        mask_roi_pool=MultiScaleRoIAlign(output_size=_MASK_CELLS, **pool),
        mask_head=MaskRCNNHeads(_CHANNELS, (_MASK_WIDTH,), 1),
        mask_predictor=MaskRCNNPredictor(_MASK_WIDTH, _MASK_WIDTH, _CLASSES),
    )  # fmt: skip


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """A picture [3, H, W] uint8 → an element of the list that the detector takes."""
    return pixels.float() / 255


def truth(owners: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """The training target for one picture, in torchvision's form, from owners [64, 64] and labels [8]."""
    numbers = [i for i, label in enumerate(labels.tolist()) if label >= 0]
    masks = torch.stack([owners == i + 1 for i in numbers])
    boxes = masks_to_boxes(masks) + torch.tensor([0.0, 0, 1, 1])  # the right and lower edge of the last pixel
    return {"boxes": boxes, "labels": 1 + labels[numbers], "masks": masks.to(torch.uint8)}


def train(work: Path) -> None:
    """Writes detector.pt to the work folder."""
    sets = [torch.load(work / f"{name}.pt") for name in ("detector_train", "detector_hard")]
    torch.manual_seed(0)
    model = build().train()
    backbone, model.backbone = model.backbone, _FastBackbone(model.backbone)
    _descend_on("detector", model, sets[:1], STEPS, RATE)
    torch.manual_seed(1)
    _descend_on("detector, half hard", model, sets, HARD_STEPS, HARD_RATE)
    model.backbone = backbone
    torch.save(model.state_dict(), work / "detector.pt")


def _descend_on(name: str, model: MaskRCNN, sets: list[dict], steps: int, rate: float) -> None:
    """Trains for one cycle of the learning rate. Batches take the same number of pictures from each set."""
    optim = optimiser([model], rate, 0.01)
    progress = Progress(name, steps, 100)
    for step in range(steps):
        set_learning_rate(optim, rate, step, steps)
        drawn = [(data, row) for data in sets for row in torch.randint(len(data["images"]), (BATCH // len(sets),))]
        images = [prepare(data["images"][row]) for data, row in drawn]
        losses = model(images, [truth(data["owners"][row], data["labels"][row]) for data, row in drawn])
        descend(optim, sum(losses.values()))
        if progress.due(step):
            progress.line(step, " ".join(f"{name} {loss.item():.3f}" for name, loss in losses.items()))
