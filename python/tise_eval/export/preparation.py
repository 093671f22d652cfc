"""How images are prepared for a network: the `input` of a card, consisting of steps and a normalization.

    card_input(squash(224, "pillow-bicubic"), *IMAGENET)

Each step is a resize, a crop or a pad. Then the pixels are scaled to `range` and normalized to (x - mean) / std per
channel. Needs only Python's standard library.
"""

from __future__ import annotations

from .errors import fail

Steps = list[dict]
RANGES = ("0..1", "0..255")

FILTERS = ("pillow-box", "pillow-bilinear", "pillow-bicubic", "pillow-lanczos", "pillow-float-bicubic",
           "torch-bilinear", "torch-bicubic", "torch-bicubic-antialias", "tf1-bilinear")
OLD_FILTERS = {"pillow-bicubic-float": "pillow-float-bicubic"}  # names in cards without steps

# Mean and standard deviation per channel, for pixels in 0..1.
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
OPENAI = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])

# Widths and heights. If the steps give all of these the same size, they give every image that size.
WITNESSES = ((1237, 853), (853, 1237), (40, 61))


def squash(side: int, filter: str) -> Steps:
    """Resizes to a square, ignoring the aspect ratio."""
    return [{"resize": "box", "width": side, "height": side, "filter": filter}]


def center_crop(side: int, filter: str) -> Steps:
    """Resizes the shorter side to `side`, then crops the square in the middle. Used by CLIP, and by torchvision for
    most networks."""
    return [{"resize": "shorter", "size": side, "filter": filter}, {"crop": "center", "size": side}]


def square_first(side: int, filter: str) -> Steps:
    """Crops the square in the middle, rounding its corner down, then resizes it. Used by CMMD."""
    return [{"crop": "square", "offset": "floor"}, *squash(side, filter)]


def letterbox(side: int, filter: str, value: int = 0) -> Steps:
    """Resizes the longer side to `side`, then pads to a square with `value` (0..255, before the normalization)."""
    return [{"resize": "longer", "size": side, "filter": filter}, {"pad": "center", "size": side, "value": value}]


def card_input(steps: Steps, mean: list[float], std: list[float], pixels: str = "0..1") -> dict:
    """Makes a card's `input`. `pixels` is the range before the normalization: `0..1` or `0..255`. A network that takes
    images of any size has no steps."""
    return {"steps": steps, "range": pixels, "mean": list(mean), "std": list(std)}


def steps_of(given: dict) -> Steps:
    """The steps of a card's `input`. Older cards have `resize`, `fit`, `width` and `height` instead."""
    if "steps" in given:
        return given["steps"]
    filter = OLD_FILTERS.get(given["resize"], given["resize"])
    if given["fit"] == "shortest-side-center-crop":
        return center_crop(given["width"], filter)
    if given["fit"] == "stretch":
        return [{"resize": "box", "width": given["width"], "height": given["height"], "filter": filter}]
    return []


def size_of(given: dict) -> tuple[int, int] | None:
    """Width and height of every image after the steps of a card's `input`; None if they depend on the image. Raises
    ExportError for an unknown step."""
    steps = steps_of(given)
    sizes = {size_after(steps, *witness) for witness in WITNESSES}
    return sizes.pop() if len(sizes) == 1 else None


def size_after(steps: Steps, width: int, height: int) -> tuple[int, int]:
    """The width and height of an image after the steps."""
    for step in steps:
        try:
            width, height = size_after_one(step, width, height)
        except (KeyError, TypeError):
            fail(f"input: {step}: not a step; make steps with the functions of tise_eval.export.preparation")
    return width, height


def size_after_one(step: dict, width: int, height: int) -> tuple[int, int]:
    if "resize" in step and step["filter"] not in FILTERS:
        fail(f"input: {step['filter']}: not a filter; choose from {', '.join(FILTERS)}")
    shorter, longer = min(width, height), max(width, height)
    match step:
        case {"resize": "box"}:
            return step["width"], step["height"]
        case {"resize": "shorter"}:  # the longer side is truncated, as torchvision's Resize does
            other = step["size"] * longer // shorter
            return (step["size"], other) if width <= height else (other, step["size"])
        case {"resize": "longer"}:
            other = max(1, round(step["size"] * shorter / longer))
            return (other, step["size"]) if width <= height else (step["size"], other)
        case {"crop": "square"}:
            return shorter, shorter
        case {"crop": "center", "size": side}:
            return side, side
        case {"crop": "center"}:
            return step["width"], step["height"]
        case {"pad": "center", "size": side}:  # larger images are refused
            return side, side
        case {"pad": "center"}:
            return step["width"], step["height"]
    raise KeyError(step)
