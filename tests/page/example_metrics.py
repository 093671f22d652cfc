"""Shared by the example pages: the metrics with typical values, and the program."""

from __future__ import annotations

TOOL = {"name": "tise-eval", "version": "2.1.0", "commit": "85e3467f00c2a1b94d0d7b1d6c3d9d1c7e11aa02"}

METRICS = (  # key, higher is better, typical value, typical standard error, n
    ("CLIP-S", True, 0.7123, 0.0021, 300),
    ("RefCLIP-S", True, 0.7791, 0.0018, 300),
    ("IS", True, 34.18, 1.19, 300),
    ("IS*", True, 51.92, 1.52, 300),
    ("FID", False, 12.37, 0.31, 300),
    ("O-IS", True, 6.328, 0.21, 1174),
    ("O-FID", False, 15.11, 0.52, 1174),
    ("RP", True, 0.7947, 0.0119, 300),
    ("SOA-C", True, 0.8612, 0.0093, 2204),
    ("SOA-I", True, 0.8734, 0.0088, 2204),
    ("PA", True, 0.6411, 0.0201, 270),
    ("CA", False, 1.128, 0.041, 300),
)


def ci95(value: float, error: float) -> list[float]:
    return [value - 1.96 * error, value + 1.96 * error]
