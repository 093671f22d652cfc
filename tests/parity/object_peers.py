"""Objects by other programs: torchvision's Mask R-CNN, Pillow's crops in torch-fidelity's Inception, the clip package's
cosines. Also the object metrics by the definitions in their papers, in float64.

SOA is from Hinz et al.; CA, PA, O-IS and O-FID are from TISE (Dinh et al.), with the choices in docs/protocols.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

import clip
import numpy as np
import torch
from PIL import Image
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from seeded_detector import network_of, pixels, without_masks

SPLITS, SEED = 10, 2020
TIE = 1e-6  # cosines this close are a tie, which counts in favor of the caption

Box = tuple[float, ...]  # left, top, right, bottom, in pixels


@dataclass(frozen=True)
class Detection:
    label: int
    score: float
    box: Box


@dataclass(frozen=True)
class Crops:
    """One row per object of a picture, by descending score."""

    scores: np.ndarray
    features: np.ndarray
    logits: np.ndarray

    def above(self, threshold: float) -> Crops:
        kept = self.scores >= threshold
        return Crops(self.scores[kept], self.features[kept], self.logits[kept])


Found = dict[str, list[Detection]]  # by file name, each picture's by descending score
Cropped = dict[str, Crops]


@torch.no_grad()
def torchvision_detections(weights: Path, version: str, images: list[Path]) -> Found:
    """Torchvision's detections, one picture at a time."""
    network = network_of(version)
    network.load_state_dict(torch.load(weights, weights_only=True))
    without_masks(network)
    answers = {path.name: network([pixels(path)])[0] for path in images}
    return {name: [Detection(*row) for row in zip(answer["labels"].tolist(), answer["scores"].tolist(),
                                                  map(tuple, answer["boxes"].tolist()))]
            for name, answer in answers.items()}


def floored(box: Box) -> Box:
    """A mutant: Pillow rounds corners half to even instead."""
    return tuple(float(math.floor(corner)) for corner in box)


@torch.no_grad()
def crops(weights: Path, folder: Path, found: Found, threshold: float,
          corners: Callable[[Box], Box] = lambda box: box) -> Cropped:
    """Features and unbiased logits of each object's crop. Empty crops are left out."""
    network = FeatureExtractorInceptionV3("seeded", ["2048", "logits_unbiased"],
                                          feature_extractor_weights_path=str(weights))

    def encoded(picture: Image.Image, detection: Detection) -> tuple | None:
        part = np.array(picture.crop(corners(detection.box)))
        if part.size == 0:
            return None
        features, logits = network(torch.from_numpy(part).permute(2, 0, 1)[None])
        return detection.score, features[0].double().numpy(), logits[0].double().numpy()

    cropped = {}
    for name, detections in found.items():
        picture = Image.open(folder / name).convert("RGB")
        rows = [encoded(picture, detection) for detection in detections if detection.score >= threshold]
        scores, features, logits = zip(*(row for row in rows if row)) if any(rows) else ((), (), ())
        cropped[name] = Crops(np.array(scores), np.reshape(features, (-1, 2048)), np.reshape(logits, (-1, 1008)))
    return cropped


def together(cropped: Cropped, threshold: float) -> Crops:
    """The crops of all pictures, in bytewise order of the pictures' names."""
    parts = [cropped[name].above(threshold) for name in sorted(cropped, key=str.encode)]
    return Crops(*(np.concatenate([getattr(part, column) for part in parts])
                   for column in ("scores", "features", "logits")))


def object_inception_score(logits: np.ndarray, temperature: float) -> float:
    """exp(mean KL(p(y|crop) ‖ p(y))), averaged over splits after a permutation."""
    scaled = logits / temperature
    scaled -= scaled.max(1, keepdims=True)
    logs = scaled - np.log(np.exp(scaled).sum(1, keepdims=True))
    logs = logs[np.random.RandomState(SEED).permutation(len(logs))]
    bounds = [i * len(logs) // SPLITS for i in range(SPLITS + 1)]
    scores = []
    for begin, end in zip(bounds, bounds[1:]):
        part = logs[begin:end]
        divergences = (np.exp(part) * (part - np.log(np.exp(part).mean(0)))).sum(1)
        scores.append(np.exp(divergences.mean()))
    return float(np.mean(scores))


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """‖μ−μᵣ‖² + tr(Σ+Σᵣ−2(ΣΣᵣ)^½). With Σ = AᵀA and Σᵣ = BᵀB, the root's trace is the sum of ABᵀ's singular values."""
    a, b = ((rows - rows.mean(0)) / math.sqrt(len(rows) - 1) for rows in (one, other))
    shift = one.mean(0) - other.mean(0)
    return float(shift @ shift + (a * a).sum() + (b * b).sum() - 2 * np.linalg.svd(a @ b.T, compute_uv=False).sum())


def counted(found: Found, name: str, label: int, threshold: float) -> int:
    return sum(one.label == label and one.score >= threshold for one in found[name])


def semantic_object_accuracy(found: Found, objects: dict[str, list[int]], threshold: float) -> dict[str, float]:
    """How often a label in a caption is found in the image: the mean over labels, and over (image, label) pairs."""
    hits = defaultdict(list)
    for name, labels in objects.items():
        for label in labels:
            hits[label].append(counted(found, name, label, threshold) > 0)
    return {"SOA-C": float(np.mean([np.mean(each) for each in hits.values()])),
            "SOA-I": float(np.mean(np.concatenate(list(hits.values()))))}


def counting_alignment(found: Found, asked: dict[str, dict[int, int]], threshold: float) -> float:
    """The mean over images of the root mean squared error over the labels in the caption."""
    return float(np.mean([math.sqrt(np.mean([(counted(found, name, label, threshold) - number) ** 2
                                             for label, number in numbers.items()]))
                          for name, numbers in asked.items()]))


@torch.no_grad()
def positional_alignment(weights: Path, folder: Path, items: list[dict]) -> tuple[float, float]:
    """The mean over words of how often an image prefers its caption, and the smallest difference of cosines."""
    network, transform = clip.load(str(weights), device="cpu")
    shares = defaultdict(list)
    for item in items:
        image = network.encode_image(transform(Image.open(folder / item["image"]))[None])
        texts = network.encode_text(clip.tokenize([item["caption"], item["opposite"]], truncate=True))
        own, opposite = torch.nn.functional.cosine_similarity(image, texts).tolist()
        shares[item["position"]].append(own - opposite)
    margins = np.concatenate(list(shares.values()))
    return (float(np.mean([np.mean(np.array(each) >= -TIE) for each in shares.values()])),
            float(np.abs(margins).min()))


def with_next_labels(found: Found) -> Found:
    """A mutant: labels shifted by one."""
    return {name: [replace(one, label=one.label + 1) for one in detections] for name, detections in found.items()}
