"""Programs with one error each. Every comparison must notice every one of them, or it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluator import change_card
from photographs import swap_channels

CLIP_ARCHIVE, INCEPTION_ARCHIVE = "clip.pt", "inception.pt"


@dataclass(frozen=True)
class Mutant:
    name: str
    models: Path
    images: Path


def other_resize(clip_input: dict, inception_input: dict) -> None:
    for given, other in ((clip_input, "pillow-bilinear"), (inception_input, "torch-bilinear")):
        for step in given.get("steps", []):
            if "filter" in step:
                step["filter"] = other


def other_normalization(clip_input: dict, inception_input: dict) -> None:
    """ImageNet's normalization instead of CLIP's, and pytorch-fid's instead of torch-fidelity's."""
    clip_input["mean"], clip_input["std"] = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    inception_input["mean"] = inception_input["std"] = [127.5] * 3


def mutants(models: Path, images: Path, work: Path) -> list[Mutant]:
    swapped = work / "swapped"
    swap_channels(images, swapped)
    made = [Mutant("BGR for RGB", models, swapped)]
    for name, change in (("other resize", other_resize), ("other normalization", other_normalization)):
        folder = work / f"models-{name.replace(' ', '-')}"
        folder.mkdir()
        change_card(models / CLIP_ARCHIVE, folder / CLIP_ARCHIVE, lambda spec: change(spec, {}))
        change_card(models / INCEPTION_ARCHIVE, folder / INCEPTION_ARCHIVE, lambda spec: change({}, spec))
        made.append(Mutant(name, folder, images))
    return made
