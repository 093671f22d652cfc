"""Inputs of the benchmarks: photographs with captions, and full-size networks with random weights from a seed.

The quality of the weights doesn't matter here, but the compared programs must compute the same values with them. Needs
a Python with torch, torchvision, scikit-image and scikit-learn.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import ROOT, run_command

SIDE = 256
JPEG_QUALITY = 90
DISTINCT = 1024  # different pictures; they are repeated if more are needed
CALIBRATION = 48  # photographs that the random networks are fitted to
MERGES = ROOT / "tests" / "text" / "data" / "clip_merges.txt"
FEW = 8  # of these, for the detector
SEED = 2020
DISTORTED = 0.6  # how much of their color the "generated" pictures keep
NOUNS = ("dog", "cat", "bus", "chair", "horse", "train", "bicycle", "boat")
RELATIONS = ("above", "on", "near", "under", "inside", "behind")
NUMBERS = ("a", "two", "three", "four")


@dataclass(frozen=True)
class Inputs:
    """Folders of generated and real pictures, and captions in a format that both tise-eval and clipscore's script read."""

    folder: Path

    @property
    def images(self) -> Path:
        return self.folder / "generated"

    @property
    def real(self) -> Path:
        return self.folder / "real"

    @property
    def captions(self) -> Path:
        return self.folder / "captions.json"

    @property
    def references(self) -> Path:
        return self.folder / "references.json"


@dataclass(frozen=True)
class Weights:
    """The weights that the peers load, and the archives exported from them."""

    folder: Path

    @property
    def clip(self) -> Path:
        return self.folder / "clip-seeded.pt"

    @property
    def inception(self) -> Path:
        return self.folder / "inception-seeded.pth"

    @property
    def detector(self) -> Path:
        return self.folder / "maskrcnn-seeded.pth"

    @property
    def sources(self) -> dict[str, Path]:
        return {"clip": self.clip, "inception": self.inception, "maskrcnn": self.detector}

    @property
    def archives(self) -> Path:
        return self.folder / "models"

    def archive(self, kind: str) -> Path:
        return self.archives / f"{kind}.pt"


def inputs_of(work: Path, images: int) -> tuple[Inputs, Weights]:
    """The inputs and weights that `prepare` makes for this number of images."""
    return Inputs(work / f"images-{images}"), Weights(work)


def prepare(work: Path, images: int) -> tuple[Inputs, Weights]:
    """Makes what doesn't exist yet, in a process of its own: a child's peak memory is at least that of its parent."""
    work.mkdir(parents=True, exist_ok=True)
    making = multiprocessing.get_context("spawn").Process(target=_prepare, args=(work, images))
    making.start()
    making.join()
    if making.exitcode != 0:
        sys.exit("could not make the inputs; see the messages above")
    return inputs_of(work, images)


def _prepare(work: Path, images: int) -> None:
    sys.path[:0] = [str(ROOT / "tests" / "parity"), str(ROOT / "python")]
    _make_inputs(inputs_of(work, images)[0], images)
    _make_weights(Weights(work), work / "calibration")


def _make_inputs(inputs: Inputs, count: int) -> None:
    if inputs.references.exists():
        return
    write_photographs(inputs.images, count, SEED, distorted=True)
    write_photographs(inputs.real, count, SEED + 1, distorted=False)
    captions = _captions(count)
    inputs.captions.write_text(json.dumps({f"{i:05d}": caption for i, caption in enumerate(captions)}))
    references = {f"{i:05d}": [f"{caption}, as it was", f"here {caption}"] for i, caption in enumerate(captions)}
    inputs.references.write_text(json.dumps(references))


def _captions(count: int) -> list[str]:
    """Different captions, all with numbers, classes and positions, so that every metric has work to do."""
    drawn = random.Random(SEED)
    captions = []
    for index in range(count):
        first, second = drawn.sample(NOUNS, 2)
        number = drawn.choice(NUMBERS)
        plural = first if number == "a" else first + ("es" if first.endswith("s") else "s")
        captions.append(f"{number} {plural} {drawn.choice(RELATIONS)} a {second} on day {index}")
    return captions


def write_photographs(folder: Path, count: int, seed: int, distorted: bool) -> None:
    """Writes crops of one size. `distorted` ones are paler, so that FID isn't 0."""
    import numpy as np
    from photographs import photographs
    from PIL import ImageEnhance

    folder.mkdir(parents=True, exist_ok=True)
    sources = [photograph.picture for photograph in photographs()]
    rng = np.random.default_rng(seed)
    for index in range(min(count, DISTINCT)):
        picture = sources[int(rng.integers(len(sources)))]
        left, top = int(rng.integers(picture.width - SIDE + 1)), int(rng.integers(picture.height - SIDE + 1))
        crop = picture.crop((left, top, left + SIDE, top + SIDE))
        if distorted:
            crop = ImageEnhance.Color(crop).enhance(DISTORTED)
        crop.save(folder / f"{index:05d}.jpg", quality=JPEG_QUALITY)
    for index in range(DISTINCT, count):  # copies, not links
        shutil.copyfile(folder / f"{index % DISTINCT:05d}.jpg", folder / f"{index:05d}.jpg")


def _make_weights(weights: Weights, calibration: Path) -> None:
    if all(weights.archive(kind).exists() for kind in weights.sources):
        return
    import drawn_clip
    import seeded_detector
    import seeded_weights

    if not calibration.exists():
        write_photographs(calibration, CALIBRATION, SEED + 2, distorted=False)
    pictures = sorted(calibration.iterdir())
    weights.archives.mkdir(exist_ok=True)
    drawn_clip.save("ViT-B/32", pictures, SEED, weights.clip)
    seeded_weights.inception(pictures, SEED, weights.inception)
    seeded_detector.mask_rcnn("v1", pictures[:FEW], SEED, weights.detector)
    options = {"clip": ("--name", "ViT-B/32", "--merges", MERGES)}
    for kind, source in weights.sources.items():
        run_command([sys.executable, ROOT / "scripts" / f"export_{kind}.py", "--weights", source, "--output",
                     weights.archive(kind), *options.get(kind, ())])  # fmt: skip
