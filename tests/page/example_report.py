"""Data for the page of a report: realistic numbers, seeded, and captions that are hard on a page."""

from __future__ import annotations

import math
import random

from example_metrics import METRICS, TOOL, ci95
from scenes import Scene, thumbnail

NASTY = (
    "</script><script>alert(1)</script> two red circles",
    "a 🐕 and two 🐈‍⬛🏳️‍🌈 above a 🚲",
    "كلبان أحمران على يسار ثلاث قطط سوداء",
    "w" * 500,
    "\"double\" 'single' `back` &amp; <b>bold</b> <!-- <script> \\u003c \u2028 @PAGE_JS@ ${x}",
    "",
)
# COCO's.
CLASSES = tuple(
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, "
    "parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, "
    "handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, "
    "surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, "
    "broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, "
    "mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, "
    "teddy bear, hair drier, toothbrush".split(", ")
)
WORDS = ("above", "below", "left", "right", "in front of", "behind", "inside", "outside", "under", "on top of")


def baseline(rng: random.Random, name: str, metric: tuple, value: float) -> dict:
    key, higher, _, error, _ = metric
    other = value + rng.gauss(0, 3) * error * 1.4
    difference = value - other
    z = abs(difference) / (1.4 * error)
    p = min(1.0, 3 * math.erfc(z / math.sqrt(2)))
    verdict = "no difference" if p >= 0.05 else "better" if (difference > 0) == higher else "worse"
    direction = "higher" if difference > 0 else "lower"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return {
        "name": name,
        "value": other,
        "ci95": ci95(other, error),
        "difference": difference,
        "std_error": 1.4 * error,
        "p_adjusted": p,
        "verdict": verdict,
        "words": f"{key} {abs(difference):.{digits}f} ± {1.4 * error:.{digits}f} {direction}: {verdict}",
    }


def metric_entry(rng: random.Random, metric: tuple) -> dict:
    key, higher, typical, error, n = metric
    value = typical + rng.gauss(0, 1) * error
    entry = {
        "key": key,
        "value": value,
        "higher_is_better": higher,
        "n": n,
        "std_error": error,
        "ci95": ci95(value, error),
        "warnings": [],
        "details": {"std": error * math.sqrt(n)},
        "baselines": [
            baseline(rng, name, metric, value)
            for name in ("step 1000", "step 2000", "a-very-long-checkpoint-name_ema_0.9999_cfg7.5")
        ],
    }
    if key in ("FID", "O-FID"):
        entry["details"] |= {"extrapolated": {"value": value - 2.4, "std_error": 3 * error}, "real_images": 5000}
        entry["unreliable"] = (
            "300 images are fewer than the 2048 dimensions of the features: the bootstrap's interval is too narrow."
        )
        entry["warnings"] = ["Fewer images (300) than feature dimensions (2048): FID is biased upwards."]
    return entry


def undefined_entries() -> list[dict]:
    return [{"key": "RS", "value": None, "reason": "no other reports given (--against)", "higher_is_better": True}]


def distribution(rng: random.Random, key: str, centre: float, width: float, n: int = 300) -> dict:
    values = [rng.gauss(centre, width) for _ in range(n)]
    bins = 24
    low, high = min(values), max(values)
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - low) / (high - low) * bins))] += 1
    return {"key": key, "edges": [low + (high - low) * i / bins for i in range(bins + 1)], "counts": counts}


def share(rng: random.Random, name: str, typical: float, least: int, most: int) -> dict:
    n = rng.randint(least, most)
    k = sum(rng.random() < typical for _ in range(n))
    return {"name": name, "value": k / n, "k": k, "N": n}


def confusion(rng: random.Random) -> dict:
    asked, counted = [1, 2, 3, 4], [0, 1, 2, 3, 4, 5]
    cells = [[0] * len(counted) for _ in asked]
    for row, number in enumerate(asked):
        for _ in range(320 // number):
            cells[row][min(5, max(0, round(rng.gauss(number - 0.1 * row, 0.3 + 0.25 * row))))] += 1
    return {"asked": asked, "counted": counted, "cells": cells}


def sample(rng: random.Random, index: int, least_bytes: int) -> dict:
    scene = Scene.drawn(rng, index)
    caption = NASTY[index] if index < len(NASTY) else scene.caption
    scores = {
        "CLIP-S": rng.gauss(0.71, 0.05),
        "RefCLIP-S": rng.gauss(0.78, 0.04),
        "RP": float(rng.random() < 0.8),
        "CA": abs(rng.gauss(0, 1)),
    }
    return {
        "id": f"{index:03}",
        "image": f"samples/{index:03}.png",
        "caption": caption,
        "scores": scores,
        "influence": {"FID": rng.gauss(0, 0.02), "IS": rng.gauss(0, 0.05)},
        "thumbnail": thumbnail(scene, rng, least_bytes),
        "width": scene.width * 4,
        "height": scene.height * 4,
        "detections": [
            {"label": label, "score": rng.uniform(0.5, 1), "box": [4 * end for end in box]}
            for label, box in scene.objects
        ],
    }


def extremes(samples: list[dict], each: int) -> list[dict]:
    """`each` best and worst by each score; the first list begins with the nasty captions, so that they are shown."""

    def order(key: str, group: str, sign: int) -> list[int]:
        return sorted(range(len(samples)), key=lambda i: sign * samples[i][group][key])

    lists = []
    for key, group, sign in (
        ("CLIP-S", "scores", -1),
        ("RefCLIP-S", "scores", -1),
        ("RP", "scores", -1),
        ("CA", "scores", 1),
        ("FID", "influence", 1),
        ("IS", "influence", -1),
    ):
        ordered = order(key, group, sign)
        lists.append({"key": key, "best": ordered[:each], "worst": ordered[::-1][:each]})
    nasty = list(range(min(len(NASTY), len(samples))))
    lists[0]["worst"] = nasty + [i for i in lists[0]["worst"] if i not in nasty][: max(0, each - len(nasty))]
    return lists


def explained(metrics: str) -> list[dict]:
    hexes = "3f9a1c02b7e4"
    fields = [
        (
            "metrics",
            metrics,
            "The metrics that have a value.\nCLIP-S: mean over pairs of 2.5·max(cos(image, prompt + caption), 0).\n"
            "FID: Fréchet distance of the features' Gaussians; covariances divide by n − 1.",
        ),
        ("protocol", "paper", "paper: as in the papers and their reference implementations, and as above."),
        ("clip", f"ViT-B/32-{hexes}", "Its name, then the first digits of its archive's SHA-256."),
        (
            "clip.input",
            "resize=224:pillow-bicubic,crop=224x224",
            "Images: the shorter side resized to 224 with Pillow's bicubic filter (as in Pillow up to 12), 8-bit, "
            "antialiased (CLIP's transform); center-cropped to 224x224.",
        ),
        ("inception", f"inception-2015-12-05-{hexes}", "Its name, then the first digits of its archive's SHA-256."),
        (
            "features.set",
            hexes * 5,
            "Which real images: the first digits of a SHA-256 of their files' hashes in the order of their names.",
        ),
        ("RP", "exact", "exact: the expectation over all draws; needs no seed."),
        ("v", TOOL["version"], "The version of tise-eval."),
    ]
    return [{"key": key, "value": value, "meaning": meaning} for key, value, meaning in fields]


def report(rng: random.Random, samples: int, least_bytes: int) -> dict:
    shown = [sample(rng, index, least_bytes) for index in range(samples)]
    fields = explained(",".join(metric[0] for metric in METRICS))
    return {
        "kind": "report",
        "title": "step 3000: 300 images of COCO captions",
        "tool": TOOL,
        "signature": "|".join(f"{field['key']}:{field['value']}" for field in fields),
        "explained": fields,
        "run": {
            "started": "2026-11-25T19:30:12Z",
            "device": "NVIDIA H100 80GB HBM3",
            "precision": "float32",
            "seconds": 41.27,
            "images_per_second": 7.269,
        },
        "inputs": [
            {
                "role": "images",
                "path": "/data/experiments/2026-11/ldm-coco/checkpoints/step_003000/samples",
                "count": 300,
            },
            {"role": "captions", "path": "captions.json", "count": 300},
            {
                "role": "real images, for features, features@dinov2-vitl14",
                "path": "/data/coco/val2014",
                "count": 40504,
                "files": "40504 JPEG; 72 x 51 to 640 x 640, median 640 x 480",
            },
            {
                "role": "real images, for objects@a_classifier_with_a_long_name",
                "path": "/data/coco/val2014",
                "count": 291875,
            },
        ],
        "warnings": [
            "Fewer images (300) than feature dimensions (2048): FID is biased upwards.",
            "2 images were skipped (--on-bad-image skip): " + "broken_" * 20 + ".png, b.png.",
        ],
        "metrics": [metric_entry(rng, metric) for metric in METRICS] + undefined_entries(),
        "distributions": [
            distribution(rng, "CLIP-S", 0.71, 0.05),
            distribution(rng, "RefCLIP-S", 0.78, 0.04),
            distribution(rng, "CA", 1.1, 0.4),
        ],
        "classes": [
            {"metric": "SOA-C", "shows": [share(rng, name, rng.betavariate(6, 1.4), 3, 240) for name in CLASSES]}
        ],
        "words": [{"metric": "PA", "shows": [share(rng, name, rng.betavariate(6, 3), 6, 60) for name in WORDS]}],
        "confusion": [{"metric": key, "shows": confusion(rng)} for key in ("CA", "CA@other")],
        "samples": shown,
        "extremes": extremes(shown, max(6, samples // 25)),
    }
