"""Converts Inception v3 weights into an archive for tise-eval.

Reads the network that defines IS and FID (pt_inception-2015-12-05-6726825d.pth, 1008 classes) and torchvision's, also
fine-tuned to other classes. Without --weights, downloads and checks the published file of the first.

--preparation selects the image preparation:
  torch-fidelity  TensorFlow 1's bilinear resize, (x - 128) / 128
  pytorch-fid     torch's bilinear resize, 2x/255 - 1
  clean-fid       Pillow's bicubic resize in float, (x - 128) / 128
  tise            Pillow's bilinear resize to 299x299; (x - 128) / 128 for the first network, 2x/255 - 1 for
                  torchvision's (TISE's IS* and O-IS)
  torchvision     Pillow's bilinear resize of the shorter side to 299, center crop; for torchvision's weights
                  (torchvision's own transform would resize to 342 first)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from . import archive
from .architectures.inception import FEATURES, Inception
from .errors import fail, run
from .fetching import sha256
from .originals import inception_original
from .preparation import IMAGENET, card_input, center_crop, squash
from .published import INCEPTION
from .weights import check_file, compare, finish, load_state, one_line, output_path, published

SIDE = 299
FID_CLASSES = 1008
CENTERED = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
TENSORFLOW = ([128.0] * 3, [128.0] * 3)

PREPARATIONS = {
    "torch-fidelity": squash(SIDE, "tf1-bilinear"),
    "pytorch-fid": squash(SIDE, "torch-bilinear"),
    "clean-fid": squash(SIDE, "pillow-float-bicubic"),
    "tise": squash(SIDE, "pillow-bilinear"),
    "torchvision": center_crop(SIDE, "pillow-bilinear"),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="state dict of Inception v3")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="archive to write (default: inception.pt in the models folder that tise-eval reads)")
    parser.add_argument("--preparation", choices=PREPARATIONS,
                        help="default: torch-fidelity, or torchvision for torchvision's weights")
    parser.add_argument("--name", help="model name for the card")
    parser.add_argument("--temperature", type=float, metavar="T",
                        help="temperature for IS* (TISE: 0.9091363549232483 for COCO)")
    parser.add_argument("--transform-input", action=argparse.BooleanOptionalAction, default=True,
                        help="for torchvision's weights: whether the network takes 2x - 1, as the published one does "
                        "(default), or images normalized by ImageNet's mean and standard deviation")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    args = parser.parse_args()
    if args.temperature is not None and not args.temperature > 0:
        parser.error("--temperature must be above 0")
    return args


def input_of(preparation: str, variant: str, transform_input: bool) -> dict:
    if variant == "torchvision":
        (mean, std), pixels = (CENTERED if transform_input else IMAGENET), "0..1"
    elif preparation == "pytorch-fid":
        (mean, std), pixels = CENTERED, "0..1"
    else:
        (mean, std), pixels = TENSORFLOW, "0..255"
    return card_input(PREPARATIONS[preparation], mean, std, pixels)


def build(state: dict[str, torch.Tensor], variant: str, path: Path) -> Inception:
    try:
        return Inception(state, variant).eval()
    except (KeyError, RuntimeError) as error:
        fail(f"weights {path}: not Inception v3: {one_line(error)}")


@torch.no_grad()
def check(path: Path, half: bool, state: dict[str, torch.Tensor], variant: str) -> None:
    """Compares the archive with the original network."""
    images = torch.randint(0, 256, (2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    features, logits = saved((images.float() - 128) / 128)
    original = inception_original(state, variant, images)
    if original is None:
        print("not compared with an original implementation: none is available; install torch-fidelity, pytorch-fid or "
              "torchvision to compare")
        return
    compare({"features": features, "logits": logits}, original.outputs, original.name, half)


def export() -> None:
    args = arguments()
    args.output = output_path(args.output, "inception.pt")
    path = check_file(args.weights, "weights") if args.weights else published(INCEPTION)
    state = load_state(path)
    if "fc.weight" not in state or "Mixed_7c.branch1x1.conv.weight" not in state:
        fail(f"weights {path}: not Inception v3 (no fc.weight or Mixed_7c.branch1x1.conv.weight)")
    variant = "fid" if len(state["fc.weight"]) == FID_CLASSES else "torchvision"
    preparation = args.preparation or ("torch-fidelity" if variant == "fid" else "torchvision")
    model = build(state, variant, path)
    card = {
        "kind": "inception",
        "name": args.name or ("Inception 2015-12-05" if variant == "fid" else "Inception v3 (torchvision)"),
        "source": {"file": path.name, "sha256": sha256(path)},
        "input": input_of(preparation, variant, args.transform_input),
        "preparation": preparation,
        "feature_dim": FEATURES,
        "classes": model.classes,
        "logits": "unbiased" if variant == "fid" else "biased",
    }
    if args.temperature is not None:
        card["temperature"] = args.temperature
    scripted = torch.jit.script(model.half() if args.half else model)
    archive.save(scripted, card, args.output, check=lambda saved: check(saved, args.half, state, variant))
    print(f"{card['name']}: {variant} network, {model.classes} classes, prepared as {preparation}")
    finish(args.output)


def main() -> None:
    run(export)
