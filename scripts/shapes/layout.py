"""Places the shapes of a scene: each relation has a function that places both groups in the 64×64 picture."""

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from scenes import PLACES, Scene

SIDE = 64

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Spot(NamedTuple):
    """Center and radius of one shape, in pixels."""

    x: float
    y: float
    radius: float


Spots = list[Spot]

_RADIUS = {1: (7, 11), 2: (6.5, 9.5), 3: (6, 8), 4: (5.5, 7)}  # by count, for a group that has half of the picture


def place(rng: random.Random, scene: Scene) -> tuple[Spots, Spots]:
    """Spots of the first and second group (empty without one)."""
    if scene.relation is None:
        radius = rng.uniform(6, 12 if scene.first.count < 3 else 9)
        return _scatter(rng, scene.first.count, (0, 0, SIDE, SIDE), radius), []
    if scene.relation in PLACES:
        top = _scatter(rng, scene.first.count, (0, 0, SIDE, 27), _radius(rng, scene.first.count))
        return (top if scene.relation == "at the top" else _flip(top)), []
    return _LAYOUTS[scene.relation](rng, scene.first.count, scene.second.count)


def _scatter(
    rng: random.Random, count: int, box: Box, radius: float, gap: float = 1.15,
    allowed: Callable[[float, float], bool] = lambda x, y: True,
) -> Spots:  # fmt: skip
    """`count` separate spots in the box. They shrink if they don't fit."""
    left, top, right, bottom = box
    while True:
        spots: Spots = []
        margin = radius * 1.2
        for _ in range(30 * count):
            x = rng.uniform(left + margin, max(left + margin, right - margin))
            y = rng.uniform(top + margin, max(top + margin, bottom - margin))
            apart = all(math.hypot(x - s.x, y - s.y) > 2 * radius * gap for s in spots)
            if apart and allowed(x, y):
                spots.append(Spot(x, y, radius))
                if len(spots) == count:
                    return spots
        radius *= 0.97


def _radius(rng: random.Random, count: int) -> float:
    return rng.uniform(*_RADIUS[count])


def _flip(spots: Spots) -> Spots:
    return [Spot(x, SIDE - y, r) for x, y, r in spots]


def _transpose(spots: Spots) -> Spots:
    return [Spot(y, x, r) for x, y, r in spots]


def _above(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    border = rng.uniform(0.46, 0.54) * SIDE
    inset = {True: 10, False: 0}  # a single shape stays clear of the corners
    upper = (inset[first == 1], 0, SIDE - inset[first == 1], border - 1)
    lower = (inset[second == 1], border + 1, SIDE - inset[second == 1], SIDE)
    return _scatter(rng, first, upper, _radius(rng, first)), _scatter(rng, second, lower, _radius(rng, second))


def _below(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    a, b = _above(rng, first, second)
    return _flip(a), _flip(b)


def _left(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    a, b = _above(rng, first, second)
    return _transpose(a), _transpose(b)


def _right(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    a, b = _below(rng, first, second)
    return _transpose(a), _transpose(b)


def _on_top(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    """Two touching rows."""
    radius = rng.uniform(6, 9 if max(first, second) < 3 else 8)
    x, y = rng.uniform(28, 36), rng.uniform(22, 42)

    def row(count: int, height: float) -> Spots:
        return [Spot(x + (i - (count - 1) / 2) * 2.3 * radius, height, radius) for i in range(count)]

    return row(first, y - radius), row(second, y + radius)


def _under(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    b, a = _on_top(rng, second, first)
    return a, b


def _inside(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    outer = Spot(rng.uniform(28, 36), rng.uniform(28, 36), rng.uniform(23, 26))
    radius = rng.uniform(5, 7 if first > 1 else 8.5)
    if first == 1:
        return [Spot(outer.x + rng.uniform(-3, 3), outer.y + rng.uniform(-3, 3), radius)], [outer]
    half = outer.radius * 0.55
    box = (outer.x - half, outer.y - half, outer.x + half, outer.y + half)
    return _scatter(rng, first, box, radius), [outer]


def _outside(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    big = Spot(rng.uniform(24, 40), rng.uniform(24, 40), rng.uniform(12, 16))
    radius = rng.uniform(5, 7)
    clearance = 1.25 * (big.radius + radius)

    def allowed(x: float, y: float) -> bool:
        return math.hypot(x - big.x, y - big.y) > clearance

    return _scatter(rng, first, (0, 0, SIDE, SIDE), radius, allowed=allowed), [big]


def _overlapping(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    """Smaller shapes across the edge of a large one. The order of drawing decides which is in front."""
    big = Spot(rng.uniform(26, 38), rng.uniform(26, 38), rng.uniform(12, 15))
    radius, angle, reach = rng.uniform(8, 10), rng.uniform(0, 2 * math.pi), 0.85 * big.radius
    angles = [angle + i * math.pi for i in range(first)]
    return [Spot(big.x + reach * math.cos(a), big.y + reach * math.sin(a), radius) for a in angles], [big]


def _near(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    """One cluster, cut in two across a random direction."""
    half = 18 if max(first, second) > 1 else 12
    x, y = rng.uniform(20, 44), rng.uniform(20, 44)
    spots = _scatter(rng, first + second, (x - half, y - half, x + half, y + half), rng.uniform(5, 7), gap=1.12)
    angle = rng.uniform(0, 2 * math.pi)
    spots.sort(key=lambda s: s.x * math.cos(angle) + s.y * math.sin(angle))
    return spots[:first], spots[first:]


def _far(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    """Opposite corners."""
    radius = rng.uniform(5, 6.5)
    corner = rng.randrange(4)

    def cluster(count: int, corner: int) -> Spots:
        size = 26 if count > 1 else 18
        left = SIDE - size if corner in (1, 2) else 0
        top = SIDE - size if corner in (2, 3) else 0
        return _scatter(rng, count, (left, top, left + size, top + size), radius)

    return cluster(first, corner), cluster(second, (corner + 2) % 4)


def _between(rng: random.Random, first: int, second: int) -> tuple[Spots, Spots]:
    radius, line, gap = rng.uniform(5.5, 7.5), rng.uniform(24, 40), rng.uniform(20, 23)
    middle = SIDE / 2
    outer = [Spot(middle + side * gap, line + rng.uniform(-3, 3), radius) for side in (-1, 1)]
    if first == 1:
        inner = [Spot(middle + rng.uniform(-3, 3), line, radius)]
    else:
        inner = [Spot(middle, line + side * 1.2 * radius, radius) for side in (-1, 1)]
    return (inner, outer) if rng.random() < 0.5 else (_transpose(inner), _transpose(outer))


_LAYOUTS = {
    "above": _above, "below": _below, "left of": _left, "right of": _right, "on top of": _on_top,
    "under": _under, "inside": _inside, "outside": _outside, "in front of": _overlapping,
    "behind": _overlapping, "near": _near, "far from": _far, "between": _between,
}  # fmt: skip
