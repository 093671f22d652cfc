"""Exports: compares full-size archives with the networks that they are made from, as each export does when it ends.

The exports print the difference for every output, on seeded noise. Here are the numbers for networks that docs/models.md
names. Weights rounded by --half must differ by more than an exact archive may, or the exports would notice nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch

import seeded_detector
import seeded_weights
from evaluator import ROOT, Trouble
from photographs import write_set
from seeded_weights import dinov2_weights
from sentences import captions
from table import Row, Table, number, say

EXACT = 1e-4  # of the largest output
HALF_STEP = 2**-10  # between neighbors in half precision, relative
PHOTOGRAPHS = 32
LINE = re.compile(r"^(\w+): differs from (?!its own)(.+) by at most (\S+) \(largest number (\S+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Export:
    label: str
    script: str
    make: Callable[[list[Path], list[str], Path], None]  # (photographs, texts, file of weights)
    options: tuple[tuple[str, ...], ...] = ((),)  # of one archive each
    with_half: bool = False


def clip(name: str) -> Callable:
    return lambda photographs, texts, output: seeded_weights.openai_clip(name, photographs, texts, 61, output)


def open_clip(name: str) -> Callable:
    return lambda photographs, texts, output: seeded_weights.open_clip_model(name, photographs, texts, 62, output)


def inception(classes: int) -> Callable:
    return lambda photographs, _, output: seeded_weights.inception(photographs, 63, output, classes)


def mask_rcnn(version: str) -> Callable:
    return lambda photographs, _, output: seeded_detector.mask_rcnn(version, photographs[::8], 64, output)


def dinov2(name: str) -> Callable:
    """With weights that aren't exact in half precision, unlike those of the other parts."""
    def make(_: list[Path], __: list[str], output: Path) -> None:
        state = dinov2_weights.state(dinov2_weights.PUBLISHED[name], 65)
        torch.save({key: value * (1 + HALF_STEP * torch.rand_like(value)) for key, value in state.items()}, output)

    return make


SIDES = (("--preparation", "dgm"), ("--preparation", "prx"))  # 224 and 518 pixels
EXPORTS = (
    Export("CLIP ViT-B/32", "clip", clip("ViT-B/32"), with_half=True),
    Export("CLIP RN50", "clip", clip("RN50")),
    Export("CLIP ViT-B/16", "clip", open_clip("ViT-B-16"), (("--no-quick-gelu",),)),
    Export("Inception, FID", "inception", inception(seeded_weights.CLASSES)),
    Export("Inception, torchvision", "inception", inception(1000)),
    Export("Mask R-CNN v1", "maskrcnn", mask_rcnn("v1"), with_half=True),
    Export("Mask R-CNN v2", "maskrcnn", mask_rcnn("v2")),
    Export("DINOv2 ViT-L/14", "dinov2", dinov2("dinov2_vitl14"), SIDES, with_half=True),
    Export("DINOv2 ViT-L/14 with registers", "dinov2", dinov2("dinov2_vitl14_reg"), SIDES),
)


def worst(script: str, weights: Path, *options: str) -> tuple[str, float, float]:
    """Exports, and returns the peer, the difference relative to the largest number, and that number, for the output that
    differs most."""
    archive = weights.with_suffix(".archive.pt")
    command = [sys.executable, str(ROOT / "scripts" / f"export_{script}.py"), "--weights", str(weights), "--output",
               str(archive), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    found = LINE.findall(done.stdout)
    if done.returncode != 0 or not found:
        raise Trouble(f"{' '.join(command)}: exit {done.returncode}, {len(found)} comparisons\n{done.stderr.strip()}")
    archive.unlink()
    apart = [(float(difference) / float(largest), peer, float(largest)) for _, peer, difference, largest in found]
    difference, peer, largest = max(apart)
    return peer, difference, largest


def compare(work: Path, table: Table) -> None:
    subjects = write_set(work / "exported", PHOTOGRAPHS, seed=2, as_generated=False)
    photographs, texts = sorted((work / "exported").iterdir()), list(captions(subjects, seed=3).values())
    weights = work / "exported.pth"
    for export in EXPORTS:
        say(f"export of {export.label}")
        export.make(photographs, texts, weights)
        for options in export.options:
            peer, difference, largest = worst(export.script, weights, *options)
            label = " as ".join((export.label, *options[1:]))
            table.add(Row(label, peer, number(largest), "", difference, EXACT))
        if export.with_half:
            peer, difference, largest = worst(export.script, weights, *export.options[0], "--half")
            table.add(Row(f"{export.label}, mutant: rounded weights", peer, number(largest), "", difference, EXACT,
                          must_differ=True))
        weights.unlink()
