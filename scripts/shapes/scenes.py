"""The demo world: what a scene is, how one is sampled, and which scenes are nearly the same.

A scene has one or two groups of equal shapes and a relation of the first group to the second, for example "two red
circles above a blue square". Two relations, "at the top" and "at the bottom", have no second group.
"""

import random
from typing import NamedTuple

SHAPES = ("circle", "square", "triangle", "star", "cross", "diamond")
COLOURS = {
    "red": (220, 40, 40),
    "green": (50, 170, 60),
    "blue": (50, 80, 220),
    "yellow": (235, 215, 50),
    "purple": (150, 60, 180),
    "orange": (245, 140, 30),
}
COLOUR_NAMES = tuple(COLOURS)

# The 36 classes of the classifier and the detector.
LABELS = tuple(f"{colour} {shape}" for shape in SHAPES for colour in COLOUR_NAMES)

_PAIRS = (
    ("above", "below"),
    ("left of", "right of"),
    ("on top of", "under"),
    ("inside", "outside"),
    ("in front of", "behind"),
    ("near", "far from"),
    ("at the top", "at the bottom"),
)
OPPOSITE = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
RELATIONS = (*OPPOSITE, "between")
PLACES = ("at the top", "at the bottom")  # relations without a second group
DIRECTIONS = ("above", "below", "left of", "right of")

# "X below Y" and "Y above X" show the same; canonical scenes use the second word of each pair.
_MIRRORED = {"below": "above", "right of": "left of", "under": "on top of", "behind": "in front of"}
_SYMMETRIC = ("near", "far from")
CANONICAL_RELATIONS = tuple(r for r in RELATIONS if r not in _MIRRORED)

# The largest counts of the first and second group that fit into the picture.
MAX_COUNTS = {
    None: (4, 0), "at the top": (4, 0), "at the bottom": (4, 0),
    "above": (4, 4), "below": (4, 4), "left of": (4, 4), "right of": (4, 4),
    "on top of": (3, 3), "under": (3, 3), "near": (3, 3), "far from": (3, 3),
    "inside": (3, 1), "outside": (3, 1), "in front of": (2, 1), "behind": (2, 1), "between": (2, 2),
}  # fmt: skip
OVERLAPPING = ("in front of", "behind")
_CONTAINING = ("inside", "outside")  # the second shape must be able to hold others
_CONTAINERS = ("circle", "square", "diamond")
_COLOURS_DIFFER = (*_CONTAINING, *OVERLAPPING)  # otherwise the shapes could not be told apart


class Group(NamedTuple):
    """`count` equal shapes."""

    count: int
    colour: str
    shape: str

    @property
    def label(self) -> str:
        return f"{self.colour} {self.shape}"


class Scene(NamedTuple):
    """What a picture shows. `relation` is None, a place (then `second` is None), or that of `first` to `second`."""

    first: Group
    relation: str | None
    second: Group | None


def is_drawable(scene: Scene) -> bool:
    """Whether the two groups can be told apart, and the second can hold the first if it must."""
    first, relation, second = scene
    if second is None:
        return relation is None or relation in PLACES
    if first.label == second.label:
        return False
    if relation in _CONTAINING and second.shape not in _CONTAINERS:
        return False
    return not (relation in _COLOURS_DIFFER and first.colour == second.colour)


def random_scene(rng: random.Random, bare_share: float = 0.2) -> Scene:
    """A random scene. A share of `bare_share` has a single group and no relation. Directions are more frequent."""
    if rng.random() < bare_share:
        return Scene(_random_group(rng, 4), None, None)
    return scene_with(rng, rng.choice(RELATIONS + (DIRECTIONS if rng.random() < 0.4 else ())))


def scene_with(rng: random.Random, relation: str) -> Scene:
    """A random scene with this relation."""
    first_max, second_max = MAX_COUNTS[relation]
    if relation in PLACES:
        return Scene(_random_group(rng, first_max), relation, None)
    while True:
        second = _random_group(rng, second_max)
        if relation == "between":
            second = second._replace(count=2)
        scene = Scene(_random_group(rng, first_max), relation, second)
        if is_drawable(scene):
            return scene


def canonical(scene: Scene) -> Scene:
    """The one scene that represents all scenes with the same pictures."""
    first, relation, second = scene
    if relation in _MIRRORED:
        return Scene(second, _MIRRORED[relation], first)
    if relation in _SYMMETRIC and second < first:
        return Scene(second, relation, first)
    return scene


def mirrored(scene: Scene) -> Scene | None:
    """The same picture described from the second group ("below" for "above"); None if no word says that."""
    pairs = _MIRRORED | {word: mirror for mirror, word in _MIRRORED.items()}
    if scene.relation not in pairs or scene.relation in OVERLAPPING:
        return None
    return Scene(scene.second, pairs[scene.relation], scene.first)


def opposite(scene: Scene) -> Scene | None:
    """The same groups with the opposite relation; None if it has no opposite."""
    if scene.relation == "between":
        return scene._replace(relation="far from")
    return scene._replace(relation=OPPOSITE[scene.relation]) if scene.relation in OPPOSITE else None


def other_count(rng: random.Random, scene: Scene) -> Scene:
    """The same scene with a different count in one group."""
    first_max, second_max = MAX_COUNTS[scene.relation]
    limits = {"first": first_max, "second": 1 if scene.relation == "between" else second_max}
    which = rng.choice([name for name, limit in limits.items() if limit > 1])
    group = getattr(scene, which)
    counts = [n for n in range(1, limits[which] + 1) if n != group.count]
    return scene._replace(**{which: group._replace(count=rng.choice(counts))})


def other_attribute(rng: random.Random, scene: Scene, attribute: str) -> Scene:
    """The same scene with a different `colour` or `shape` in one group."""
    values = COLOUR_NAMES if attribute == "colour" else SHAPES
    while True:
        which = rng.choice(("first", "second")) if scene.second else "first"
        group = getattr(scene, which)
        value = rng.choice([v for v in values if v != getattr(group, attribute)])
        changed = scene._replace(**{which: group._replace(**{attribute: value})})
        if is_drawable(changed):
            return changed


def swapped(scene: Scene) -> Scene | None:
    """The same scene with the groups' colours and shapes exchanged; None if that isn't a different scene."""
    if scene.second is None:
        return None
    first, relation, second = scene
    other = Scene(second._replace(count=first.count), relation, first._replace(count=second.count))
    return other if canonical(other) != canonical(scene) else None


def family(rng: random.Random) -> list[Scene]:
    """A base scene and three with one change each: opposite relation, other count, other attribute."""
    base = random_scene(rng)
    attribute = "colour" if rng.random() < 0.4 else "shape"
    return [
        base,
        opposite(base) or other_count(rng, base),
        other_count(rng, base),
        other_attribute(rng, base, attribute),
    ]


def hard_negative(rng: random.Random, scene: Scene) -> Scene:
    """A scene that a careless reader would confuse with this one."""
    draw = rng.random()
    if draw < 0.4:
        other = opposite(scene)
    elif draw < 0.6:
        other = swapped(scene)
    elif draw < 0.8 or scene.relation in OVERLAPPING:
        other = other_attribute(rng, scene, "shape")
    else:
        other = other_count(rng, scene)
    if other is None or canonical(other) == canonical(scene):
        return other_attribute(rng, scene, "colour")
    return other


def _random_group(rng: random.Random, most: int) -> Group:
    return Group(rng.randint(1, most), rng.choice(COLOUR_NAMES), rng.choice(SHAPES))
