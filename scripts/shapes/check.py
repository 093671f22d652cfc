"""Scores the example checkpoints with the archives, in Python, and asserts that each loses where it should."""

import io
import json
from pathlib import Path

import numpy as np
import scores
import torch
import torch.nn.functional as F
from PIL import Image
from tokenizer import Tokenizer

CHECKPOINTS = ("faithful", "blurred", "miscounting", "misplacing", "mismatched", "collapsed")
PROMPT = "A photo depicts "
BATCH = 100

# Which checkpoints must score worse than the faithful one, metric by metric.
MUST_LOSE = {
    "CLIP-S": ("mismatched", "misplacing", "miscounting"),
    "RefCLIP-S": ("mismatched",),
    "RP": ("mismatched",),
    "PA": ("misplacing",),
    "IS": ("blurred", "collapsed"),
    "IS*": ("collapsed",),
    "FID": ("blurred", "collapsed"),
}
LOWER_IS_BETTER = ("FID",)


class Archive:
    """A model archive and what its card says of its input. Images of any other size are refused."""

    def __init__(self, path: Path):
        extra = {"card.json": "", "merges.txt": ""}
        self.module = torch.jit.load(path, map_location="cpu", _extra_files=extra).float().eval()
        self.card = json.loads(extra["card.json"])
        self.merges = _text(extra["merges.txt"])

    def prepare(self, pixels: torch.Tensor) -> torch.Tensor:
        """[N, 3, H, W] uint8 → the model's input."""
        spec = self.card["input"]
        assert pixels.shape[2:] == (spec["height"], spec["width"])
        scaled = pixels.float() / (255 if spec["range"] == "0..1" else 1)
        return (scaled - torch.tensor(spec["mean"]).view(3, 1, 1)) / torch.tensor(spec["std"]).view(3, 1, 1)


@torch.no_grad()
def check(models: Path, examples: Path) -> dict[str, dict[str, float]]:
    """Prints a row of metrics a checkpoint, asserts the orderings, returns the rows."""
    clip, inception = Archive(models / "clip.pt"), Archive(models / "inception.pt")
    items = json.loads((examples / "captions.json").read_text(encoding="utf-8"))
    real = _class_outputs(inception, _read_images(sorted((examples / "real").iterdir())))[0]
    embed = _TextEncoder(clip)
    rows = {}
    for name in CHECKPOINTS:
        pixels = _read_images([examples / name / item["image"] for item in items])
        features, logits = _class_outputs(inception, pixels)
        rows[name] = {
            **_text_scores(_unit_batches(clip.module.image, clip.prepare(pixels)), items, embed),
            "IS": scores.inception_score(logits),
            "IS*": scores.inception_score(logits, inception.card["temperature"]),
            "FID": scores.frechet_distance(features, real),
        }
        print(f"{name:12}" + "  ".join(f"{key} {value:.6f}" for key, value in rows[name].items()))
    _assert_orderings(rows)
    return rows


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
    references = embed([PROMPT + r for item in items for r in item["references"]])  # equally many of each
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


def _class_outputs(inception: Archive, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    outputs = [inception.module(part) for part in inception.prepare(pixels).split(BATCH)]
    return torch.cat([o[0] for o in outputs]), torch.cat([o[1] for o in outputs])


def _unit_batches(module: torch.jit.ScriptModule, inputs: torch.Tensor) -> torch.Tensor:
    return torch.cat([F.normalize(module(part), dim=-1) for part in inputs.split(BATCH)])


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
            assert worse, f"{metric}: {loser} {bad:.6f} does not lose against faithful {good:.6f}"
