"""torchmetrics on the rows of our store: its formulas without its networks, and how to convert our values to its.

Its CLIPScore is 100 times the cosine, without a prompt, and clamps the mean at 0 instead of each score. So it is 40 times
the CLIP-S of a run with `--prompt ""` if no cosine is below 0; otherwise it must be computed from the store's rows. Its
InceptionScore equals ours with one split; with more, its shuffle isn't seeded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torchmetrics.image import FrechetInceptionDistance, InceptionScore
from torchmetrics.multimodal import CLIPScore

from evaluator import evaluate
from stored import chunks
from table import Table, relative, say
from world import World

VALUES = 1e-5  # relative: the same rows, so only the arithmetic differs
PEER = "torchmetrics, our rows"
SCALE, CLIP_S_WEIGHT = 100.0, 2.5


def rows(folder: Path, column: str) -> torch.Tensor:
    """The column for all images, in float64."""
    return torch.cat([chunk[column] for chunk in chunks(folder, "inception")]).double()


@dataclass
class Pairs:
    """Embeddings, one row per pair."""

    images: torch.Tensor
    texts: torch.Tensor

    @property
    def cosines(self) -> torch.Tensor:
        return nn.functional.cosine_similarity(self.images.double(), self.texts.double())


def pairs_of(store: Path, captions: dict[str, str]) -> Pairs:
    image_rows = {Path(name).stem: row for chunk in chunks(store, "clip")
                  for name, row in zip(chunk["names"], chunk["embeddings"])}
    text_rows = {text: chunk["embeddings"][row] for chunk in chunks(store, "texts@clip")
                 for text, row in zip(chunk["texts"], chunk["rows"].tolist())}
    return Pairs(torch.stack([image_rows[stem] for stem in captions]),
                 torch.stack([text_rows[caption] for caption in captions.values()]))


class Rows(nn.Module):
    """Replaces a network in torchmetrics: `images` hold indices of rows."""

    def __init__(self, rows: torch.Tensor) -> None:
        super().__init__()
        self.rows, self.num_features = rows, rows.shape[1]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.rows[images.flatten(1)[:, 0].long()]

    @property
    def indices(self) -> torch.Tensor:
        return torch.arange(len(self.rows), dtype=torch.float64)[:, None, None, None].expand(-1, 3, 1, 1)


class ClipRows(nn.Module):
    """Replaces a CLIP in the same way; `process` is its processor."""

    config = None

    def __init__(self, pairs: Pairs) -> None:
        super().__init__()
        self.images, self.texts = Rows(pairs.images), Rows(pairs.texts)

    def process(self, images: list | None = None, text: list[str] | None = None, **_) -> dict[str, torch.Tensor]:
        if images is not None:
            return {"pixel_values": torch.stack(images)}
        indices = torch.tensor([[float(index)] for index in text], dtype=torch.float64)
        return {"input_ids": indices, "attention_mask": indices}

    def get_image_features(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.images(pixel_values)

    def get_text_features(self, input_ids: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return self.texts(input_ids)


def clip_score(pairs: Pairs) -> float:
    network = ClipRows(pairs)
    metric = CLIPScore(lambda: (network, network.process))
    metric.update(list(network.images.indices), [str(index) for index in range(len(pairs.texts))])
    return metric.compute().item()


def clip_rows(table: Table, store: Path, captions: dict[str, str], clip_s: float | None) -> None:
    pairs = pairs_of(store, captions)
    theirs, lowest = clip_score(pairs), pairs.cosines.min().item()
    converted = None if clip_s is None or lowest < 0 else SCALE / CLIP_S_WEIGHT * clip_s
    table.add(relative("CLIP-S, no prompt, times 40", PEER, theirs, converted, VALUES))
    signs = torch.ones(len(pairs.texts))
    signs[::3] = -1
    mixed = replace(pairs, texts=pairs.texts * signs[:, None])  # a third of the cosines are below 0
    theirs, cosines = clip_score(mixed), mixed.cosines
    table.add(relative("cosines of both signs, mean times 100", PEER, theirs, SCALE * cosines.mean().item(), VALUES))
    table.add(relative("cosines of both signs, mutant: each clamped", PEER, theirs,
                       SCALE * cosines.clamp(min=0).mean().item(), VALUES, True))


def inception_rows(table: Table, store: Path, inception_score: float | None, distance: float | None) -> None:
    logits = Rows(rows(store, "logits"))
    metric = InceptionScore(feature=logits, splits=1)
    metric.update(logits.indices)
    table.add(relative("IS, one split", PEER, metric.compute()[0].item(), inception_score, VALUES))
    fid = FrechetInceptionDistance(feature=Rows(rows(store, "features")))
    fid.update(fid.inception.indices, real=False)
    fid.inception = Rows(rows(store / "real", "features"))
    fid.update(fid.inception.indices, real=True)
    table.add(relative("FID", PEER, fid.compute().item(), distance, VALUES))


def compare(world: World, table: Table) -> None:
    """Must run after the main comparison, since it reads that one's store."""
    say("torchmetrics")
    store = world.work / "store"
    ours = evaluate(replace(world.job(), store=store, metrics="CLIP-S,IS,FID",
                            options=("--prompt", "", "--splits", "1")), world.work)
    clip_rows(table, store, world.captions, ours.metrics.get("CLIP-S"))
    inception_rows(table, store, ours.metrics.get("IS"), ours.metrics.get("FID"))
