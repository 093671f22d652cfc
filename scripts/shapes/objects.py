"""The detector's detections in pictures, and their crops for the classifier."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

BATCH = 50

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


class Detection(NamedTuple):
    label: str
    box: Box


def detect(
    detector: torch.jit.ScriptModule, labels: list[str], pixels: torch.Tensor, threshold: float
) -> list[list[Detection]]:
    """The detections in each picture [N, 3, H, W] uint8 with scores of at least `threshold`, best first."""
    answers = [found for part in pixels.split(BATCH) for found in detector(list(part.float() / 255))]
    return [
        [
            Detection(labels[label - 1], tuple(box))
            for box, label, score in zip(*(found[key].tolist() for key in ("boxes", "labels", "scores")))
            if score >= threshold
        ]
        for found in answers
    ]


def counts(detections: list[Detection]) -> Counter[str]:
    return Counter(detection.label for detection in detections)


def crop(pixels: torch.Tensor, box: Box) -> torch.Tensor | None:
    """The part [3, h, w] of a picture [3, H, W] uint8, cropped as by Pillow; None if rounding leaves nothing."""
    left, top, right, bottom = (round(v) for v in box)  # half to even, as Pillow does
    if left == right or top == bottom:
        return None
    part = np.array(Image.fromarray(pixels.permute(1, 2, 0).numpy()).crop(box))
    return torch.from_numpy(part).permute(2, 0, 1)


def tf1_resize(pixels: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """[C, h, w] → [C, height, width] float32, like TensorFlow 1's `resize_bilinear`: corners not aligned, pixels not
    centered, no averaging when shrinking."""
    rows, row_share = _taps(pixels.shape[1], height)
    columns, column_share = _taps(pixels.shape[2], width)
    upper, lower = pixels.float()[:, rows].unbind(2)
    tall = [row[..., columns].unbind(3) for row in (upper, lower)]
    top, bottom = (left + (right - left) * column_share for left, right in tall)
    return top + (bottom - top) * row_share[:, None]


def _taps(size: int, wanted: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The two pixels around each new one, [wanted, 2], and the weight of the second."""
    place = torch.arange(wanted, dtype=torch.float32) * (size / wanted)
    first = place.floor().long()
    return torch.stack([first, (first + 1).clamp(max=size - 1)], 1), place - first
