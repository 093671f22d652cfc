"""DINOv2's vision transformer (Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023), with
or without registers (Darcet et al., "Vision Transformers Need Registers", 2023).

All sizes come from the weights. Parameters have the same names as in the published checkpoints. The positional table is
resampled once, for the archive's single input size.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

HEAD_WIDTH = 64
EPSILON = 1e-6  # in the layer norms
OFFSET = 0.1  # when they resample, published networks without registers add this to the grid's side

State = dict[str, torch.Tensor]


class Attention(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, length, width = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(n, length, width))


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int):
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class GatedFeedForward(nn.Module):
    """SwiGLU, used by ViT-g: `w12` returns the gate, then the gated values."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.w12 = nn.Linear(width, 2 * inner)
        self.w3 = nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, through = self.w12(x).chunk(2, dim=-1)
        return self.w3(F.silu(gate) * through)


class Scale(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, width: int, mlp: nn.Module):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, EPSILON)
        self.attn = Attention(width)
        self.ls1 = Scale(width)
        self.norm2 = nn.LayerNorm(width, EPSILON)
        self.mlp = mlp
        self.ls2 = Scale(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class Patches(nn.Module):
    """[N, 3, H, W] → [N, P, D]"""

    def __init__(self, width: int, patch: int):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.proj(image).flatten(2).transpose(1, 2)


class DinoV2(nn.Module):
    """[N, 3, side, side] → [N, D]: the class token after the final norm. Raises KeyError or RuntimeError if the
    weights don't fit, ValueError if the side isn't a multiple of the patch size."""

    def __init__(self, state: State, side: int):
        super().__init__()
        state = {key: value for key, value in state.items() if key != "mask_token"}  # used only in training
        width, _, self.patch, _ = state["patch_embed.proj.weight"].shape
        if side % self.patch:
            raise ValueError(f"side {side} is not a multiple of the patch size, {self.patch}")
        self.side = side
        self.registers = state["register_tokens"].shape[1] if "register_tokens" in state else 0
        state.setdefault("register_tokens", torch.zeros(1, 0, width))
        state["pos_embed"] = resampled(state["pos_embed"], side // self.patch, self.registers > 0)

        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.register_tokens = nn.Parameter(torch.empty(1, self.registers, width))
        self.pos_embed = nn.Parameter(torch.empty_like(state["pos_embed"]))
        self.patch_embed = Patches(width, self.patch)
        depth = len({key.split(".")[1] for key in state if key.startswith("blocks.")})
        self.blocks = nn.Sequential(*[Block(width, feed_forward(state, width)) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, EPSILON)
        self.load_state_dict(state)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        n = image.shape[0]
        x = torch.cat([self.cls_token.expand(n, -1, -1), self.patch_embed(image)], 1) + self.pos_embed
        x = torch.cat([x[:, :1], self.register_tokens.expand(n, -1, -1), x[:, 1:]], 1)  # registers have no position
        return self.norm(self.blocks(x)[:, 0])


def feed_forward(state: State, width: int) -> nn.Module:
    if "blocks.0.mlp.w3.weight" in state:
        return GatedFeedForward(width, state["blocks.0.mlp.w3.weight"].shape[1])
    return FeedForward(width, state["blocks.0.mlp.fc1.weight"].shape[0])


def resampled(table: torch.Tensor, cells: int, has_registers: bool) -> torch.Tensor:
    """Resamples a positional table [1, 1 + S², D] to a grid of `cells`², like the published networks. Networks with
    registers resample to that size, with antialiasing. The others resample by a slightly larger factor (OFFSET),
    without antialiasing. The class token's entry is unchanged."""
    side = math.isqrt(table.shape[1] - 1)
    if side * side != table.shape[1] - 1:
        raise RuntimeError(f"pos_embed has {table.shape[1]} entries, expected one plus a square number")
    if cells == side:
        return table
    grid = table[:, 1:].float().unflatten(1, (side, side)).permute(0, 3, 1, 2)
    if has_registers:
        grid = F.interpolate(grid, size=(cells, cells), mode="bicubic", antialias=True)
    else:
        grid = F.interpolate(grid, scale_factor=(cells + OFFSET) / side, mode="bicubic")
    return torch.cat([table[:, :1].float(), grid.flatten(2).transpose(1, 2)], 1)
