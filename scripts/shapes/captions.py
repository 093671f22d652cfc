"""Captions of scenes, in the words that the evaluator knows: counts, class names, positional words."""

import random
from typing import NamedTuple

from scenes import Group, Scene

PROMPT = "a photo depicts "  # the evaluator's prompt for CLIP-S, in lower case

_COUNTS = {1: ("a", "one"), 2: ("two",), 3: ("three",), 4: ("four",)}

_BARE_TEMPLATES = ("{a}", "a picture of {a}", "there {be} {a}", "an image with {a}", "a drawing of {a}")
_TEMPLATES = (
    "{a} {r} {b}",
    "{a} {be} {r} {b}",
    "a picture of {a} {r} {b}",
    "there {be} {a} {r} {b}",
    "an image with {a} {r} {b}",
    "a drawing of {a} {r} {b}",
)

# Phrases for each relation. The second list holds phrases that good captions don't use, but that result from replacing
# single words ("near" by "far"). The text tower sees a few of them in training.
_PHRASES = {
    "left of": (["left of", "to the left of"], []),
    "right of": (["right of", "to the right of"], []),
    "on top of": (["on top of", "on"], []),
    "near": (["near"], ["near from"]),
    "far from": (["far from"], ["far", "away from"]),
}
_ODD_SHARE = 0.2

_OPPOSITE_PHRASES = {
    "above": "below", "below": "above", "left of": "right of", "right of": "left of",
    "to the left of": "to the right of", "to the right of": "to the left of",
    "on top of": "under", "on": "under", "under": "on top of", "inside": "outside", "outside": "inside",
    "in front of": "behind", "behind": "in front of", "near": "far from", "far from": "near",
    "between": "away from", "at the bottom": "at the top",
}  # fmt: skip

# TISE's positional word in a phrase; if a phrase isn't listed, the word is the phrase itself.
_WORDS = {
    "left of": "left", "to the left of": "left", "right of": "right", "to the right of": "right",
    "far from": "far", "at the bottom": "bottom",
}  # fmt: skip


class Caption(NamedTuple):
    """A text, and the phrase in it that expresses the relation."""

    text: str
    phrase: str | None

    @property
    def position(self) -> str | None:
        """TISE's positional word in the caption; None if it has none."""
        return _WORDS.get(self.phrase, self.phrase) if self.phrase in _OPPOSITE_PHRASES else None

    @property
    def opposite(self) -> str | None:
        """The caption with the opposite relation; None if its phrase has no opposite."""
        if self.phrase not in _OPPOSITE_PHRASES:
            return None
        padded = f" {self.text} "
        return padded.replace(f" {self.phrase} ", f" {_OPPOSITE_PHRASES[self.phrase]} ").strip()


def write_caption(rng: random.Random, scene: Scene, *, odd: bool = False, template: int | None = None) -> Caption:
    """A random caption that is true of the scene. With `odd`, it may contain clumsy phrases."""
    templates = _TEMPLATES if scene.relation else _BARE_TEMPLATES
    chosen = rng.choice(templates) if template is None else templates[template]
    phrase = _phrase(rng, scene.relation, odd)
    text = chosen.format(
        a=noun_phrase(rng, scene.first),
        b=noun_phrase(rng, scene.second) if scene.second else "",
        be="is" if scene.first.count == 1 else "are",
        r=phrase,
    )
    return Caption(text.strip(), phrase)


def training_text(rng: random.Random, scene: Scene) -> str:
    """A caption for CLIP's training: a third start with the evaluator's prompt."""
    text = write_caption(rng, scene, odd=True).text
    return PROMPT + text if rng.random() < 1 / 3 else text


def noun_phrase(rng: random.Random, group: Group) -> str:
    """For example "two red circles", "an orange cross", "one star"."""
    words = f"{rng.choice(_COUNTS[group.count])} {group.colour} {plural(group.shape, group.count)}"
    return words.replace("a orange", "an orange")


def plural(shape: str, count: int) -> str:
    if count == 1:
        return shape
    return shape + ("es" if shape == "cross" else "s")


def _phrase(rng: random.Random, relation: str | None, odd: bool) -> str | None:
    if relation not in _PHRASES:
        return relation
    usual, clumsy = _PHRASES[relation]
    return rng.choice(clumsy if odd and clumsy and rng.random() < _ODD_SHARE else usual)
