"""The demo encoder that learns from captions. It plays the role of CLIP's image tower in CMMD.

It predicts which n-grams a picture's caption contains (Joulin et al., ECCV 2016; Li et al., "Learning visual n-grams
from web data", ICCV 2017). The text is the only label. Unlike the demo CLIP it has no text tower and isn't trained to
tell pairs apart: a caption is a bag of phrases.
"""

import random
from collections import Counter
from pathlib import Path

import torch
import torch.nn.functional as F
from captions import write_caption
from data import scene_from
from layers import TransformerBlock, conv_stem, wave_positions
from scenes import Scene, random_scene
from torch import nn
from training import Progress, descend, optimiser, set_learning_rate

FEATURE_DIM = 64
STEPS = 1000
BATCH = 128
NGRAMS = 1000  # the most frequent ones of one to three words
VOCABULARY_CAPTIONS = 20_000
MEAN, STD = 128.0, 64.0  # of the input's preparation, pixels 0..255

_WIDTH, _HEADS, _CELLS = 96, 4, 8


class WordsEncoder(nn.Module):
    """[N, 3, 64, 64] → [N, 64]: convolutions to an 8×8 map, a transformer block over its cells, their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_stem(_WIDTH)
        self.positions = nn.Parameter(wave_positions(_WIDTH, _CELLS)[None])
        self.mix = TransformerBlock(_WIDTH, _HEADS)
        self.norm = nn.LayerNorm(_WIDTH)
        self.project = nn.Linear(_WIDTH, FEATURE_DIM, bias=False)
        self.standardise = nn.BatchNorm1d(FEATURE_DIM, affine=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        tokens = self.stem(image).flatten(2).transpose(1, 2) + self.positions
        tokens = self.norm(self.mix(tokens, tokens, None))
        return self.standardise(self.project(tokens.mean(1)))


class Vocabulary:
    """The most frequent n-grams of the world's captions."""

    def __init__(self, seed: int = 13):
        rng = random.Random(seed)
        counts: Counter[str] = Counter()
        for _ in range(VOCABULARY_CAPTIONS):
            counts.update(_ngrams(write_caption(rng, random_scene(rng)).text))
        frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:NGRAMS]
        self.columns = {ngram: i for i, (ngram, _) in enumerate(frequent)}
        self.shares = torch.tensor([count / VOCABULARY_CAPTIONS for _, count in frequent])  # of captions with it

    def bags(self, captions: list[str]) -> torch.Tensor:
        """[N, 1000] float32: 1 if the caption contains the n-gram, else 0."""
        bags = torch.zeros(len(captions), len(self.columns))
        for row, caption in enumerate(captions):
            bags[row, [self.columns[n] for n in _ngrams(caption) if n in self.columns]] = 1
        return bags


def _ngrams(caption: str) -> set[str]:
    words = caption.split()
    return {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """[N, 3, 64, 64] uint8 → the encoder's input."""
    return (pixels.float() - MEAN) / STD


def train(work: Path, steps: int = STEPS) -> None:
    """Writes words.pt, and words_head.pt with the layer that predicts n-grams, to the work folder."""
    torch.manual_seed(0)
    rng = random.Random(17)
    data = torch.load(work / "encoder_train.pt")
    images, scenes = data["images"], [scene_from(row) for row in data["scenes"]]
    vocabulary = Vocabulary()
    model, head = WordsEncoder(), nn.Linear(FEATURE_DIM, NGRAMS)
    with torch.no_grad():
        head.bias.copy_(vocabulary.shares.logit())  # most n-grams are rare: learning that would take a long time
    optim = optimiser([model, head], 2e-3, 0.05)
    progress = Progress("words", steps, 100)
    for step in range(steps):
        set_learning_rate(optim, 2e-3, step, steps)
        rows = torch.randint(len(images), (BATCH,))
        bags = vocabulary.bags(_captions(rng, [scenes[i] for i in rows]))
        logits = head(model(prepare(images[rows])))
        loss = F.binary_cross_entropy_with_logits(logits, bags, reduction="sum") / BATCH
        descend(optim, loss)
        if progress.due(step):
            progress.line(step, f"loss {loss.item():.3f}")
    torch.save(model.state_dict(), work / "words.pt")
    torch.save(head.state_dict(), work / "words_head.pt")


def _captions(rng: random.Random, scenes: list[Scene]) -> list[str]:
    return [write_caption(rng, scene).text for scene in scenes]
