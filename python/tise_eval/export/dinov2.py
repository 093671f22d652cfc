"""Converts DINOv2's weights into an archive for tise-eval: an encoder whose features are the class token after the
final norm.

Reads the original files, dinov2_vit{s,b,l,g}14_pretrain.pth and dinov2_vit{s,b,l,g}14_reg4_pretrain.pth. Download them
yourself: no SHA-256 of them is published, so tise-export could not check them.

--preparation selects the image preparation:
  dgm             Pillow's bicubic resize to 224x224, 8 bit (dgm-eval's FD-DINOv2)
  torch-fidelity  TensorFlow 1's bilinear resize to 224x224
  edm2            torch's bicubic resize to 224x224, antialiased (EDM2's FD-DINOv2)
  prx             torch's bicubic resize to 518x518, not antialiased (PRX's DINO-MMD, of ViT-L with registers)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from . import archive
from .architectures.dinov2 import DinoV2
from .errors import fail, run
from .fetching import sha256
from .originals import dinov2_original
from .preparation import IMAGENET, card_input, size_of, squash
from .published import DINOV2
from .weights import check_file, compare, finish, load_state, one_line, output_path

DEFAULT_NAME = "dinov2_vitl14"
FILE_ENDING = "_pretrain"

# ImageNet's normalization for pixels in 0..255, for references that resize before they divide by 255: torch-fidelity and
# EDM2. A float resize of pixels in 0..1 rounds differently, by up to 1.7e-6 after the normalization.
IMAGENET_BYTES = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])

# PRX's DINO-MMD also normalizes each row to unit length; the metric MMD does so for every network.
PREPARATIONS = {
    "dgm": card_input(squash(224, "pillow-bicubic"), *IMAGENET),
    "torch-fidelity": card_input(squash(224, "tf1-bilinear"), *IMAGENET_BYTES, "0..255"),
    "edm2": card_input(squash(224, "torch-bicubic-antialias"), *IMAGENET_BYTES, "0..255"),
    "prx": card_input(squash(518, "torch-bicubic"), *IMAGENET),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the original's state dict")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="archive to write (default: dinov2.pt in the models folder that tise-eval reads)")
    parser.add_argument("--preparation", choices=PREPARATIONS, default="dgm", help="default: %(default)s")
    parser.add_argument("--name", help="model name for the card (default: the weights' file name); without "
                        "--weights, the published model whose URL is printed: " + ", ".join(DINOV2))
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    return parser.parse_args()


def weights_of(args: argparse.Namespace) -> Path:
    """The given weights. Nothing is downloaded, but without --weights the error contains the URL for --name."""
    if args.weights:
        return check_file(args.weights, "weights")
    name = args.name or DEFAULT_NAME
    if name not in DINOV2:
        fail(f"--name {name}: not among the published models; choose from {', '.join(DINOV2)}")
    fail("--weights is missing: DINOv2's files are not downloaded here, since no SHA-256 of them is published; "
         f"download {DINOV2[name]} and pass it")


def build(state: dict[str, torch.Tensor], side: int, path: Path) -> DinoV2:
    for key in ("patch_embed.proj.weight", "pos_embed", "blocks.0.attn.qkv.weight", "blocks.0.ls1.gamma"):
        if key not in state:
            fail(f"weights {path}: not DINOv2 as published by its authors (no {key})")
    try:
        return DinoV2(state, side).eval()
    except (KeyError, RuntimeError, ValueError) as error:
        fail(f"weights {path}: not DINOv2 as published by its authors: {one_line(error)}")


def describe(model: DinoV2) -> str:
    registers = f", {model.registers} registers" if model.registers else ""
    width = model.norm.normalized_shape[0]
    return f"{len(model.blocks)} blocks of width {width}{registers}, {model.side}×{model.side} pixels"


@torch.no_grad()
def check(path: Path, half: bool, model: DinoV2) -> None:
    """Compares the archive with the original network."""
    images = torch.randn(2, 3, model.side, model.side, generator=torch.Generator().manual_seed(0))
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    features = saved(images)
    original = dinov2_original(model, images)
    if original is None:
        print("not compared with an original implementation: none is available; install timm or transformers to "
              "compare")
        return
    compare({"features": features}, original.outputs, original.name, half)


def export() -> None:
    args = arguments()
    args.output = output_path(args.output, "dinov2.pt")
    path = weights_of(args)
    given = PREPARATIONS[args.preparation]
    model = build(load_state(path), size_of(given)[0], path)
    card = {
        "kind": "encoder",
        "name": args.name or path.stem.removesuffix(FILE_ENDING),
        "source": {"file": path.name, "sha256": sha256(path)},
        "input": given,
        "preparation": args.preparation,
        "feature_dim": model.norm.normalized_shape[0],
    }
    print(f"{card['name']}: {describe(model)}, prepared as {args.preparation}")
    exact = DinoV2(model.state_dict(), model.side).eval() if args.half else model
    archive.save(torch.jit.script(model.half() if args.half else model), card, args.output,
                 check=lambda saved: check(saved, args.half, exact))
    finish(args.output)


def main() -> None:
    run(export)
