"""Trains the demo CLIP: first the text tower alone, then both towers contrastively."""

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from captions import training_text
from clip import CONTEXT_LENGTH, Clip, TextTower, prepare
from data import scene_from
from naming import NamingHead, names_of
from scenes import LABELS, RELATIONS, Scene, canonical, hard_negative, random_scene, scene_with
from tokenizer import Tokenizer, learn_merges, merges_text
from torch import nn
from training import Progress, descend, optimiser, set_learning_rate

TEXT_STEPS = 900
CLIP_STEPS = 2200
SCHEDULE_STEPS = 2600  # length of the learning rate's schedule; its last part is skipped, since it hardly helps
BATCH = 128
MAX_SCALE = 100.0
EMPTY_WEIGHT = 0.1  # of the grid's empty cells, which are nine out of ten
GRID_SHARE = 0.5  # of the auxiliary loss in the sum


def world_merges(seed: int = 1) -> str:
    """merges.txt for the world's captions."""
    rng = random.Random(seed)
    scenes = [scene_with(rng, relation) for relation in RELATIONS for _ in range(300)]
    scenes += [random_scene(rng) for _ in range(3000)]
    return merges_text(learn_merges([training_text(rng, scene) for scene in scenes] + ["away from"]))


def pretrain_text(work: Path, tokenizer: Tokenizer, steps: int = TEXT_STEPS) -> None:
    """Trains the text tower to name the scene that a caption describes; writes text.pt."""
    torch.manual_seed(0)
    rng = random.Random(11)
    tower, head = TextTower(tokenizer.vocabulary_size), NamingHead()
    optim = optimiser([tower, head], 2e-3, 0.01)
    progress = Progress("text", steps, 100)
    for step in range(steps):
        set_learning_rate(optim, 2e-3, step, steps)
        scenes = [random_scene(rng, bare_share=0.1) for _ in range(BATCH)]
        tokens = torch.tensor(tokenizer.rows([training_text(rng, s) for s in scenes], CONTEXT_LENGTH))
        names, embeddings = names_of(scenes), tower(tokens)
        loss = head.loss(embeddings, names)
        descend(optim, loss)
        if progress.due(step):
            progress.line(step, f"loss {loss.item():.3f} named {head.accuracy(embeddings, names)}")
    torch.save({"tower": tower.state_dict(), "head": head.state_dict()}, work / "text.pt")


def train(work: Path, tokenizer: Tokenizer, steps: int = CLIP_STEPS) -> None:
    """Contrastive training on families of scenes, with one text-only hard negative per image; writes clip.pt."""
    torch.manual_seed(0)
    rng = random.Random(3)
    data = torch.load(work / "clip_train.pt")
    images, grids = data["images"], data["grids"].long()
    scenes = [scene_from(row) for row in data["scenes"]]
    model, naming, grid_head = _start(work, tokenizer, prepare(images[:BATCH]))
    optim = optimiser([model, naming, grid_head], 1e-3, 0.05)
    progress = Progress("clip", steps, 50)
    for step in range(steps):
        set_learning_rate(optim, 1e-3, step, SCHEDULE_STEPS)
        rows = _family_rows(step, len(scenes))
        batch = [scenes[i] for i in rows]
        foils = [hard_negative(rng, scene) for scene in batch]
        texts = [training_text(rng, scene) for scene in batch + foils]
        with torch.autocast("cpu", torch.bfloat16):
            cells = model.image.stem(prepare(images[rows]).contiguous(memory_format=torch.channels_last)).float()
            image = model.image.embed_map(cells).float()
        text = model.text(torch.tensor(tokenizer.rows(texts, CONTEXT_LENGTH)))
        names = names_of(batch + foils)
        contrast = contrastive_loss(model, image, text, batch, foils)
        named = naming.loss(image, names[:BATCH]) + naming.loss(text, names)
        grid = grid_head.loss(cells, grids[rows])
        descend(optim, contrast + named + GRID_SHARE * grid)
        if progress.due(step):
            seen = naming.accuracy(image, names[:BATCH])
            progress.line(step, f"contrast {contrast.item():.3f} grid {grid.item():.3f} named {seen}")
            torch.save(model.state_dict(), work / "clip.pt")


def contrastive_loss(
    model: Clip, image: torch.Tensor, text: torch.Tensor, scenes: list[Scene], foils: list[Scene]
) -> torch.Tensor:
    """CLIP's loss of images [N, D] and texts [N + foils, D]. Foils are only negatives for images.

    A text that is also true of another scene's picture isn't a negative for that picture.
    """
    scale = model.log_scale.exp().clamp(max=MAX_SCALE)
    logits = scale * F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).t()
    numbers: dict[Scene, int] = {}
    ids = torch.tensor([numbers.setdefault(canonical(s), len(numbers)) for s in scenes + foils])
    n = len(scenes)
    same = ids[:n, None] == ids[None]
    same[:, :n] &= ~torch.eye(n, dtype=torch.bool)
    logits = logits.masked_fill(same, -1e4)
    truth = torch.arange(n)
    return (F.cross_entropy(logits, truth) + F.cross_entropy(logits[:, :n].t(), truth)) / 2


class GridHead(nn.Conv2d):
    """Predicts the class in each cell of the stem's map: [N, 128, 8, 8] → [N, 37, 8, 8]. Only for training."""

    def __init__(self, width: int):
        super().__init__(width, len(LABELS) + 1, 1)
        self.register_buffer("weights", torch.tensor([EMPTY_WEIGHT, *[1.0] * len(LABELS)]))

    def loss(self, cells: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(self(cells), grids, self.weights)


def _start(work: Path, tokenizer: Tokenizer, images: torch.Tensor) -> tuple[Clip, NamingHead, GridHead]:
    model, naming = Clip(tokenizer.vocabulary_size), NamingHead()
    pretrained = torch.load(work / "text.pt")
    model.text.load_state_dict(pretrained["tower"])
    naming.load_state_dict(pretrained["head"])
    model.image.add_wave_positions(images)
    return model.to(memory_format=torch.channels_last), naming, GridHead(model.image.summary.shape[2])


def _family_rows(step: int, samples: int) -> list[int]:
    """The rows of this step, in whole families. Each pass over the data has its own order."""
    families, wanted = samples // 4, BATCH // 4
    steps_a_pass = families // wanted
    order = torch.randperm(families, generator=torch.Generator().manual_seed(step // steps_a_pass))
    begin = step % steps_a_pass * wanted
    return [4 * f + i for f in order[begin : begin + wanted].tolist() for i in range(4)]
