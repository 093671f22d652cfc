"""The demo CLIP: two small towers with a joint embedding space of 128 dimensions."""

import math

import torch
from layers import TransformerBlock, conv_stem, wave_positions
from torch import nn

EMBED_DIM = 128
CONTEXT_LENGTH = 24
WIDTH = 128
HEADS = 4
CELLS = 8  # the stem's output is CELLS × CELLS
MEAN, STD = 0.5, 0.25  # of the input's preparation


class ImageTower(nn.Module):
    """[N, 3, 64, 64] → [N, 128]: convolutions to an 8×8 map, then two transformer blocks over its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_stem(WIDTH)
        self.summary = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, 1 + CELLS * CELLS, WIDTH) * 0.02)
        self.mix = TransformerBlock(WIDTH, HEADS)
        self.read = TransformerBlock(WIDTH, HEADS)
        self.norm = nn.LayerNorm(WIDTH)
        self.projection = nn.Linear(WIDTH, EMBED_DIM, bias=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.embed_map(self.stem(image))

    def embed_map(self, cells: torch.Tensor) -> torch.Tensor:
        """The stem's map [N, 128, 8, 8] → [N, 128]."""
        tokens = cells.flatten(2).transpose(1, 2)
        tokens = torch.cat([self.summary.expand(tokens.shape[0], -1, -1), tokens], 1) + self.positions
        tokens = self.mix(tokens, tokens, None)
        summary = self.read(tokens[:, :1], tokens, None)
        return self.projection(self.norm(summary[:, 0]))

    @torch.no_grad()
    def add_wave_positions(self, images: torch.Tensor) -> None:
        """Adds sines and cosines of each cell's place to its positional embedding, scaled to the stem's output.

        Without them the stem's output dominates the positions, and directions are never learned.
        """
        self.positions[0, 1:] += wave_positions(WIDTH, CELLS) * self.stem(images).std()


class TextTower(nn.Module):
    """[N, L] int64 → [N, 128], any L up to CONTEXT_LENGTH. Causal: tokens after the end token have no effect."""

    def __init__(self, vocabulary_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, WIDTH)
        self.positions = nn.Parameter(torch.randn(1, CONTEXT_LENGTH, WIDTH) * 0.3)
        self.mix = TransformerBlock(WIDTH, HEADS)
        self.read = TransformerBlock(WIDTH, HEADS)
        self.norm = nn.LayerNorm(WIDTH)
        self.projection = nn.Linear(WIDTH, EMBED_DIM, bias=False)
        nn.init.normal_(self.embedding.weight, std=0.5)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding(tokens) + self.positions[:, : tokens.shape[1]]
        place = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.mix(x, x, (place[None, :] <= place[:, None])[None, None])
        end = tokens.argmax(1)  # the end token has the largest id
        last = x[torch.arange(x.shape[0], device=x.device), end]
        until_end = (place[None, :] <= end[:, None])[:, None, None]
        return self.projection(self.norm(self.read(last[:, None], x, until_end)[:, 0]))


class Clip(nn.Module):
    """Both towers and the temperature of their similarity."""

    def __init__(self, vocabulary_size: int):
        super().__init__()
        self.image = ImageTower()
        self.text = TextTower(vocabulary_size)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, image: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Logits [images, texts]."""
        image_embedding = nn.functional.normalize(self.image(image), dim=-1)
        text_embedding = nn.functional.normalize(self.text(tokens), dim=-1)
        return self.log_scale.exp() * image_embedding @ text_embedding.t()


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """[N, 3, 64, 64] uint8 → the image tower's input."""
    return (pixels.float() / 255 - MEAN) / STD
