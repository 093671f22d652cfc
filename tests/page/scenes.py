"""Small pictures for the example pages: colored shapes on a grainy background, with the boxes of the shapes."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from dataclasses import dataclass

COLOURS = {
    "red": (200, 52, 44),
    "green": (58, 148, 76),
    "blue": (48, 96, 190),
    "yellow": (232, 196, 62),
    "purple": (128, 72, 160),
}
SIZES = ((128, 128), (128, 128), (168, 96), (96, 168))
WORDS = ("left of", "right of", "above", "below")
GRAIN = bytes(160 + 24 * (value > 127) for value in range(256))


@dataclass(frozen=True)
class Scene:
    width: int
    height: int
    caption: str
    objects: tuple[tuple[str, tuple[int, int, int, int]], ...]  # label, box (x0, y0, x1, y1)

    @staticmethod
    def drawn(rng: random.Random, index: int) -> Scene:
        width, height = SIZES[index % len(SIZES)]
        labels = [f"{rng.choice(list(COLOURS))} {rng.choice(('circle', 'square'))}" for _ in range(rng.randint(1, 4))]
        objects = []
        for place, label in enumerate(labels):
            side = rng.randint(22, 34)
            x0 = 4 + (place % 2) * width // 2 + rng.randint(0, max(0, width // 2 - side - 8))
            y0 = 4 + (place // 2) * height // 2 + rng.randint(0, max(0, height // 2 - side - 8))
            objects.append((label, (x0, y0, x0 + side, y0 + side)))
        return Scene(width, height, f"a picture of a {labels[0]} {rng.choice(WORDS)} a {labels[-1]}", tuple(objects))


def spans(label: str, box: tuple[int, int, int, int]):
    """The rows of a shape: (y, first x, end)."""
    x0, y0, x1, y1 = box
    radius = (x1 - x0) / 2
    for y in range(y0, y1):
        half = radius if label.endswith("square") else (radius**2 - (y - y0 + 0.5 - radius) ** 2) ** 0.5
        yield y, round(x0 + radius - half), round(x0 + radius + half)


def pixels(scene: Scene, rng: random.Random, grainy_rows: int) -> list[bytearray]:
    stride = 3 * scene.width
    rows = [
        bytearray(rng.randbytes(stride).translate(GRAIN) if y < grainy_rows else bytes([205 - y // 4]) * stride)
        for y in range(scene.height)
    ]
    for label, box in scene.objects:
        colour = bytes(COLOURS[label.split()[0]])
        for y, start, end in spans(label, box):
            rows[y][3 * start : 3 * end] = colour * (end - start)
    return rows


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(scene: Scene, rows: list[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", scene.width, scene.height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def thumbnail(scene: Scene, rng: random.Random, least_bytes: int) -> str:
    """A data URI of at least `least_bytes` bytes: every grainy row of 3·width bits adds about 3·width / 7 bytes."""
    rows = min(scene.height, -(-7 * least_bytes // (3 * scene.width)))
    return "data:image/png;base64," + base64.b64encode(png(scene, pixels(scene, rng, rows))).decode()
