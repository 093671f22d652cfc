"""Converts CLIP weights into an archive for tise-eval.

Reads OpenAI's files (TorchScript archives or state dicts) and open_clip's checkpoints with the same layout: vision
transformers and ResNets of any size. Without --weights, downloads and checks the published file for --name.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch

from . import archive, merges
from .architectures.clip import Clip
from .errors import fail, run
from .fetching import sha256
from .originals import clip_original
from .preparation import OPENAI, card_input, center_crop
from .published import CLIP
from .weights import check_file, compare, finish, load_state, one_line, output_path, published, tensors_of

DEFAULT_NAME = "ViT-B/32"

# Facts about the network that OpenAI's files store among the weights.
OPENAI_FACTS = ("input_resolution", "context_length", "vocab_size")
LEFT_OUT = (*OPENAI_FACTS, "logit_scale", "attn_mask", "logit_bias")

State = dict[str, torch.Tensor]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="OpenAI's .pt or an open_clip checkpoint")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="archive to write (default: clip.pt in the models folder that tise-eval reads)")
    parser.add_argument("--name", help="model name for the card; without --weights, the model to download: "
                        + ", ".join(CLIP) + f" (default {DEFAULT_NAME})")
    parser.add_argument("--merges", type=Path, metavar="FILE",
                        help=f"{merges.FILE} (default: from an installed clip or open_clip package, else downloaded)")
    parser.add_argument("--quick-gelu", action=argparse.BooleanOptionalAction,
                        help="whether the network uses x·sigmoid(1.702x), as OpenAI's networks and those fine-tuned "
                        "from them do, or the exact GELU; required unless the file is OpenAI's or its name contains "
                        "`quickgelu` or `openai`")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    return parser.parse_args()


def read(path: Path) -> tuple[State, torch.jit.ScriptModule | None]:
    """The tensors, and the network itself if the file is a TorchScript archive."""
    try:
        network = torch.jit.load(str(path), map_location="cpu").eval()
        return tensors_of(dict(network.state_dict()), path), network
    except RuntimeError:
        return load_state(path), None


def text_at_top(state: State) -> State:
    """Removes the prefix `text.` that open_clip uses for some models' text towers."""
    if "text.token_embedding.weight" not in state:
        return state
    return {key[len("text."):] if key.startswith("text.") else key: value for key, value in state.items()}


def uses_quick_gelu(args: argparse.Namespace, path: Path, state: State) -> bool:
    """Whether the network has the quick GELU: as given, else decided by OpenAI's facts among the weights or by a name.
    Never guessed: the wrong GELU changes scores by half a percent (docs/dev/parity.md) without any other sign."""
    if args.quick_gelu is not None:
        return args.quick_gelu
    hints = f"{args.name or ''} {path.name}".lower()
    if all(fact in state for fact in OPENAI_FACTS) or "quickgelu" in hints or "openai" in hints:
        return True
    fail(f"weights {path}: the file does not state which GELU the network has, and the wrong one changes scores by "
         "half a percent; pass --quick-gelu for OpenAI's networks and those fine-tuned from them, --no-quick-gelu for "
         "most of open_clip's own")


def build(state: State, quick_gelu: bool, path: Path) -> Clip:
    if "visual.conv1.weight" not in state or "token_embedding.weight" not in state:
        fail(f"weights {path}: not a CLIP in OpenAI's layout (no visual.conv1.weight or token_embedding.weight)")
    weights = {key: value for key, value in state.items() if key not in LEFT_OUT}
    try:
        return Clip(weights, quick_gelu).eval()
    except (KeyError, RuntimeError) as error:
        fail(f"weights {path}: unsupported architecture: {one_line(error)}")


def load(args: argparse.Namespace, path: Path) -> tuple[State, torch.jit.ScriptModule | None, Clip, bool]:
    """The file's tensors, its network if it is a TorchScript archive, our network with these weights, and whether that
    has the quick GELU."""
    state, network = read(path)
    state = text_at_top(state)
    quick_gelu = uses_quick_gelu(args, path, state)
    return state, network, build(state, quick_gelu, path), quick_gelu


def card(model: Clip, state: State, name: str, path: Path, quick_gelu: bool) -> dict:
    return {
        "kind": "clip",
        "name": name,
        "source": {"file": path.name, "sha256": sha256(path)},
        "input": card_input(center_crop(model.image.resolution, "pillow-bicubic"), *OPENAI),
        "embed_dim": model.text.text_projection.shape[1],
        "context_length": model.text.context_length,
        "logit_scale": math.exp(state["logit_scale"].item()) if "logit_scale" in state else 100.0,
        "quick_gelu": quick_gelu,
    }


def probes(model: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Two seeded images, and the tokens of a short and a full-length text."""
    generator = torch.Generator().manual_seed(0)
    side, context = model.image.resolution, model.text.context_length
    vocabulary = model.text.token_embedding.num_embeddings
    tokens = torch.randint(1, vocabulary - 2, (2, context), generator=generator)
    tokens[:, 0] = vocabulary - 2
    tokens[0, 7:] = 0
    tokens[0, 7] = tokens[1, -1] = vocabulary - 1
    return torch.randn(2, 3, side, side, generator=generator), tokens


@torch.no_grad()
def check(path: Path, half: bool, state: State, network: torch.jit.ScriptModule | None, model: Clip) -> None:
    """Compares the archive with the original network."""
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    images, tokens = probes(model)
    ours = {"image": saved.image(images), "text": saved.text(tokens)}
    compare({"text": saved.text(tokens[:1, :8])}, {"text": ours["text"][:1]}, "its own output at full length", False)
    original = clip_original(network, state, model, images, tokens)
    if original is None:
        print("not compared with an original implementation: none is available; install open_clip_torch to compare")
        return
    compare(ours, original.outputs, original.name, half)


def export() -> None:
    args = arguments()
    args.output = output_path(args.output, "clip.pt")
    name = args.name or (args.weights.stem if args.weights else DEFAULT_NAME)
    if not args.weights and name not in CLIP:
        fail(f"--name {name}: not among the published models; choose from {', '.join(CLIP)}, or pass --weights")
    path = check_file(args.weights, "weights") if args.weights else published(CLIP[name])
    state, network, model, quick_gelu = load(args, path)
    text = merges.read(merges.find(args.merges), model.text.token_embedding.num_embeddings)
    print(f"{name}: {type(model.image).__name__}, {'quick' if quick_gelu else 'exact'} GELU")
    description = card(model, state, name, path, quick_gelu)
    scripted = torch.jit.script(model.half() if args.half else model)
    archive.save(scripted, description, args.output, text,
                 lambda saved: check(saved, args.half, state, network, model.float()))
    finish(args.output)


def main() -> None:
    run(export)
