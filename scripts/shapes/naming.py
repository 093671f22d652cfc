"""A head that names the canonical scene from an embedding. Both towers share it in training; none exports it.

It teaches the text tower word order before any image is seen, and both towers to keep what tells scenes apart.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from clip import EMBED_DIM
from scenes import CANONICAL_RELATIONS, COLOUR_NAMES, SHAPES, Group, Scene, canonical
from torch import nn

_GROUP_SIZES = (4, len(COLOUR_NAMES), len(SHAPES))
_ANSWERS = (*CANONICAL_RELATIONS, None)
SIZES = (*_GROUP_SIZES, *_GROUP_SIZES, len(_ANSWERS))
_UNASKED = -100  # what a group that isn't there is called


class NamingHead(nn.Linear):
    """[N, 128] → logits of seven questions side by side: count, colour and shape of both groups, relation."""

    def __init__(self) -> None:
        super().__init__(EMBED_DIM, sum(SIZES))

    def loss(self, embeddings: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
        """Mean cross entropy of the questions. `names` is [N, 7] from `names_of`."""
        answers = self(embeddings).split(SIZES, 1)
        losses = [F.cross_entropy(a, names[:, i], ignore_index=_UNASKED) for i, a in enumerate(answers)]
        return torch.stack(losses).mean()

    def accuracy(self, embeddings: torch.Tensor, names: torch.Tensor) -> list[float]:
        """Share of right answers, question by question, among those asked."""
        answers = [a.argmax(1) for a in self(embeddings).split(SIZES, 1)]
        right = [(a == names[:, i])[names[:, i] != _UNASKED].float().mean() for i, a in enumerate(answers)]
        return [round(r.item(), 3) for r in right]


def names_of(scenes: Sequence[Scene]) -> torch.Tensor:
    """The right answers [N, 7] int64."""
    rows = []
    for scene in map(canonical, scenes):
        rows.append([*_name(scene.first), *_name(scene.second), _ANSWERS.index(scene.relation)])
    return torch.tensor(rows)


def _name(group: Group | None) -> list[int]:
    if group is None:
        return [_UNASKED] * 3
    return [group.count - 1, COLOUR_NAMES.index(group.colour), SHAPES.index(group.shape)]
