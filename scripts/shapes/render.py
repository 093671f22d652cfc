"""Renders scenes as pictures, with the ground truth for a detector."""

import io
import math
import random
from typing import NamedTuple

import numpy as np
from layout import SIDE, Spot, place
from PIL import Image, ImageDraw
from scenes import COLOURS, LABELS, Group, Scene

_OVERSAMPLING = 3  # drawn larger by this factor, then averaged, for smooth edges
_JPEG = {"format": "JPEG", "quality": 92, "subsampling": 0}


class Instance(NamedTuple):
    """One shape: label (index into LABELS), center (x, y), box (left, top, right, bottom), mask [64, 64] bool.

    Box and mask cover the visible part of the shape. The box is None if nothing is visible.
    """

    label: int
    centre: tuple[float, float]
    box: tuple[int, int, int, int] | None
    mask: np.ndarray


class Picture(NamedTuple):
    """Pixels [64, 64, 3] uint8 and the shapes in them, in drawing order."""

    pixels: np.ndarray
    instances: list[Instance]


def render(scene: Scene, seed: int) -> Picture:
    """Draws the scene; the seed decides everything that the scene leaves open."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    shapes = _drawing_order(rng, scene)
    image = _background(noise)
    ids = Image.new("L", image.size, 0)
    draw, draw_id = ImageDraw.Draw(image), ImageDraw.Draw(ids)
    for i, (spot, group) in enumerate(shapes):
        corners = _corners(group.shape, spot, rng.uniform(-0.2, 0.2))
        fill = tuple(int(np.clip(v + rng.uniform(-22, 22), 0, 255)) for v in COLOURS[group.colour])
        _draw_shape(draw, corners, fill=fill, outline=tuple(int(v * 0.55) for v in fill))
        _draw_shape(draw_id, corners, fill=i + 1)
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    pixels = pixels + noise.normal(0, noise.uniform(1, 5), pixels.shape)
    visible = np.asarray(ids.resize((SIDE, SIDE), Image.Resampling.NEAREST))
    instances = [_instance(spot, group, visible == i + 1) for i, (spot, group) in enumerate(shapes)]
    return Picture(np.clip(pixels, 0, 255).astype(np.uint8), instances)


def jpeg(pixels: np.ndarray) -> bytes:
    """The pixels [H, W, 3] uint8 as the examples store them."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, **_JPEG)
    return buffer.getvalue()


def through_jpeg(pixels: np.ndarray) -> np.ndarray:
    """The pixels after saving and loading as JPEG, so that training sees what evaluation sees."""
    return np.asarray(Image.open(io.BytesIO(jpeg(pixels))))


def _drawing_order(rng: random.Random, scene: Scene) -> list[tuple[Spot, Group]]:
    first, second = place(rng, scene)
    ours = [(spot, scene.first) for spot in first]
    theirs = [(spot, scene.second) for spot in second]
    shapes = ours + theirs if scene.relation == "behind" else theirs + ours
    if scene.relation not in ("inside", "in front of", "behind"):
        rng.shuffle(shapes)
    return shapes


def _background(noise: np.random.Generator) -> Image.Image:
    """A soft, almost grey texture, at drawing size."""
    cells = int(noise.integers(3, 9))
    grey = noise.uniform(70, 200) + noise.normal(0, 25, (cells, cells, 1))
    tint = noise.normal(0, 10, (cells, cells, 3))
    coarse = Image.fromarray(np.clip(grey + tint, 0, 255).astype(np.uint8))
    return coarse.resize((SIDE * _OVERSAMPLING,) * 2, Image.Resampling.BICUBIC)


def _corners(shape: str, spot: Spot, rotation: float) -> list[tuple[float, float]]:
    """The shape's corners at drawing size; for a circle, the corners of its bounding box."""
    x, y, r = (v * _OVERSAMPLING for v in spot)
    r *= 0.92
    if shape == "circle":
        return [(x - r, y - r), (x + r, y + r)]
    if shape == "diamond":  # stays upright, or it would be a square
        return [(x, y - 1.15 * r), (x + 0.8 * r, y), (x, y + 1.15 * r), (x - 0.8 * r, y)]
    if shape == "cross":
        arm, end = 0.38 * r, 1.05 * r
        quarter = [(-arm, -end), (arm, -end), (arm, -arm)]
        corners = [_turn(p, k * math.pi / 2) for k in range(4) for p in quarter]
        return [_shift(_turn(p, rotation), x, y) for p in corners]
    if shape == "square":
        polar = [(math.pi / 4 + i * math.pi / 2, 1.2 * r) for i in range(4)]
    elif shape == "triangle":
        polar = [(-math.pi / 2 + i * 2 * math.pi / 3, 1.2 * r) for i in range(3)]
        y += 0.2 * r
    else:  # star
        polar = [(-math.pi / 2 + i * math.pi / 5, 1.15 * r if i % 2 == 0 else 0.5 * r) for i in range(10)]
    return [(x + q * math.cos(t + rotation), y + q * math.sin(t + rotation)) for t, q in polar]


def _turn(point: tuple[float, float], angle: float) -> tuple[float, float]:
    c, s = math.cos(angle), math.sin(angle)
    return point[0] * c - point[1] * s, point[0] * s + point[1] * c


def _shift(point: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    return point[0] + x, point[1] + y


def _draw_shape(draw: ImageDraw.ImageDraw, corners: list[tuple[float, float]], **colours) -> None:
    if len(corners) == 2:
        draw.ellipse([*corners[0], *corners[1]], **colours)
    else:
        draw.polygon(corners, **colours)


def _instance(spot: Spot, group: Group, mask: np.ndarray) -> Instance:
    rows, columns = np.where(mask)
    box = None
    if rows.size:
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return Instance(LABELS.index(group.label), (spot.x, spot.y), box, mask)
