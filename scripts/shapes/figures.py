"""Measures the demo models on new scenes, for their cards."""

import random
from collections.abc import Callable
from pathlib import Path

import clip
import detector
import torch
import torch.nn.functional as F
import views
import words
from captions import write_caption
from classifier import Classifier, fit_temperature
from classifier import prepare as prepare_for_classifier
from data import scene_from
from scenes import LABELS, OVERLAPPING, Scene, canonical, opposite, other_attribute, other_count, swapped
from scores import effective_rank, frechet_distance, inception_score, r_precision
from tise_eval.export.architectures.maskrcnn import BoxDetector
from tokenizer import Tokenizer
from torch import nn
from torchvision.ops import box_iou
from torchvision.transforms.functional import gaussian_blur

CLIP_SCENES = 2000
RP_SCENES = 1000
DETECTOR_THRESHOLD = 0.5
MATCH = 0.5  # a detection is right if its label is right and its box has this intersection over union
BATCH = 250

Prepare = Callable[[torch.Tensor], torch.Tensor]


@torch.no_grad()
def clip_figures(model: clip.Clip, tokenizer: Tokenizer, work: Path) -> dict:
    """RP among 1 + 99 different scenes, and how often an image prefers its caption to one with a single change."""
    data = torch.load(work / "clip_test.pt")
    scenes = [scene_from(row) for row in data["scenes"][:CLIP_SCENES]]
    images = torch.cat([_unit(model.image(clip.prepare(p))) for p in data["images"][:CLIP_SCENES].split(BATCH)])

    def texts(captions: list[str]) -> torch.Tensor:
        rows = tokenizer.rows(captions, clip.CONTEXT_LENGTH)
        return torch.cat([_unit(model.text(part)) for part in torch.tensor(rows).split(BATCH)])

    def preferred(change: Callable[[random.Random, Scene], Scene | None]) -> tuple[torch.Tensor, list[Scene]]:
        """Whether images prefer the unchanged caption to a changed one with the same wording, and their scenes."""
        rng = random.Random(5)
        changed = [change(rng, scene) for scene in scenes]
        rows = [i for i, s in enumerate(changed) if s and canonical(s) != canonical(scenes[i])]
        own = texts([write_caption(random.Random(i), scenes[i]).text for i in rows])
        other = texts([write_caption(random.Random(i), changed[i]).text for i in rows])
        return (images[rows] * own).sum(1) > (images[rows] * other).sum(1), [scenes[i] for i in rows]

    unlike = list({canonical(s): i for i, s in enumerate(scenes)}.values())[:RP_SCENES]
    captions = [write_caption(random.Random(i), scenes[i]).text for i in unlike]
    position, placed = preferred(lambda rng, scene: opposite(scene))
    strict = torch.tensor([s.relation not in OVERLAPPING for s in placed])
    words = sorted({s.relation for s in placed})
    return {
        "scenes": CLIP_SCENES,
        "RP": _rounded(r_precision(images[unlike] @ texts(captions).t(), captions)),
        "position": _share(position[strict]),
        "position_by_word": {w: _share(position[torch.tensor([s.relation == w for s in placed])]) for w in words},
        "count": _share(preferred(other_count)[0]),
        "colour": _share(preferred(lambda rng, s: other_attribute(rng, s, "colour"))[0]),
        "shape": _share(preferred(lambda rng, s: other_attribute(rng, s, "shape"))[0]),
        "groups_swapped": _share(preferred(lambda rng, s: swapped(s))[0]),
    }


@torch.no_grad()
def class_outputs(model: Classifier, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Features [N, 128] and logits [N, 36] of pixels [N, 3, 64, 64] uint8."""
    outputs = [model(prepare_for_classifier(part)) for part in pixels.split(BATCH)]
    return torch.cat([o[0] for o in outputs]), torch.cat([o[1] for o in outputs])


def classifier_figures(model: Classifier, work: Path) -> tuple[float, dict]:
    """The temperature fitted on one half of the new pictures, and figures for the other half."""
    data = torch.load(work / "class_test.pt")
    features, logits = class_outputs(model, data["images"])
    blurred_features, blurred_logits = class_outputs(model, gaussian_blur(data["images"], 13, 2.0))
    half = len(logits) // 2
    temperature = fit_temperature(logits[:half], data["classes"][:half])
    held_out, truth = logits[half:], data["classes"][half:]
    return temperature, {
        "scenes": half,
        "accuracy": _share(held_out.argmax(1) == truth),
        "nll_at_1": _rounded(F.cross_entropy(held_out, truth).item()),
        "nll_at_temperature": _rounded(F.cross_entropy(held_out / temperature, truth).item()),
        "IS": _rounded(inception_score(held_out)),
        "IS_blurred_2px": _rounded(inception_score(blurred_logits[half:])),
        "FID_between_halves": _rounded(frechet_distance(features[:half], features[half:])),
        "FID_blurred_2px": _rounded(frechet_distance(features[:half], blurred_features[half:])),
    }


@torch.no_grad()
def detector_figures(model: BoxDetector, work: Path) -> dict:
    """Precision and recall of the detections, and the share of pictures with right counts of all classes."""
    data = torch.load(work / "detector_test.pt")
    hits = detections = shapes = exact = 0
    for i, pixels in enumerate(data["images"]):
        found = model([detector.prepare(pixels)])[0]
        sure = found["scores"] >= DETECTOR_THRESHOLD
        boxes, labels = found["boxes"][sure], found["labels"][sure]
        truth = detector.truth(data["owners"][i], data["labels"][i])
        fits = (box_iou(boxes, truth["boxes"]) >= MATCH) & (labels[:, None] == truth["labels"][None])
        hits += _matched(fits)
        detections += len(labels)
        shapes += len(truth["labels"])
        exact += labels.sort()[0].tolist() == truth["labels"].sort()[0].tolist()
    return {
        "scenes": len(data["images"]),
        "threshold": DETECTOR_THRESHOLD,
        "precision": _rounded(hits / detections),
        "recall": _rounded(hits / shapes),
        "exact_counts": _rounded(exact / len(data["images"])),
    }


@torch.no_grad()
def views_figures(model: views.ViewsEncoder, work: Path) -> dict:
    """How often a view of a picture finds the picture's other view among 99 others, and the figures of all encoders."""
    data = torch.load(work / "encoder_test.pt")
    torch.manual_seed(5)
    pixels = data["images"][:RP_SCENES]
    first, second = (_unit(_encode(model, views.prepare, views.random_view(pixels))) for _ in range(2))
    found = r_precision(first @ second.t(), [str(i) for i in range(RP_SCENES)])
    return {**_encoder_figures(model, views.prepare, data), "finds_other_view": _rounded(found)}


@torch.no_grad()
def words_figures(model: words.WordsEncoder, head: nn.Linear, work: Path) -> dict:
    """RP among 1 + 99 different scenes, by how much a picture raises the odds of a caption's n-grams, and the figures
    of all encoders."""
    data = torch.load(work / "encoder_test.pt")
    scenes = [scene_from(row) for row in data["scenes"]]
    unlike = list({canonical(s): i for i, s in enumerate(scenes)}.values())[:RP_SCENES]
    captions = [write_caption(random.Random(i), scenes[i]).text for i in unlike]
    vocabulary = words.Vocabulary()
    raised = head(_encode(model, words.prepare, data["images"][unlike])) - vocabulary.shares.logit()
    matched = r_precision(raised @ vocabulary.bags(captions).t(), captions)
    return {**_encoder_figures(model, words.prepare, data), "RP": _rounded(matched)}


def _encoder_figures(model: nn.Module, prepare: Prepare, data: dict) -> dict:
    """Distances between two halves of new scenes, and the accuracy of a linear probe fitted on one half."""
    images = data["images"]
    features = _encode(model, prepare, images)
    half = len(images) // 2
    blurred = _encode(model, prepare, gaussian_blur(images[half:], 13, 2.0))
    return {
        "scenes": half,
        "effective_rank": _rounded(effective_rank(features[:half])),
        "FD_between_halves": _rounded(frechet_distance(features[:half], features[half:])),
        "FD_blurred_2px": _rounded(frechet_distance(features[:half], blurred)),
        "classes_by_linear_probe": _probe(features, [scene_from(row) for row in data["scenes"]], half),
    }


def _probe(features: torch.Tensor, scenes: list[Scene], half: int) -> float:
    """Predicts a picture's classes from its features by least squares: of the k best, k being the true number, the
    share that is right."""
    truth = torch.zeros(len(scenes), len(LABELS))
    for row, scene in enumerate(scenes):
        truth[row, [LABELS.index(group.label) for group in (scene.first, scene.second) if group]] = 1
    inputs = F.pad(features, (0, 1), value=1.0)
    answers = inputs[half:] @ torch.linalg.lstsq(inputs[:half], truth[:half]).solution
    hits = [t[a.topk(int(t.sum())).indices].mean() for a, t in zip(answers, truth[half:])]
    return _rounded(torch.stack(hits).mean().item())


def _encode(model: nn.Module, prepare: Prepare, pixels: torch.Tensor) -> torch.Tensor:
    return torch.cat([model(prepare(part)) for part in pixels.split(BATCH)])


def _matched(fits: torch.Tensor) -> int:
    """How many detections, best first, match a shape that no earlier one has taken: fits [detections, shapes] bool."""
    free = torch.ones(fits.shape[1], dtype=torch.bool)
    for row in fits:
        taken = (row & free).nonzero()
        if len(taken):
            free[taken[0]] = False
    return int((~free).sum())


def _unit(embeddings: torch.Tensor) -> torch.Tensor:
    return F.normalize(embeddings, dim=-1)


def _rounded(value: float) -> float:
    return round(value, 4)


def _share(hits: torch.Tensor) -> float:
    return _rounded(hits.float().mean().item())
