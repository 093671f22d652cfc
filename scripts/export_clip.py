#!/usr/bin/env python3
"""Converts CLIP weights into an archive for tise-eval.

Takes OpenAI's files (TorchScript archives or state dicts) and open_clip's checkpoints of the same layout: vision
transformers and ResNets of any size. Without --weights the published file of --name is fetched and checked.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch

import archive
import merges
from architectures.clip import Clip
from originals import clip_original
from weights import (
    check_file, check_output, compare, fail, fetch, finish, load_state, one_line, removed_on_failure, run,
    tensors_of,
)

PUBLISHED_AT = "https://openaipublic.azureedge.net/clip/models"
PUBLISHED = {  # name: SHA-256, which is part of the address too, and file
    "RN50": ("afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", "RN50.pt"),
    "RN101": ("8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599", "RN101.pt"),
    "RN50x4": ("7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd", "RN50x4.pt"),
    "RN50x16": ("52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa", "RN50x16.pt"),
    "RN50x64": ("be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c", "RN50x64.pt"),
    "ViT-B/32": ("40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", "ViT-B-32.pt"),
    "ViT-B/16": ("5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", "ViT-B-16.pt"),
    "ViT-L/14": ("b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", "ViT-L-14.pt"),
    "ViT-L/14@336px": ("3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", "ViT-L-14-336px.pt"),
}
DEFAULT_NAME = "ViT-B/32"

MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]

# Facts about the network that OpenAI's files store among the weights.
OPENAI_FACTS = ("input_resolution", "context_length", "vocab_size")
LEFT_OUT = (*OPENAI_FACTS, "logit_scale", "attn_mask", "logit_bias")

State = dict[str, torch.Tensor]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="OpenAI's .pt or an open_clip checkpoint")
    parser.add_argument("--output", type=Path, metavar="FILE", required=True, help="the archive, such as clip.pt")
    parser.add_argument("--name", help="the model's name for the card; without --weights which one to fetch: "
                        + ", ".join(PUBLISHED) + f" (default {DEFAULT_NAME})")
    parser.add_argument("--merges", type=Path, metavar="FILE",
                        help=f"{merges.FILE}; default: the one of an installed clip or open_clip, else fetched")
    parser.add_argument("--quick-gelu", action=argparse.BooleanOptionalAction,
                        help="x·sigmoid(1.702x) or the exact GELU; default: quick for OpenAI's files and where the "
                        "name has `quickgelu` or `openai`, else exact")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    return parser.parse_args()


def published(name: str) -> Path:
    if name not in PUBLISHED:
        fail(f"--name {name}: not among the published models: {', '.join(PUBLISHED)}")
    sha256, file = PUBLISHED[name]
    return fetch(f"{PUBLISHED_AT}/{sha256}/{file}", sha256)


def read(path: Path) -> tuple[State, torch.jit.ScriptModule | None]:
    """The tensors, and the network itself where the file is a TorchScript archive."""
    try:
        network = torch.jit.load(str(path), map_location="cpu").eval()
        return tensors_of(dict(network.state_dict()), path), network
    except RuntimeError:
        return load_state(path), None


def text_at_top(state: State) -> State:
    """open_clip keeps some models' text tower under `text.`."""
    if "text.token_embedding.weight" not in state:
        return state
    return {key[len("text."):] if key.startswith("text.") else key: value for key, value in state.items()}


def uses_quick_gelu(args: argparse.Namespace, path: Path, state: State) -> bool:
    if args.quick_gelu is not None:
        return args.quick_gelu
    hints = f"{args.name or ''} {path.name}".lower()
    return all(fact in state for fact in OPENAI_FACTS) or "quickgelu" in hints or "openai" in hints


def build(state: State, quick_gelu: bool, path: Path) -> Clip:
    if "visual.conv1.weight" not in state or "token_embedding.weight" not in state:
        fail(f"weights {path}: not a CLIP of OpenAI's layout (no visual.conv1.weight, token_embedding.weight)")
    weights = {key: value for key, value in state.items() if key not in LEFT_OUT}
    try:
        return Clip(weights, quick_gelu).eval()
    except (KeyError, RuntimeError) as error:
        fail(f"weights {path}: an architecture this script does not know: {one_line(error)}")


def card(model: Clip, state: State, name: str, path: Path, quick_gelu: bool) -> dict:
    side = model.image.resolution
    return {
        "kind": "clip",
        "name": name,
        "source": {"file": path.name, "sha256": archive.sha256(path)},
        "input": {"width": side, "height": side, "resize": "pillow-bicubic", "fit": "shortest-side-center-crop",
                  "mean": MEAN, "std": STD, "range": "0..1"},
        "embed_dim": model.text.text_projection.shape[1],
        "context_length": model.text.context_length,
        "logit_scale": math.exp(state["logit_scale"].item()) if "logit_scale" in state else 100.0,
        "quick_gelu": quick_gelu,
    }


def probes(model: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Two seeded pictures; a short and a full text."""
    generator = torch.Generator().manual_seed(0)
    side, context = model.image.resolution, model.text.context_length
    vocabulary = model.text.token_embedding.num_embeddings
    tokens = torch.randint(1, vocabulary - 2, (2, context), generator=generator)
    tokens[:, 0] = vocabulary - 2
    tokens[0, 7:] = 0
    tokens[0, 7] = tokens[1, -1] = vocabulary - 1
    return torch.randn(2, 3, side, side, generator=generator), tokens


@torch.no_grad()
def check(args: argparse.Namespace, state: State, network: torch.jit.ScriptModule | None, model: Clip) -> None:
    saved = torch.jit.load(str(args.output), map_location="cpu").float().eval()
    images, tokens = probes(model)
    ours = {"image": saved.image(images), "text": saved.text(tokens)}
    compare({"text": saved.text(tokens[:1, :8])}, {"text": ours["text"][:1]}, "its own answer at full length", False)
    original = clip_original(network, state, model, images, tokens)
    if original is None:
        print("not compared with an original: none runs here (install open_clip_torch for that)")
        return
    compare(ours, original.outputs, original.name, args.half)


def main() -> None:
    args = arguments()
    check_output(args.output)
    name = args.name or (args.weights.stem if args.weights else DEFAULT_NAME)
    path = check_file(args.weights, "weights") if args.weights else published(name)
    state, network = read(path)
    state = text_at_top(state)
    quick_gelu = uses_quick_gelu(args, path, state)
    model = build(state, quick_gelu, path)
    text = merges.read(merges.find(args.merges), model.text.token_embedding.num_embeddings)
    print(f"{name}: {type(model.image).__name__}, {'quick' if quick_gelu else 'exact'} GELU")
    description = card(model, state, name, path, quick_gelu)
    original = {key: value.clone() for key, value in state.items()}
    scripted = torch.jit.script(model.half() if args.half else model)
    archive.save(scripted, description, args.output, text)
    with removed_on_failure(args.output):
        check(args, original, network, model.float())
    finish(args.output)


if __name__ == "__main__":
    run(main)
