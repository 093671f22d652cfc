"""Downloads the published weights, exports them to a models folder, and verifies the archives.

Finished downloads and exports are kept, and interrupted downloads are resumed. Weights are stored in the cache,
archives in the folder in which tise-eval looks for them. The weights are not part of tise-eval; they have their
publishers' licenses, which --list shows.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import published
from .errors import fail, run
from .fetching import fetch, megabytes
from .models_folder import models_folder
from .published import Published

# Returns the command that runs another export: `tise-export clip` for `clip`.
Exporter = Callable[[str], list[str]]


@dataclass(frozen=True)
class Model:
    archive: str  # path in the models folder
    name: str
    weights: Published
    export: str
    options: tuple[str, ...]
    licence: str


MODELS = {
    "clip": Model("clip.pt", "CLIP ViT-B/32", published.CLIP["ViT-B/32"], "clip", ("--name", "ViT-B/32"),
                  "MIT (OpenAI's CLIP; its model card advises against deployed uses)"),
    "inception": Model("inception.pt", "Inception 2015-12-05", published.INCEPTION, "inception", (),
                       "Apache-2.0 (TensorFlow's network, converted by pytorch-fid)"),
    "maskrcnn": Model("maskrcnn.pt", "Mask R-CNN R50-FPN", published.MASK_RCNN["v1"], "maskrcnn", (),
                      "BSD-3-Clause (torchvision); trained on COCO, whose annotations are CC BY 4.0"),
    "clip-large": Model("ViT-L-14/clip.pt", "CLIP ViT-L/14", published.CLIP["ViT-L/14"], "clip",
                        ("--name", "ViT-L/14"), "MIT (as CLIP ViT-B/32)"),
}


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"some of {', '.join(MODELS)} (default: all)")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help="models folder to write to (default: the one that tise-eval reads)")
    parser.add_argument("--list", action="store_true", help="print what would be downloaded, and exit")
    args = parser.parse_args(given)
    for model in args.models:
        if model not in MODELS:
            parser.error(f"{model}: unknown model; choose from {', '.join(MODELS)}")
    return args


def show(models: list[str]) -> None:
    for key in models:
        model = MODELS[key]
        digits = "" if len(model.weights.sha256) == 64 else "… (only this part is published)"
        print(f"{key}: {model.name} → {model.archive}\n  {model.weights.url}\n  {megabytes(model.weights.size)}, "
              f"sha256 {model.weights.sha256}{digits}\n  license: {model.licence}")


def source_of(archive: Path) -> str:
    """The SHA-256 of the weights that an archive was made from; empty if the file isn't a complete archive."""
    try:
        with zipfile.ZipFile(archive) as file:
            card = next(name for name in file.namelist() if name.endswith("/extra/card.json"))
            return json.loads(file.read(card))["source"]["sha256"]
    except (OSError, zipfile.BadZipFile, StopIteration, ValueError, KeyError, TypeError):
        return ""


def make(model: Model, folder: Path, exporter: Exporter) -> None:
    archive = folder / model.archive
    if source_of(archive).startswith(model.weights.sha256):
        print(f"{archive}: already made from {model.weights.file}; remove it to make it again", file=sys.stderr)
        return
    weights = fetch(model.weights)
    archive.parent.mkdir(parents=True, exist_ok=True)
    command = [*exporter(model.export), "--weights", str(weights), "--output", str(archive), *model.options]
    print(f"exporting {model.name} to {archive}", file=sys.stderr)
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        fail(f"export of {model.name} failed; the command was {shlex.join(command)}")


def complete(folder: Path, archive: str) -> None:
    """Adds links to the other models to the folder of another CLIP."""
    for other in {model.archive for model in MODELS.values() if "/" not in model.archive} - {Path(archive).name}:
        link = (folder / archive).with_name(other)
        if (folder / other).is_file() and not os.path.lexists(link):
            link.symlink_to(Path("..") / other)


def verify(folder: Path) -> None:
    program = os.environ.get("TISE_EVAL")
    if not program:
        print("not verified: TISE_EVAL is not set to a tise-eval program", file=sys.stderr)
    elif subprocess.run([program, "models", "--models", str(folder), "--verify"]).returncode != 0:
        fail(f"{folder}: verification failed; see the lines above")


def export(exporter: Exporter, given: list[str] | None = None) -> None:
    args = arguments(given)
    models = args.models or list(MODELS)
    if args.list:
        return show(models)
    output = args.output or models_folder()
    folders = [output]
    for key in models:
        make(MODELS[key], output, exporter)
    for archive in (MODELS[key].archive for key in MODELS):
        if "/" in archive and (output / archive).is_file():
            complete(output, archive)
            folders.append((output / archive).parent)
    for folder in folders:
        verify(folder)


def main(exporter: Exporter, given: list[str] | None = None) -> None:
    try:
        run(lambda: export(exporter, given))
    except OSError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error.filename}: {error.strerror}")
