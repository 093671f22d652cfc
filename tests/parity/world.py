"""Shared by the comparisons of whole pictures: photographs, sentences, random weights and archives, in one folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import seeded_weights
from evaluator import Job, export_clip, export_inception
from photographs import write_set
from sentences import captions, references
from table import say

CLIP = "ViT-B/32"
CALIBRATION = 32
CLIP_METRICS, IMAGE_METRICS = ("CLIP-S", "RefCLIP-S"), ("IS", "FID")
NAMED = ",".join((*CLIP_METRICS, *IMAGE_METRICS))
FEW = 40  # images in the runs that are repeated


@dataclass
class World:
    """Photographs, sentences, weights and archives, all in one folder."""

    work: Path
    captions: dict[str, str]
    references: dict[str, list[str]]

    @property
    def real(self) -> Path:
        return self.work / "real"

    def photographs(self, count: int) -> list[Path]:
        """Real photographs to fit random weights to."""
        return sorted(self.real.iterdir())[:count]

    def models(self, preparation: str) -> Path:
        return self.work / f"models-{preparation}"

    def statistics(self, peer: str) -> Path:
        return self.work / f"real-{peer}.npz"

    def first(self, count: int) -> dict[str, str]:
        """The captions of the first `count` pictures."""
        return dict(list(self.captions.items())[:count])

    def write_first(self, count: int, folder: str) -> None:
        """Makes a folder with the first `count` pictures, and a captions file next to it."""
        chosen = self.first(count)
        (self.work / folder).mkdir()
        for path in (self.work / "samples").iterdir():
            if path.stem in chosen:
                shutil.copy(path, self.work / folder)
        write_json(self.work / f"{folder}.json", chosen)

    def job(self, images: str = "samples") -> Job:
        """The job for the whole comparison, or for a folder of `write_first`."""
        return Job(self.models("torch-fidelity"), self.work / images, self.real, self.work / f"{images}.json",
                   self.work / "references.json", NAMED)


def write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def build_world(work: Path, count: int) -> World:
    subjects = write_set(work / "samples", count, seed=1, as_generated=True)
    write_set(work / "real", count, seed=2, as_generated=False)
    world = World(work, captions(subjects, seed=3), references(subjects, seed=4))
    world.write_first(FEW, "few")
    write_json(work / "samples.json", world.captions)
    write_json(work / "references.json", world.references)
    return world


def build_models(world: World, preparations: tuple[str, ...]) -> None:
    say("seeded weights")
    photographs = world.photographs(CALIBRATION)
    seeded_weights.openai_clip(CLIP, photographs, list(world.first(2 * CALIBRATION).values()), 5,
                               world.work / "clip.pth")
    seeded_weights.inception(photographs, 6, world.work / "inception.pth")
    say("export")
    for preparation in preparations:
        world.models(preparation).mkdir()
        export_inception(world.work / "inception.pth", world.models(preparation) / "inception.pt", preparation)
    export_clip(world.work / "clip.pth", world.models("torch-fidelity") / "clip.pt", CLIP)
