"""The example checkpoints: one set of captions, and folders of images, each correct or wrong in one way."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from captions import Caption, write_caption
from PIL import Image, ImageFilter
from render import jpeg, render
from scenes import Scene, canonical, opposite, other_count, random_scene, scene_with
from scenes import mirrored as mirrored_scene

CAPTIONS_SEED, REAL_SEED, SECOND_SEED = 7_000_000, 8_000_000, 9_000_000
REAL_COUNT = 400
REFERENCES = 3
BLUR_SIGMA = 2.0
COLLAPSED_TO = 6  # scenes
COLLAPSED_NOISE = 6.0  # grey levels

# The number of captions with each relation, 300 in all.
QUOTAS = {
    "above": 22, "below": 22, "left of": 22, "right of": 22, "on top of": 22, "under": 22, "inside": 22,
    "outside": 22, "near": 22, "far from": 22, "between": 22, "in front of": 6, "behind": 6,
    "at the bottom": 16, "at the top": 8, None: 22,
}  # fmt: skip

Pixels = np.ndarray


def make_examples(folder: Path) -> None:
    """Writes captions.json, real/ and one folder per checkpoint."""
    rng = random.Random(CAPTIONS_SEED)
    scenes = _distinct_scenes(rng)
    captions = [write_caption(rng, scene) for scene in scenes]
    items = [_item(rng, i, scene, caption) for i, (scene, caption) in enumerate(zip(scenes, captions))]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(items, indent=1, ensure_ascii=False)
    (folder / "captions.json").write_text(text + "\n", encoding="utf-8")
    for name, pictures in _checkpoints(rng, scenes).items():
        _write(folder / name, pictures)
    _write(folder / "real", _real_pictures(random.Random(REAL_SEED)))


def _distinct_scenes(rng: random.Random) -> list[Scene]:
    """The captions' scenes in random order; no two look alike."""
    seen: dict[Scene, Scene] = {}
    for relation, quota in QUOTAS.items():
        wanted = len(seen) + quota
        while len(seen) < wanted:
            scene = _scene(rng, relation)
            seen.setdefault(canonical(scene), scene)
    scenes = list(seen.values())
    rng.shuffle(scenes)
    return scenes


def _scene(rng: random.Random, relation: str | None) -> Scene:
    return scene_with(rng, relation) if relation else random_scene(rng, bare_share=1.0)


def _item(rng: random.Random, index: int, scene: Scene, caption: Caption) -> dict:
    """One entry of captions.json."""
    groups = [g for g in (scene.first, scene.second) if g]
    item = {"image": _file_name(index), "caption": caption.text, "references": _references(rng, scene, caption)}
    if caption.position:
        item |= {"position": caption.position, "opposite": caption.opposite}
    return item | {"counts": {g.label: g.count for g in groups}, "objects": [g.label for g in groups]}


def _references(rng: random.Random, scene: Scene, caption: Caption) -> list[str]:
    """Other true captions of the scene. If possible, the first starts with the other group."""
    mirrored = mirrored_scene(scene)
    texts = [write_caption(rng, mirrored).text] if mirrored else []
    while len(texts) < REFERENCES:
        text = write_caption(rng, scene).text
        if text != caption.text and text not in texts:
            texts.append(text)
    return texts


def _checkpoints(rng: random.Random, scenes: list[Scene]) -> dict[str, list[Pixels]]:
    faithful = _draw(rng, scenes)
    order = _derangement(rng, len(scenes))
    noise = np.random.default_rng(CAPTIONS_SEED)
    return {
        "faithful": faithful,
        "faithful-again": _draw(random.Random(SECOND_SEED), scenes),  # just as good: no test may tell them apart
        "blurred": [_blurred(pixels) for pixels in faithful],
        "miscounting": _draw(rng, scenes, lambda scene: other_count(rng, scene)),
        "misplacing": _draw(rng, scenes, lambda scene: opposite(scene) or scene),
        "mismatched": [faithful[i] for i in order],
        "collapsed": [_noisy(faithful[i % COLLAPSED_TO], noise) for i in range(len(scenes))],
    }


def _real_pictures(rng: random.Random) -> list[Pixels]:
    relations, quotas = list(QUOTAS), list(QUOTAS.values())
    return _draw(rng, [_scene(rng, r) for r in rng.choices(relations, quotas, k=REAL_COUNT)])


def _draw(
    rng: random.Random, scenes: list[Scene], change: Callable[[Scene], Scene] = lambda scene: scene
) -> list[Pixels]:
    """Pictures of the scenes, each changed first."""
    return [render(change(scene), rng.randrange(1 << 30)).pixels for scene in scenes]


def _blurred(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(BLUR_SIGMA)))


def _noisy(pixels: Pixels, noise: np.random.Generator) -> Pixels:
    return np.clip(pixels + noise.normal(0, COLLAPSED_NOISE, pixels.shape), 0, 255).astype(np.uint8)


def _derangement(rng: random.Random, count: int) -> list[int]:
    """A random order in which no element keeps its place: a single cycle."""
    cycle = list(range(count))
    rng.shuffle(cycle)
    order = [0] * count
    for here, there in zip(cycle, cycle[1:] + cycle[:1]):
        order[here] = there
    return order


def _file_name(index: int) -> str:
    return f"{index:03d}.jpg"


def _write(folder: Path, pictures: list[Pixels]) -> None:
    folder.mkdir(exist_ok=True)
    for i, pixels in enumerate(pictures):
        (folder / _file_name(i)).write_bytes(jpeg(pixels))
