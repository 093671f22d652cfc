"""Draws the README's pictures of a page, in light and in dark.

    picture.py PAGE.html OUTPUT-STEM     # writes OUTPUT-STEM-light.png and OUTPUT-STEM-dark.png

They show the top of the page at twice the size, in 128 colors to keep the files small. Needs what look.py needs, and
Pillow.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from look import SCHEMES, Look, open_browser
from PIL import Image

WIDTH, SHOWN = 1100, 884  # CSS pixels
COLORS = 128


def draw(look: Look, output: Path) -> None:
    look.open()
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": SHOWN, "scale": 2}
    picture = Image.open(io.BytesIO(look.picture(clip))).convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(output, optimize=True)


def main() -> None:
    page, stem = sys.argv[1:]
    driver = open_browser()
    try:
        for scheme in SCHEMES:
            draw(Look(driver, Path(page).resolve(), WIDTH, scheme), Path(f"{stem}-{scheme}.png"))
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
