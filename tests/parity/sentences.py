"""Captions and references for the photographs: short, long, longer than CLIP's 77 tokens, and not all plain ASCII."""

from __future__ import annotations

import numpy as np

NAMES = {
    "astronaut": ("an astronaut in an orange suit", "a smiling woman before a flag"),
    "chelsea": ("a tabby cat", "the face of a ginger cat, very close"),
    "coffee": ("a cup of coffee on a saucer", "an espresso and a spoon"),
    "rocket": ("a rocket on its launch pad", "a white rocket at night"),
    "motorcycle": ("a red motorcycle in a garage", "two wheels and an engine"),
    "hubble": ("a field of distant galaxies", "stars on a black sky"),
    "retina": ("the back of an eye", "blood vessels of a retina"),
    "ihc": ("stained tissue under a microscope", "brown and blue cells"),
    "camera": ("a man with a camera on a tripod", "a photographer in a park"),
    "coins": ("old coins in rows", "Greek coins from Pompeii"),
    "moon": ("the surface of the moon", "craters of the moon"),
    "brick": ("a wall of bricks", "bricks and mortar"),
    "grass": ("blades of grass", "a lawn from above"),
    "gravel": ("gravel", "small stones on the ground"),
    "china": ("a Chinese temple", "the roofs of the Summer Palace in Beijing"),
    "flower": ("an orange dahlia", "a flower in bloom"),
}
MANNERS = (
    "{}", "A photo of {}.", "{}, seen from the LEFT", "Close-up: {} & nothing else", "it's {}, isn't it?",
    "“{}” – naïve café-style snapshot…", "{} 📷✨ 写真", "{} &amp; its shadow", "  {}   on\ta   cloudy day ",
    "{} at 1/250 s, f/2.8, ISO 1600 (3 of 24)", "ein Foto: {}, Größe 12 ½ cm", "Фотография: {}", "ﬁne grain, {}",
    "Ｆｕｌｌ width {}", "l'été, {} déjà vu", "{}!!! #nofilter @home_99",
)
ADDITIONS = ("blurred", "in the evening light", "with a little noise", "cropped at the edge", "a bit overexposed",
             "before a dark background", "as somebody saw it in 1987", "with strong contrast", "half hidden", "tilted",
             "from far away", "on an old print", "slightly out of focus", "without any people", "in someone's archive")


def sentence(subject: str, index: int, rng: np.random.Generator) -> str:
    text = MANNERS[index % len(MANNERS)].format(NAMES[subject][int(rng.integers(2))])
    if index % 13 == 4:  # longer than CLIP's context: it is cut
        return text + "".join(f", {ADDITIONS[i]}" for i in rng.permutation(len(ADDITIONS))) + ", " + text
    count = int(rng.integers(0, 4))
    return text + "".join(f", {ADDITIONS[i]}" for i in rng.choice(len(ADDITIONS), count, replace=False))


def captions(subjects: dict[str, str], seed: int) -> dict[str, str]:
    rng = np.random.default_rng(seed)
    return {stem: sentence(subject, index, rng) for index, (stem, subject) in enumerate(subjects.items())}


def references(subjects: dict[str, str], seed: int) -> dict[str, list[str]]:
    """One to four references per image."""
    rng = np.random.default_rng(seed)
    return {stem: [sentence(subject, 5 * index + 3 * i + 1, rng) for i in range(1 + index % 4)]
            for index, (stem, subject) in enumerate(subjects.items())}
