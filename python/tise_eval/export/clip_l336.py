"""Converts the image tower of CLIP ViT-L/14@336 into an archive for tise-eval. It is CMMD's encoder; its features are
the projected embeddings.

Reads OpenAI's ViT-L-14-336px.pt (a TorchScript archive or a state dict) and open_clip's checkpoints with the same
layout. Without --weights, downloads and checks OpenAI's file.

Images are prepared as in CMMD (google-research's cmmd, cmmd-pytorch): cropped to the square in the middle, then resized
to 336x336 with Pillow's bicubic filter, 8 bit. For an archive NAME.pt the metric is MMD@NAME.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from . import archive
from .architectures.clip import Clip
from .clip import load, probes
from .errors import fail, run
from .fetching import sha256
from .originals import clip_original
from .preparation import OPENAI, card_input, square_first
from .published import CLIP
from .weights import check_file, compare, finish, output_path, published

NAME = "CLIP ViT-L/14@336"
SIDE = 336
EMBED_DIM = 768


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="OpenAI's .pt or an open_clip checkpoint")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="archive to write (default: clip-l336.pt in the models folder that tise-eval reads)")
    parser.add_argument("--name", help=f"model name for the card (default: {NAME})")
    parser.add_argument("--quick-gelu", action=argparse.BooleanOptionalAction,
                        help="as for tise-export clip; required unless the file is OpenAI's or its name contains "
                        "`quickgelu` or `openai`")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    return parser.parse_args()


def check_size(model: Clip, path: Path) -> None:
    side, width = model.image.resolution, model.text.text_projection.shape[1]
    if (side, width) != (SIDE, EMBED_DIM):
        fail(f"weights {path}: a CLIP for {side}×{side} pixels with {width}-dimensional embeddings; CMMD needs "
             f"{SIDE}×{SIDE} pixels and {EMBED_DIM} dimensions")


@torch.no_grad()
def check(path: Path, half: bool, state: dict[str, torch.Tensor], network: torch.jit.ScriptModule | None,
          model: Clip) -> None:
    """Compares the archive with the original network."""
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    images, tokens = probes(model)
    features = saved(images)
    original = clip_original(network, state, model, images, tokens)
    if original is None:
        print("not compared with an original implementation: none is available; install open_clip_torch to compare")
        return
    compare({"features": features}, {"features": original.outputs["image"]}, original.name, half)


def export() -> None:
    args = arguments()
    args.output = output_path(args.output, "clip-l336.pt")
    path = check_file(args.weights, "weights") if args.weights else published(CLIP["ViT-L/14@336px"])
    state, network, model, quick_gelu = load(args, path)
    check_size(model, path)
    card = {
        "kind": "encoder",
        "name": args.name or NAME,
        "source": {"file": path.name, "sha256": sha256(path)},
        "input": card_input(square_first(SIDE, "pillow-bicubic"), *OPENAI),
        "preparation": "cmmd",
        "feature_dim": EMBED_DIM,
        "quick_gelu": quick_gelu,
    }
    print(f"{card['name']}: image tower, {'quick' if quick_gelu else 'exact'} GELU")
    image = model.half().image if args.half else model.image
    archive.save(torch.jit.script(image), card, args.output,
                 check=lambda saved: check(saved, args.half, state, network, model.float()))
    finish(args.output)


def main() -> None:
    run(export)
