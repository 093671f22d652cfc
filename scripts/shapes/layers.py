"""Building blocks of the demo models. All can be scripted."""

import math
from typing import Optional

import torch
import torch.nn.functional as F
from torch import nn


def conv_block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3×3 convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with a skip connection: [N, C, H, W] → the same."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = conv_block(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.second(self.first(x)) + x)


def conv_stem(width: int) -> nn.Sequential:
    """[N, 3, H, W] → [N, width, H/8, W/8]."""
    return nn.Sequential(
        conv_block(3, 32, 2), conv_block(32, 64, 2), conv_block(64, width, 2),
        ResidualBlock(width), ResidualBlock(width),
    )  # fmt: skip


def wave_positions(width: int, cells: int) -> torch.Tensor:
    """[cells · cells, width]: sines and cosines of each cell's place in a square map, columns in random order."""
    steps = torch.linspace(-1, 1, cells)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    frequencies = [math.pi * (0.25 + k * 3.75 / (width // 4)) for k in range(width // 4)]
    waves = [wave(f * axis) for f in frequencies for axis in (x, y) for wave in (torch.sin, torch.cos)]
    return torch.stack(waves, -1).view(cells * cells, width)[:, torch.randperm(width)]


class Attention(nn.Module):
    """Multi-head attention of queries to a sequence: [N, Q, D], [N, L, D] → [N, Q, D]."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(
        self, queries: torch.Tensor, sequence: torch.Tensor, visible: Optional[torch.Tensor]
    ) -> torch.Tensor:
        """`visible`, bool, broadcasts to [N, heads, Q, L]: what each query may attend to. None: everything.

        Its last dimension must be L: CUDA's kernels reject a mask that is broadcast along the sequence.
        """
        q = self.split_heads(self.query(queries))
        k = self.split_heads(self.key(sequence))
        v = self.split_heads(self.value(sequence))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=visible)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def split_heads(self, x: torch.Tensor) -> torch.Tensor:
        """[N, L, D] → [N, heads, L, D / heads]."""
        return x.unflatten(2, [self.heads, x.shape[2] // self.heads]).transpose(1, 2)


class TransformerBlock(nn.Module):
    """Pre-norm transformer block.

    It computes only the requested positions: a tower needs a single output of its last block.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(
        self, asked: torch.Tensor, sequence: torch.Tensor, visible: Optional[torch.Tensor]
    ) -> torch.Tensor:
        """Requested positions [N, Q, D], the whole sequence [N, L, D] → [N, Q, D]."""
        x = asked + self.attention(self.norm1(asked), self.norm1(sequence), visible)
        return x + self.mlp(self.norm2(x))
