"""Training and validation data: rendered on all cores, stored as .pt files in the work folder."""

import random
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from render import Instance, render, through_jpeg
from scenes import OVERLAPPING, Group, Scene, family, random_scene, scene_with

CHUNK = 500  # samples per task of the pool
GRID = 8  # cells per side of the map that CLIP's auxiliary head predicts
MOST_SHAPES = 8  # per picture
_CLEAR_LEAD = 1.4  # a classifier's picture shows at least this many times more of its class than of the next

# The seeds of the sets are far apart, so that no two sets share a picture.
SEEDS = {
    "clip_train": 1_000_000, "clip_test": 2_000_000, "class_train": 3_000_000, "class_test": 4_000_000,
    "detector_train": 5_000_000, "detector_test": 6_000_000, "detector_hard": 9_000_000,
    "encoder_train": 11_000_000, "encoder_test": 12_000_000,
}  # fmt: skip


def scene_from(row: list) -> Scene:
    """A scene from the nested lists that JSON and .pt files hold."""
    first, relation, second = row
    return Scene(Group(*first), relation, Group(*second) if second else None)


def render_families(task: tuple[int, int]) -> dict:
    """`images` [n, 3, 64, 64] uint8, `grids` [n, 8, 8] uint8 and `scenes`, in families of four."""
    seed, count = task
    rng = random.Random(seed)
    scenes = [scene for _ in range(count // 4) for scene in family(rng)]
    return _render_all(rng, scenes)


def render_scenes(task: tuple[int, int]) -> dict:
    """The same for independent scenes."""
    seed, count = task
    rng = random.Random(seed)
    return _render_all(rng, [random_scene(rng) for _ in range(count)])


def render_classes(task: tuple[int, int]) -> dict:
    """`images` [n, 3, 64, 64] uint8 and `classes` [n]: the class that covers most of the picture."""
    seed, count = task
    rng = random.Random(seed)
    images, classes = [], []
    while len(images) < count:
        picture = render(random_scene(rng, bare_share=0.5), rng.randrange(1 << 30))
        area: dict[int, int] = {}
        for instance in picture.instances:
            area[instance.label] = area.get(instance.label, 0) + int(instance.mask.sum())
        most, *others = sorted(area.items(), key=lambda item: -item[1])
        if others and most[1] < _CLEAR_LEAD * others[0][1]:
            continue
        images.append(_channels_first(picture.pixels))
        classes.append(most[0])
    return {"images": torch.stack(images), "classes": torch.tensor(classes)}


def render_instances(task: tuple[int, int], draw: Callable[[random.Random], Scene] = random_scene) -> dict:
    """`images` [n, 3, 64, 64] uint8, `owners` [n, 64, 64] uint8 (0, or 1 + the index of the shape that is visible
    there) and the shapes' `labels` [n, 8] int64, padded with -1."""
    seed, count = task
    rng = random.Random(seed)
    images, owners, labels = [], [], torch.full((count, MOST_SHAPES), -1)
    for row in range(count):
        picture = render(draw(rng), rng.randrange(1 << 30))
        images.append(_channels_first(picture.pixels))
        masks = [(i + 1) * instance.mask for i, instance in enumerate(picture.instances)]
        owners.append(torch.from_numpy(sum(masks).astype(np.uint8)))
        labels[row, : len(masks)] = torch.tensor([instance.label for instance in picture.instances])
    return {"images": torch.stack(images), "owners": torch.stack(owners), "labels": labels}


def render_hard_instances(task: tuple[int, int]) -> dict:
    """The same for scenes with shapes behind or inside others."""
    return render_instances(task, lambda rng: scene_with(rng, rng.choice((*OVERLAPPING, "inside"))))


def make_set(path: Path, draw: Callable[[tuple[int, int]], dict], seed: int, count: int) -> None:
    """Renders `count` samples with one of the functions above, unless the file exists."""
    if path.exists():
        return
    with Pool(initializer=torch.set_num_threads, initargs=(1,)) as pool:  # with threads, a forked OpenMP hangs
        parts = pool.map(draw, [(seed + i, CHUNK) for i in range(count // CHUNK)], chunksize=1)
    whole = {
        key: torch.cat([part[key] for part in parts])
        if isinstance(value, torch.Tensor)
        else [row for part in parts for row in part[key]]
        for key, value in parts[0].items()
    }
    torch.save(whole, path)


def grid_of(instances: list[Instance], side: int) -> torch.Tensor:
    """[8, 8] uint8: 0, or 1 + the label of the shape whose centre lies in the cell."""
    grid = torch.zeros(GRID, GRID, dtype=torch.uint8)
    for instance in instances:
        x, y = (min(GRID - 1, max(0, int(v * GRID / side))) for v in instance.centre)
        grid[y, x] = 1 + instance.label
    return grid


def _render_all(rng: random.Random, scenes: list[Scene]) -> dict:
    images, grids = [], []
    for scene in scenes:
        picture = render(scene, rng.randrange(1 << 30))
        images.append(_channels_first(picture.pixels))
        grids.append(grid_of(picture.instances, picture.pixels.shape[0]))
    return {"images": torch.stack(images), "grids": torch.stack(grids), "scenes": [_plain(s) for s in scenes]}


def _channels_first(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(through_jpeg(pixels).copy()).permute(2, 0, 1).contiguous()


def _plain(scene: Scene) -> tuple:
    first, relation, second = scene
    return tuple(first), relation, tuple(second) if second else None
