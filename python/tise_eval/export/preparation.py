"""How images are prepared for a network: the `input` of a card, consisting of steps and a normalization.

    card_input(squash(224, "pillow-bicubic"), *IMAGENET)

Each step is a resize, a crop or a pad. Then the pixels are scaled to `range` and normalized to (x - mean) / std per
channel. Needs only Python's standard library.
"""

from __future__ import annotations

from .errors import fail

Steps = list[dict]
RANGES = ("0..1", "0..255")

BYTE_FILTERS = ("pillow-box", "pillow-bilinear", "pillow-bicubic", "pillow-lanczos")
FLOAT_FILTERS = ("pillow-float-bicubic", "torch-bilinear", "torch-bicubic", "torch-bicubic-antialias", "tf1-bilinear")
FILTERS = BYTE_FILTERS + FLOAT_FILTERS
OLD_FILTERS = {"pillow-bicubic-float": "pillow-float-bicubic"}  # names in cards without steps

# The keys of each step after its first; `size` may replace `width` and `height`.
FORMS = {("resize", "box"): ("width", "height", "filter"), ("resize", "shorter"): ("size", "filter"),
         ("resize", "longer"): ("size", "filter"), ("crop", "center"): ("width", "height", "offset"),
         ("crop", "square"): ("offset",), ("pad", "center"): ("width", "height", "value")}
OPTIONAL = ("offset", "value")
SIDES = range(1, 4097)
ALLOWED = {"width": SIDES, "height": SIDES, "size": SIDES, "value": range(256), "filter": FILTERS,
           "offset": ("half-to-even", "floor")}

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
    """The steps of a card's `input`. Older cards have `resize`, `fit`, `width` and `height` instead. Raises ExportError
    for steps that the program refuses."""
    if "steps" not in given:
        return checked(old_steps_of(given))
    if old := [key for key in ("resize", "fit", "width", "height") if key in given]:
        fail(f"input: {', '.join(old)} next to steps; steps replace them: remove one or the other")
    return checked(given["steps"])


def old_steps_of(given: dict) -> Steps:
    filter = OLD_FILTERS.get(given["resize"], given["resize"])
    if given["fit"] == "shortest-side-center-crop":
        return center_crop(given["width"], filter)
    if given["fit"] == "stretch":
        return [{"resize": "box", "width": given["width"], "height": given["height"], "filter": filter}]
    if filter != "none":
        fail(f"input: fit is none, which ignores the filter {filter}; expected resize none, or another fit")
    return []


def checked(steps: Steps) -> Steps:
    """The steps. Raises ExportError for those that the program refuses (src/models/card_input.cpp)."""
    if not isinstance(steps, list):
        fail(f"input.steps: expected a list, got {steps!r}")
    float_filter = None
    for i, step in enumerate(steps):
        check_step(f"input.steps[{i}]", step)
        if "resize" not in step:
            continue
        if float_filter:
            fail(f"input.steps[{i}]: filter {step['filter']} after {float_filter}, which returns floats; such a resize "
                 "must be the last one")
        float_filter = step["filter"] if step["filter"] in FLOAT_FILTERS else None
    return steps


def check_step(where: str, step: dict) -> None:
    form = next((form for form in FORMS if isinstance(step, dict) and step.get(form[0]) == form[1]), None)
    if form is None:
        fail(f"{where}: {step} is not a step; it needs one of {', '.join(': '.join(form) for form in FORMS)}")
    keys = FORMS[form]
    if "size" in step and "width" in keys:
        keys = ("size", *keys[2:])
    for key in step:
        if key not in (form[0], *keys):
            fail(f"{where}: {key} does not belong to {': '.join(form)}; allowed: {', '.join(keys)}")
    for key in keys:
        if key not in step and key not in OPTIONAL:
            fail(f"{where}: {key} is missing")
        if key in step and (type(step[key]) not in (int, str) or step[key] not in ALLOWED[key]):
            fail(f"{where}: {key} is {step[key]!r}, expected {in_words(ALLOWED[key])}")


def in_words(allowed: range | tuple[str, ...]) -> str:
    return f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else f"one of {', '.join(allowed)}"


def size_of(given: dict) -> tuple[int, int] | None:
    """Width and height of every image after the steps of a card's `input`; None if they depend on the image. Raises
    ExportError for steps that the program refuses."""
    sizes = set(WITNESSES)
    for i, step in enumerate(steps_of(given)):
        before, sizes = sizes, {size_after(step, *size) for size in sizes}
        if len(before) == 1:
            check_fits(f"input.steps[{i}]", step, before.pop(), *sizes)
    return sizes.pop() if len(sizes) == 1 else None


def check_fits(where: str, step: dict, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Refuses a crop or a pad that no image goes through."""
    for had, gets in zip(before, after):
        if ("crop" in step and gets > had) or ("pad" in step and gets < had):
            fail(f"{where}: {step} cannot be applied: every image is {before[0]}x{before[1]} before it")


def size_after(step: dict, width: int, height: int) -> tuple[int, int]:
    """The width and height of an image after a step."""
    shorter, longer = min(width, height), max(width, height)
    match step:
        case {"resize": "shorter", "size": side}:  # the longer side is truncated, as torchvision's Resize does
            other = side * longer // shorter
            return (side, other) if width <= height else (other, side)
        case {"resize": "longer", "size": side}:
            other = max(1, round(side * shorter / longer))
            return (other, side) if width <= height else (side, other)
        case {"crop": "square"}:
            return shorter, shorter
        case {"size": side}:
            return side, side
    return step["width"], step["height"]
