"""Fetches the published weights, exports them to a models folder, and verifies it.

What is already fetched or exported stays as it is; what was broken off goes on where it was. Weights are kept in
the cache, archives go to the folder in which tise-eval looks for them. None of the weights is part of tise-eval: they
have their publishers' licences, which --list names.
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
from .published import Published

# Gives the command that runs another export, `tise-export clip` for `clip`.
Exporter = Callable[[str], list[str]]


@dataclass(frozen=True)
class Model:
    archive: str  # its place in the models folder
    name: str
    weights: Published
    export: str
    options: tuple[str, ...]
    licence: str


MODELS = {
    "clip": Model("clip.pt", "CLIP ViT-B/32", published.CLIP["ViT-B/32"], "clip", ("--name", "ViT-B/32"),
                  "MIT (OpenAI's CLIP; its model card speaks against deployed uses)"),
    "inception": Model("inception.pt", "Inception 2015-12-05", published.INCEPTION, "inception", (),
                       "Apache-2.0 (TensorFlow's network, converted by pytorch-fid)"),
    "maskrcnn": Model("maskrcnn.pt", "Mask R-CNN R50-FPN", published.MASK_RCNN["v1"], "maskrcnn", (),
                      "BSD-3-Clause (torchvision); trained on COCO, whose annotations are CC BY 4.0"),
    "clip-large": Model("ViT-L-14/clip.pt", "CLIP ViT-L/14", published.CLIP["ViT-L/14"], "clip",
                        ("--name", "ViT-L/14"), "MIT (as CLIP ViT-B/32)"),
}


def default_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tise-eval" / "models"


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"which: {', '.join(MODELS)} (default: all)")
    parser.add_argument("--output", type=Path, metavar="DIR", default=default_folder(),
                        help="the models folder (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="say what would be fetched from where, and stop")
    args = parser.parse_args(given)
    for model in args.models:
        if model not in MODELS:
            parser.error(f"{model}: not one of {', '.join(MODELS)}")
    return args


def show(models: list[str]) -> None:
    for key in models:
        model = MODELS[key]
        digits = "" if len(model.weights.sha256) == 64 else "… (no more of it is published)"
        print(f"{key}: {model.name} → {model.archive}\n  {model.weights.url}\n  {megabytes(model.weights.size)}, "
              f"sha256 {model.weights.sha256}{digits}\n  licence: {model.licence}")


def source_of(archive: Path) -> str:
    """The SHA-256 of the weights that an archive was made from; empty where it isn't a whole archive."""
    try:
        with zipfile.ZipFile(archive) as file:
            card = next(name for name in file.namelist() if name.endswith("/extra/card.json"))
            return json.loads(file.read(card))["source"]["sha256"]
    except (OSError, zipfile.BadZipFile, StopIteration, ValueError, KeyError, TypeError):
        return ""


def make(model: Model, folder: Path, exporter: Exporter) -> None:
    archive = folder / model.archive
    if source_of(archive).startswith(model.weights.sha256):
        print(f"{archive}: there already, from {model.weights.file}; remove it to have it made again", file=sys.stderr)
        return
    weights = fetch(model.weights)
    archive.parent.mkdir(parents=True, exist_ok=True)
    command = [*exporter(model.export), "--weights", str(weights), "--output", str(archive), *model.options]
    print(f"exporting {model.name} to {archive}", file=sys.stderr)
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        fail(f"{model.name} could not be exported: {shlex.join(command)}")


def complete(folder: Path, archive: str) -> None:
    """A folder of its own for another CLIP has the other models too, by links to ours."""
    for other in {model.archive for model in MODELS.values() if "/" not in model.archive} - {Path(archive).name}:
        link = (folder / archive).with_name(other)
        if (folder / other).is_file() and not os.path.lexists(link):
            link.symlink_to(Path("..") / other)


def verify(folder: Path) -> None:
    program = os.environ.get("TISE_EVAL")
    if not program:
        print("not verified: TISE_EVAL names no tise-eval", file=sys.stderr)
    elif subprocess.run([program, "models", "--models", str(folder), "--verify"]).returncode != 0:
        fail(f"{folder}: the models do not compute here what was exported; the lines above say which")


def export(exporter: Exporter, given: list[str] | None = None) -> None:
    args = arguments(given)
    models = args.models or list(MODELS)
    if args.list:
        return show(models)
    folders = [args.output]
    for key in models:
        make(MODELS[key], args.output, exporter)
    for archive in (MODELS[key].archive for key in MODELS):
        if "/" in archive and (args.output / archive).is_file():
            complete(args.output, archive)
            folders.append((args.output / archive).parent)
    for folder in folders:
        verify(folder)


def main(exporter: Exporter, given: list[str] | None = None) -> None:
    try:
        run(lambda: export(exporter, given))
    except OSError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error.filename}: {error.strerror}")
