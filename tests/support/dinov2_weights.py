"""Random DINOv2 weights of any size, from a seed, with the names and shapes of the files that its authors publish.

They are larger than at the start of training, and LayerScale isn't close to zero, so that the image, the positional
table and every block affect the output. All are exact in half precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

PATCH = 14
GRID = 37  # patches per side at 518 pixels, the size of the positional table


@dataclass(frozen=True)
class Size:
    width: int
    depth: int
    registers: int = 0
    gated: bool = False  # SwiGLU, which only ViT-g has


PUBLISHED = {
    "dinov2_vits14": Size(384, 12),
    "dinov2_vitb14": Size(768, 12),
    "dinov2_vitl14": Size(1024, 24),
    "dinov2_vitg14": Size(1536, 40, gated=True),
    "dinov2_vits14_reg": Size(384, 12, 4),
    "dinov2_vitb14_reg": Size(768, 12, 4),
    "dinov2_vitl14_reg": Size(1024, 24, 4),
    "dinov2_vitg14_reg": Size(1536, 40, 4, gated=True),
}

State = dict[str, torch.Tensor]


def state(size: Size, seed: int) -> State:
    torch.manual_seed(seed)
    width = size.width
    made = {
        "cls_token": normal(1, 1, width, std=0.5),
        "pos_embed": normal(1, 1 + GRID**2, width, std=0.3),
        "mask_token": torch.zeros(1, width),
        **linear("patch_embed.proj", 3 * PATCH**2, width, gain=0.7),
        **norm("norm", width),
    }
    made["patch_embed.proj.weight"] = made["patch_embed.proj.weight"].view(width, 3, PATCH, PATCH)
    if size.registers:
        made["register_tokens"] = normal(1, size.registers, width, std=0.5)
    for i in range(size.depth):
        made |= {f"blocks.{i}.{key}": value for key, value in block(width, size.gated).items()}
    return {key: value.half().float() for key, value in made.items()}


def block(width: int, gated: bool) -> State:
    made = {**norm("norm1", width), **linear("attn.qkv", width, 3 * width, gain=2), **norm("norm2", width),
            **linear("attn.proj", width, width, gain=2), "ls1.gamma": normal(width, std=0.1) + 0.3,
            "ls2.gamma": normal(width, std=0.1) + 0.3}
    if gated:
        inner = (8 * width // 3 + 7) // 8 * 8
        return {**made, **linear("mlp.w12", width, 2 * inner), **linear("mlp.w3", inner, width)}
    return {**made, **linear("mlp.fc1", width, 4 * width), **linear("mlp.fc2", 4 * width, width)}


def linear(name: str, inputs: int, outputs: int, gain: float = 1.0) -> State:
    weight = normal(outputs, inputs, std=gain * inputs**-0.5)
    return {f"{name}.weight": weight, f"{name}.bias": normal(outputs, std=0.1)}


def norm(name: str, width: int) -> State:
    return {f"{name}.weight": normal(width, std=0.1) + 1, f"{name}.bias": normal(width, std=0.1)}


def normal(*shape: int, std: float) -> torch.Tensor:
    return torch.randn(shape) * std
