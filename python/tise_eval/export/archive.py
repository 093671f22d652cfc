"""Model archives: a TorchScript file with the extra file `card.json` (and, for CLIP, `merges.txt`).

The card describes the archive and how its input is prepared. `save` also runs the archive on a fixed probe and
stores the outputs in the card, so that `tise-eval models --verify` can check on any machine that the archive
still computes the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import torch

from .preparation import size_of, steps_of

SCHEMA = 1
PROBE_LENGTH = 8  # the card stores this many numbers of each output
FREE_PROBE = (256, 256)  # width and height, if the network takes any size


def probe_pixels(height: int, width: int) -> torch.Tensor:
    """A fixed picture, [3, H, W] uint8: gradients with a fine pattern that differs between channels."""
    c = torch.arange(3).view(3, 1, 1)
    y = torch.arange(height).view(1, height, 1)
    x = torch.arange(width).view(1, 1, width)
    return ((37 * c + 3 * y + 5 * x + 7 * ((x * y + c) % 11)) % 256).to(torch.uint8)


def probe_image(card: dict) -> torch.Tensor:
    """The fixed picture, normalized for the model of this card, [1, 3, H, W] float32."""
    spec = card["input"]
    width, height = size_of(spec) or FREE_PROBE
    pixels = probe_pixels(height, width).to(torch.float32)
    if spec["range"] == "0..1":
        pixels = pixels / 255
    mean = torch.tensor(spec["mean"], dtype=torch.float32).view(3, 1, 1)
    std = torch.tensor(spec["std"], dtype=torch.float32).view(3, 1, 1)
    return ((pixels - mean) / std).unsqueeze(0)


def probe_tokens(vocabulary: int) -> torch.Tensor:
    """The fixed token sequence, [1, 7] int64: the start token, five fixed ids, the end token. `vocabulary` includes the
    start and end tokens, which are its last two."""
    body = [(17 * i + 3) % (vocabulary - 2) for i in range(5)]
    return torch.tensor([[vocabulary - 2, *body, vocabulary - 1]], dtype=torch.int64)


def vocabulary_size(merges: str) -> int:
    """The number of tokens: bytes, bytes at the end of a word, one per merge, start and end."""
    return 512 + len(merge_lines(merges)) + 2


def merge_lines(merges: str) -> list[str]:
    """The merges in order; a first line that contains `#version` is a comment."""
    lines = [line for line in merges.split("\n") if line.strip()]
    if lines and ("#version" in lines[0]):
        lines = lines[1:]
    return lines


def answers(module: torch.jit.ScriptModule, card: dict, merges: str | None) -> dict:
    """The archive's outputs for the probe: the first numbers of each, computed in float32 on the CPU."""
    with torch.no_grad():
        if card["kind"] == "clip":
            image = module.image(probe_image(card))
            text = module.text(probe_tokens(vocabulary_size(merges)))
            outputs = {"image": image, "text": text}
        elif card["kind"] in ("classifier", "inception"):
            features, logits = module(probe_image(card))
            outputs = {"features": features, "logits": logits}
        elif card["kind"] == "encoder":
            outputs = {"features": module(probe_image(card))}
        elif card["kind"] == "detector":
            outputs = {"objectness": module.objectness([probe_pixels(*FREE_PROBE).float() / 255])}
        else:
            raise ValueError(f"no probe for the kind {card['kind']}")
    return {name: [round(v, 7) for v in out.flatten()[:PROBE_LENGTH].tolist()] for name, out in outputs.items()}


def save(module: torch.jit.ScriptModule, card: dict, output: Path, merges: str | None = None,
         check: Callable[[Path], None] = lambda path: None) -> dict:
    """Writes the archive with its card (schema and probe outputs added) and returns the card.

    The module may have half-precision weights; the evaluator, and the probe here, compute in float32. `check` is called
    with the finished file before it replaces an existing one; if `check` raises, the existing file is kept.
    """
    steps_of(card["input"])  # raises ExportError for steps that the program refuses
    output = Path(output)
    partial = output.with_name(output.name + ".partial")
    extra = {"merges.txt": merges} if merges is not None else {}
    card = {"schema": SCHEMA, **card}
    try:
        module.save(str(partial), _extra_files={"card.json": json.dumps(card), **extra})
        loaded = torch.jit.load(str(partial), map_location="cpu").float().eval()
        card["probe"] = answers(loaded, card, merges)
        text = json.dumps(card, ensure_ascii=False, indent=1)
        module.save(str(partial), _extra_files={"card.json": text, **extra})
        check(partial)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return card
