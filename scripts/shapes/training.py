"""Shared by all training: learning rate, optimizer, progress lines."""

import math
import time
from collections.abc import Iterable

import torch
from torch import nn


def optimiser(modules: Iterable[nn.Module], lr: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW without weight decay for vectors (biases, norms)."""
    parameters = [p for module in modules for p in module.parameters()]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98))


def set_learning_rate(optim: torch.optim.Optimizer, peak: float, step: int, steps: int, warmup: int = 50) -> None:
    """Linear warm-up, then a cosine that ends near 0."""
    lr = peak * min(1.0, (step + 1) / warmup) * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.005)
    for group in optim.param_groups:
        group["lr"] = lr


def descend(optim: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """One step down the gradient, whose norm is clipped at 1."""
    optim.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_([p for group in optim.param_groups for p in group["params"]], 1.0)
    optim.step()


class Progress:
    """Prints a line after every `every` steps."""

    def __init__(self, name: str, steps: int, every: int):
        self.name, self.steps, self.every, self.start = name, steps, every, time.monotonic()

    def due(self, step: int) -> bool:
        return (step + 1) % self.every == 0 or step + 1 == self.steps

    def line(self, step: int, text: str) -> None:
        seconds = time.monotonic() - self.start
        print(f"{self.name} {step + 1}/{self.steps} {seconds:.0f} s {text}", flush=True)
