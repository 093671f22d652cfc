"""A head that predicts the canonical scene from an embedding. Both towers share it in training; it isn't exported.

It teaches the text tower word order before any image is used, and both towers to keep what distinguishes scenes.
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
_UNASKED = -100  # the target for a group that doesn't exist; ignored by the loss


class NamingHead(nn.Linear):
    """[N, 128] → concatenated logits of seven questions: count, colour and shape of both groups, and relation."""

    def __init__(self) -> None:
        super().__init__(EMBED_DIM, sum(SIZES))

    def loss(self, embeddings: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
        """Mean cross entropy of the questions. `names` is [N, 7] from `names_of`."""
        answers = self(embeddings).split(SIZES, 1)
        losses = [F.cross_entropy(a, names[:, i], ignore_index=_UNASKED) for i, a in enumerate(answers)]
        return torch.stack(losses).mean()

    def accuracy(self, embeddings: torch.Tensor, names: torch.Tensor) -> list[float]:
        """Share of right answers per question, among the groups that exist."""
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
