"""Scores the example checkpoints with the archives, in Python, and asserts that each scores worse where it should."""

import io
import json
import math
from pathlib import Path

import numpy as np
import objects
import scores
import torch
import torch.nn.functional as F
import torchvision  # noqa: F401: the detector's operators
from layout import SIDE
from PIL import Image
from tise_eval.export import preparation
from tokenizer import Tokenizer

CHECKPOINTS = ("faithful", "blurred", "miscounting", "misplacing", "mismatched", "collapsed")
PROMPT = "A photo depicts "
DETECTOR_THRESHOLD = 0.5
BATCH = 100

# Which checkpoints must score worse than the faithful one, metric by metric.
MUST_LOSE = {
    "CLIP-S": ("mismatched", "misplacing", "miscounting"),
    "RefCLIP-S": ("mismatched",),
    "RP": ("mismatched",),
    "SOA-C": ("mismatched",),
    "SOA-I": ("mismatched",),
    "CA": ("miscounting",),
    "PA": ("misplacing", "mismatched"),
    "IS": ("blurred", "collapsed"),
    "IS*": ("collapsed",),
    "FID": ("blurred", "collapsed"),
    "O-FID": ("blurred",),
}
LOWER_IS_BETTER = ("FID", "O-FID", "CA")

ENCODERS = ("views", "words")
ENCODER_DISTANCES = {
    "FD": scores.frechet_distance,
    "KID": scores.kernel_distance,
    "MMD": scores.gaussian_distance,
}
FARTHER = ("blurred", "collapsed")  # must be farther from the real images than `faithful` by every distance
MARGIN = 5  # by at least this many standard errors of the difference


class Archive:
    """A model archive, and how its card prepares inputs."""

    def __init__(self, path: Path):
        extra = {"card.json": "", "merges.txt": ""}
        self.module = torch.jit.load(path, map_location="cpu", _extra_files=extra).float().eval()
        self.card = json.loads(extra["card.json"])
        self.merges = _text(extra["merges.txt"])

    def prepare(self, pixels: torch.Tensor) -> torch.Tensor:
        """[N, 3, H, W], 0 to 255, in the model's own size → its input. Other sizes are an error."""
        spec = self.card["input"]
        assert pixels.shape[2:] == (SIDE, SIDE) == preparation.size_of(spec)
        scaled = pixels.float() / (255 if spec["range"] == "0..1" else 1)
        return (scaled - torch.tensor(spec["mean"]).view(3, 1, 1)) / torch.tensor(spec["std"]).view(3, 1, 1)


@torch.no_grad()
def check(models: Path, examples: Path) -> dict[str, dict[str, float]]:
    """Prints one row of metrics per checkpoint, asserts the orderings and returns the rows."""
    clip, inception, detector = (Archive(models / f"{name}.pt") for name in ("clip", "inception", "maskrcnn"))
    items = json.loads((examples / "captions.json").read_text(encoding="utf-8"))
    real_pixels = _read_images(sorted((examples / "real").iterdir()))
    real = _class_outputs(inception, real_pixels)[0]
    real_crops = _crop_outputs(inception, real_pixels, _detect(detector, real_pixels))[0]
    embed = _TextEncoder(clip)
    rows = {}
    for name in CHECKPOINTS:
        pixels = _read_images([examples / name / item["image"] for item in items])
        features, logits = _class_outputs(inception, pixels)
        detections = _detect(detector, pixels)
        crop_features, crop_logits = _crop_outputs(inception, pixels, detections)
        rows[name] = {
            **_text_scores(_unit_batches(clip.module.image, clip.prepare(pixels)), items, embed),
            **_object_scores(items, detections),
            "IS": scores.inception_score(logits),
            "IS*": scores.inception_score(logits, inception.card["temperature"]),
            "FID": scores.frechet_distance(features, real),
            "O-IS": scores.inception_score(crop_logits, inception.card["temperature"]),
            "O-FID": scores.frechet_distance(crop_features, real_crops),
        }
        print(f"{name:12}" + "  ".join(f"{key} {value:.6f}" for key, value in rows[name].items()))
    for name, row in rows.items():
        for metric, value in row.items():
            assert math.isfinite(value), f"{name}: {metric} is {value}"
    _assert_orderings(rows)
    return rows


@torch.no_grad()
def check_encoders(models: Path, examples: Path) -> None:
    """Prints each checkpoint's distances to the real images with standard errors, and asserts which must be far."""
    pixels = {name: _read_images(sorted((examples / name).iterdir())) for name in ("real", *CHECKPOINTS)}
    for encoder in ENCODERS:
        archive = Archive(models / f"{encoder}.pt")
        features = {name: _batches(archive.module, archive.prepare(images)) for name, images in pixels.items()}
        print(f"{encoder}: effective rank {scores.effective_rank(features['real']):.1f} on the real images")
        for name in CHECKPOINTS:
            found = ""
            for metric, distance in ENCODER_DISTANCES.items():
                error = scores.jackknife_error(distance, features[name], features["real"])
                found += f"  {metric}@{encoder} {distance(features[name], features['real']):.6f} ± {error:.6f}"
            print(f"{name:12}{found}")
        for metric, distance in ENCODER_DISTANCES.items():
            _assert_farther(f"{metric}@{encoder}", distance, features)


class _TextEncoder:
    def __init__(self, clip: Archive):
        self._clip, self._tokenizer = clip, Tokenizer(clip.merges)

    def __call__(self, texts: list[str]) -> torch.Tensor:
        """Unit embeddings [N, D]."""
        rows = self._tokenizer.rows(texts, self._clip.card["context_length"])
        return _unit_batches(self._clip.module.text, torch.tensor(rows))


def _text_scores(images: torch.Tensor, items: list[dict], embed: _TextEncoder) -> dict[str, float]:
    """The metrics that compare images [N, D] with texts."""
    captions = [item["caption"] for item in items]
    prompted = embed([PROMPT + c for c in captions])
    references = embed([PROMPT + r for item in items for r in item["references"]])  # the same number for each item
    clip_scores = scores.clip_s(images, prompted)
    ref_scores = scores.ref_clip_s(clip_scores, prompted, references.view(len(items), -1, prompted.shape[1]))
    bare = embed(captions)
    placed = [i for i, item in enumerate(items) if "opposite" in item]
    own = (images[placed] * bare[placed]).sum(1)
    opposite = (images[placed] * embed([items[i]["opposite"] for i in placed])).sum(1)
    alignment, _ = scores.positional_alignment(own, opposite, [items[i]["position"] for i in placed])
    return {
        "CLIP-S": clip_scores.double().mean().item(),
        "RefCLIP-S": ref_scores.double().mean().item(),
        "RP": scores.r_precision(images @ bare.t(), captions),
        "PA": alignment,
    }


def _object_scores(items: list[dict], detections: list[list[objects.Detection]]) -> dict[str, float]:
    """The metrics that compare detections with the objects in captions."""
    found = [objects.counts(of_image) for of_image in detections]
    by_class, by_pair = scores.object_accuracy([item["objects"] for item in items], found)
    alignment = scores.counting_alignment([item["counts"] for item in items], found)
    return {"SOA-C": by_class, "SOA-I": by_pair, "CA": alignment}


def _detect(detector: Archive, pixels: torch.Tensor) -> list[list[objects.Detection]]:
    return objects.detect(detector.module, detector.card["labels"], pixels, DETECTOR_THRESHOLD)


def _crop_outputs(
    inception: Archive, pixels: torch.Tensor, detections: list[list[objects.Detection]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and logits of all crops, resized as in the classifier's card."""
    assert preparation.steps_of(inception.card["input"]) == preparation.squash(SIDE, "tf1-bilinear")
    crops = [objects.crop(image, d.box) for image, found in zip(pixels, detections) for d in found]
    resized = [objects.tf1_resize(c, SIDE, SIDE) for c in crops if c is not None]
    return _class_outputs(inception, torch.stack(resized))


def _class_outputs(inception: Archive, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    outputs = [inception.module(part) for part in inception.prepare(pixels).split(BATCH)]
    return torch.cat([o[0] for o in outputs]), torch.cat([o[1] for o in outputs])


def _unit_batches(module: torch.jit.ScriptModule, inputs: torch.Tensor) -> torch.Tensor:
    return F.normalize(_batches(module, inputs), dim=-1)


def _batches(module: torch.jit.ScriptModule, inputs: torch.Tensor) -> torch.Tensor:
    return torch.cat([module(part) for part in inputs.split(BATCH)])


def _read_images(paths: list[Path]) -> torch.Tensor:
    """[N, 3, H, W] uint8."""
    pixels = [np.array(Image.open(io.BytesIO(path.read_bytes())).convert("RGB")) for path in paths]
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)


def _text(data: str | bytes) -> str:
    return data.decode("utf-8") if isinstance(data, bytes) else data


def _assert_orderings(rows: dict[str, dict[str, float]]) -> None:
    for metric, losers in MUST_LOSE.items():
        for loser in losers:
            good, bad = rows["faithful"][metric], rows[loser][metric]
            worse = bad > good if metric in LOWER_IS_BETTER else bad < good
            assert worse, f"{metric}: {loser} {bad:.6f} is not worse than faithful {good:.6f}"


def _assert_farther(metric: str, distance: scores.Distance, features: dict[str, torch.Tensor]) -> None:
    """Asserts that the same images in another order have the same distance, and that those of FARTHER are farther."""
    real, faithful = features["real"], features["faithful"]
    good, same = distance(faithful, real), distance(features["mismatched"], real)
    assert math.isclose(same, good, rel_tol=1e-6), f"{metric}: mismatched {same:.9f}, not {good:.9f}"
    for name in FARTHER:
        lead, error = _lead(distance, features[name], faithful, real)
        print(f"{metric}: {name} is farther than faithful by {lead:.6f} ± {error:.6f}")
        assert lead > MARGIN * error, f"{metric}: {name} is hardly farther than faithful"


def _lead(
    distance: scores.Distance, bad: torch.Tensor, good: torch.Tensor, real: torch.Tensor
) -> tuple[float, float]:
    """How much farther `bad` is from `real` than `good`, and the standard error, by a jackknife over paired rows."""
    size = real.shape[1]

    def lead(pairs: torch.Tensor, real: torch.Tensor) -> float:
        return distance(pairs[:, size:], real) - distance(pairs[:, :size], real)

    pairs = torch.cat([good, bad], 1)
    return lead(pairs, real), scores.jackknife_error(lead, pairs, real)
