"""Inception v3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016), two variants.

`torchvision` is the network of torchvision's weights. `fid` is that of the TensorFlow graph of 2015-12-05, which
defines IS and FID: its average pools leave the padding out of the mean, the pool of its last block takes the
maximum, and it has 1008 classes. Each convolution stores its name in the checkpoints; both variants use the same names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

FEATURES = 2048

State = dict[str, torch.Tensor]


class Conv(nn.Module):
    """Convolution, batch norm, ReLU. `same` pads to keep the size (at stride 1)."""

    def __init__(self, name: str, channels: int, outputs: int, kernel: tuple[int, int] = (1, 1), stride: int = 1,
                 same: bool = True):
        super().__init__()
        self.name = name
        padding = (kernel[0] // 2, kernel[1] // 2) if same else (0, 0)
        self.conv = nn.Conv2d(channels, outputs, kernel, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn(self.conv(x)))


class Pool(nn.Module):
    """A 3×3 pool: `average`, `padded-average` (includes the padding) or `max` with stride 1; `halve` is max with
    stride 2."""

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "halve":
            return F.max_pool2d(x, 3, stride=2)
        if self.kind == "max":
            return F.max_pool2d(x, 3, stride=1, padding=1)
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=self.kind == "padded-average")


class Branches(nn.Module):
    """Applies several branches to the same input and concatenates their channels."""

    def __init__(self, *branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs: list[torch.Tensor] = []
        for branch in self.branches:
            outputs.append(branch(x))
        return torch.cat(outputs, 1)


def block_a(name: str, channels: int, pooled: int, pool: str) -> Branches:
    return Branches(
        Conv(f"{name}.branch1x1", channels, 64),
        nn.Sequential(Conv(f"{name}.branch5x5_1", channels, 48), Conv(f"{name}.branch5x5_2", 48, 64, (5, 5))),
        nn.Sequential(Conv(f"{name}.branch3x3dbl_1", channels, 64),
                      Conv(f"{name}.branch3x3dbl_2", 64, 96, (3, 3)),
                      Conv(f"{name}.branch3x3dbl_3", 96, 96, (3, 3))),
        nn.Sequential(Pool(pool), Conv(f"{name}.branch_pool", channels, pooled)),
    )


def block_b(name: str, channels: int) -> Branches:
    return Branches(
        Conv(f"{name}.branch3x3", channels, 384, (3, 3), stride=2, same=False),
        nn.Sequential(Conv(f"{name}.branch3x3dbl_1", channels, 64),
                      Conv(f"{name}.branch3x3dbl_2", 64, 96, (3, 3)),
                      Conv(f"{name}.branch3x3dbl_3", 96, 96, (3, 3), stride=2, same=False)),
        Pool("halve"),
    )


def block_c(name: str, channels: int, inner: int, pool: str) -> Branches:
    row, column = (1, 7), (7, 1)
    return Branches(
        Conv(f"{name}.branch1x1", channels, 192),
        nn.Sequential(Conv(f"{name}.branch7x7_1", channels, inner),
                      Conv(f"{name}.branch7x7_2", inner, inner, row),
                      Conv(f"{name}.branch7x7_3", inner, 192, column)),
        nn.Sequential(Conv(f"{name}.branch7x7dbl_1", channels, inner),
                      Conv(f"{name}.branch7x7dbl_2", inner, inner, column),
                      Conv(f"{name}.branch7x7dbl_3", inner, inner, row),
                      Conv(f"{name}.branch7x7dbl_4", inner, inner, column),
                      Conv(f"{name}.branch7x7dbl_5", inner, 192, row)),
        nn.Sequential(Pool(pool), Conv(f"{name}.branch_pool", channels, 192)),
    )


def block_d(name: str, channels: int) -> Branches:
    return Branches(
        nn.Sequential(Conv(f"{name}.branch3x3_1", channels, 192),
                      Conv(f"{name}.branch3x3_2", 192, 320, (3, 3), stride=2, same=False)),
        nn.Sequential(Conv(f"{name}.branch7x7x3_1", channels, 192),
                      Conv(f"{name}.branch7x7x3_2", 192, 192, (1, 7)),
                      Conv(f"{name}.branch7x7x3_3", 192, 192, (7, 1)),
                      Conv(f"{name}.branch7x7x3_4", 192, 192, (3, 3), stride=2, same=False)),
        Pool("halve"),
    )


def block_e(name: str, channels: int, pool: str) -> Branches:
    def fork(branch: str) -> Branches:
        return Branches(Conv(f"{name}.{branch}a", 384, 384, (1, 3)), Conv(f"{name}.{branch}b", 384, 384, (3, 1)))

    return Branches(
        Conv(f"{name}.branch1x1", channels, 320),
        nn.Sequential(Conv(f"{name}.branch3x3_1", channels, 384), fork("branch3x3_2")),
        nn.Sequential(Conv(f"{name}.branch3x3dbl_1", channels, 448),
                      Conv(f"{name}.branch3x3dbl_2", 448, 384, (3, 3)),
                      fork("branch3x3dbl_3")),
        nn.Sequential(Pool(pool), Conv(f"{name}.branch_pool", channels, 192)),
    )


class Inception(nn.Module):
    """[N, 3, 299, 299] → (features [N, 2048], logits [N, C]). The FID network's logits have no bias, as in the
    reference implementations of IS. Raises KeyError or RuntimeError if the weights don't fit."""

    def __init__(self, state: State, variant: str):
        super().__init__()
        pool, last_pool = ("average", "max") if variant == "fid" else ("padded-average", "padded-average")
        self.body = nn.Sequential(
            Conv("Conv2d_1a_3x3", 3, 32, (3, 3), stride=2, same=False),
            Conv("Conv2d_2a_3x3", 32, 32, (3, 3), same=False),
            Conv("Conv2d_2b_3x3", 32, 64, (3, 3)),
            Pool("halve"),
            Conv("Conv2d_3b_1x1", 64, 80),
            Conv("Conv2d_4a_3x3", 80, 192, (3, 3), same=False),
            Pool("halve"),
            block_a("Mixed_5b", 192, 32, pool),
            block_a("Mixed_5c", 256, 64, pool),
            block_a("Mixed_5d", 288, 64, pool),
            block_b("Mixed_6a", 288),
            block_c("Mixed_6b", 768, 128, pool),
            block_c("Mixed_6c", 768, 160, pool),
            block_c("Mixed_6d", 768, 160, pool),
            block_c("Mixed_6e", 768, 192, pool),
            block_d("Mixed_7a", 768),
            block_e("Mixed_7b", 1280, pool),
            block_e("Mixed_7c", 2048, last_pool),
        )
        self.classes = len(state["fc.weight"])
        self.fc = nn.Linear(FEATURES, self.classes, bias=variant != "fid")
        self.load(state)

    def load(self, state: State) -> None:
        for module in self.modules():
            if isinstance(module, Conv):
                prefix = module.name + "."
                module.load_state_dict({k[len(prefix):]: v for k, v in state.items() if k.startswith(prefix)})
        self.fc.load_state_dict({key: state["fc." + key] for key in self.fc.state_dict()})

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = F.adaptive_avg_pool2d(self.body(image), 1).flatten(1)
        return features, self.fc(features)
