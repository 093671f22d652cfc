"""Crops of the photographs in the packages of scikit-image and scikit-learn, as PNG and JPEG files of mixed sizes.

Nothing is downloaded. The files include cases that are hard for decoders and resizers: portrait and landscape formats,
crops of a few pixels, gray pictures, progressive JPEGs, every chroma subsampling, JPEGs with an EXIF orientation.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage
import sklearn.datasets
from PIL import Image, ImageEnhance, ImageFilter

IN_SKIMAGE = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png",
              "hubble_deep_field.jpg", "retina.jpg", "ihc.png", "camera.png", "coins.png", "moon.png", "brick.png",
              "grass.png", "gravel.png")
IN_SKLEARN = ("china.jpg", "flower.jpg")

TINY = range(5, 24)
USUAL = range(48, 280)
LARGE = range(280, 401)
SHARED_SIZE = 200, 150
ORIENTATION = 0x0112  # EXIF tag; the peers ignore it


@dataclass(frozen=True)
class Photograph:
    subject: str  # `coffee`
    picture: Image.Image


def photographs() -> list[Photograph]:
    folders = ((Path(skimage.__file__).parent / "data", IN_SKIMAGE),
               (Path(sklearn.datasets.__file__).parent / "images", IN_SKLEARN))
    paths = [folder / name for folder, names in folders for name in names]
    return [Photograph(path.stem.split("_")[0], Image.open(path).convert("RGB")) for path in paths]


def side(index: int, rng: np.random.Generator, longest: int) -> int:
    lengths = TINY if index % 29 == 7 else LARGE if index % 9 == 4 else USUAL
    return min(int(rng.choice(lengths)), longest)


def crop(picture: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    width, height = size
    left = int(rng.integers(picture.width - width + 1))
    top = int(rng.integers(picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def generated(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Makes a picture softer, paler and off in color, so that the two sets differ and FID isn't near 0."""
    picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.5))))
    picture = ImageEnhance.Color(picture).enhance(float(rng.uniform(0.3, 1.2)))
    red, green, blue = picture.split()
    return Image.merge("RGB", (red.point(lambda v: 0.85 * v + 30), green, blue.point(lambda v: 0.9 * v)))


def save(picture: Image.Image, folder: Path, stem: str, index: int, rng: np.random.Generator) -> None:
    if index % 7 == 3:
        picture = picture.convert("L")
    if index % 2 == 0:
        picture.save(folder / f"{stem}.png")
        return
    exif = Image.Exif()
    if index % 11 == 5:
        exif[ORIENTATION] = 6
    picture.save(folder / f"{stem}.{'jpeg' if index % 5 == 1 else 'jpg'}", quality=int(rng.integers(40, 99)),
                 progressive=index % 3 == 1, subsampling=("4:2:0", "4:4:4", "4:2:2")[index // 2 % 3], exif=exif)


def write_set(folder: Path, count: int, seed: int, as_generated: bool,
              one_size: frozenset[str] = frozenset()) -> dict[str, str]:
    """Writes `count` crops; those of subjects in `one_size` have size `SHARED_SIZE`. Returns {file stem: subject}."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    sources = photographs()
    subjects = {}
    for index in range(count):
        source = sources[int(rng.integers(len(sources)))]
        picture = source.picture
        size = side(index, rng, picture.width), side(index, rng, picture.height)
        picture = crop(picture, SHARED_SIZE if source.subject in one_size else size, rng)
        stem = f"{source.subject}-{index:04d}"
        save(generated(picture, rng) if as_generated else picture, folder, stem, index, rng)
        subjects[stem] = source.subject
    return subjects


def swap_channels(source: Path, target: Path) -> None:
    """Writes the same pictures with red and blue exchanged: what a program sees that confuses BGR with RGB."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        red, green, blue = Image.open(path).convert("RGB").split()
        Image.merge("RGB", (blue, green, red)).save(target / f"{path.stem}.png")
