#!/usr/bin/env python3
"""CLIP-S and RefCLIP-S as computed by jmhessel/clipscore: the `clip` package, a DataLoader with eight workers, batches of
64, every text at the full length of 77 tokens. Prints JSON. (clipscore's script isn't a package; this one makes the same
calls in the same order.)"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import clip
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

BATCH, WORKERS = 64, 8
PROMPT = "A photo depicts "


class Texts(Dataset):
    def __init__(self, texts: list[str]):
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> torch.Tensor:
        return clip.tokenize(PROMPT + self.texts[index], truncate=True).squeeze()


class Pictures(Dataset):
    def __init__(self, paths: list[Path], transform):
        self.paths, self.transform = paths, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.transform(Image.open(self.paths[index]))


@torch.no_grad()
def encoded(data: Dataset, encode) -> np.ndarray:
    rows = torch.cat([encode(batch) for batch in DataLoader(data, BATCH, num_workers=WORKERS)]).numpy()
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("weights", "images", "captions", "references"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args()
    network, transform = clip.load(str(args.weights), device="cpu")
    captions, references = (json.loads(path.read_text()) for path in (args.captions, args.references))
    paths = {path.stem: path for path in args.images.iterdir()}
    images = encoded(Pictures([paths[name] for name in captions], transform), network.encode_image)
    texts = encoded(Texts(list(captions.values())), network.encode_text)
    flat = [reference for name in captions for reference in references[name]]
    owners = np.repeat(np.arange(len(captions)), [len(references[name]) for name in captions])
    others = encoded(Texts(flat), network.encode_text)
    score = 2.5 * np.clip((images * texts).sum(1), 0, None)
    best = np.full(len(captions), -np.inf)
    np.maximum.at(best, owners, (texts[owners] * others).sum(1))
    with_references = 2 * score * best / (score + best)
    print(json.dumps({"CLIP-S": float(score.mean()), "RefCLIP-S": float(with_references.mean())}))


if __name__ == "__main__":
    main()
