"""Data for the pages of a ranking and of a training run."""

from __future__ import annotations

import math
import random

from example_metrics import METRICS, TOOL, ci95


def leaderboard(rng: random.Random) -> dict:
    keys = [metric for metric in METRICS if metric[0] not in ("CLIP-S", "RefCLIP-S", "IS")]
    names = [
        "GT",
        "step 12000",
        "step 9000",
        "step 6000",
        "step 3000",
        "step 3000 </script><b>ema</b>",
        "كلبان",
        "a-very-long-checkpoint-name_ema_0.9999_cfg7.5_lr1e-4",
        "step 1000",
    ]
    entries = []
    for place, name in enumerate(names):
        values = {
            key: typical + (1 if higher else -1) * error * (4 - place + rng.gauss(0, 1))
            for key, higher, typical, error, _ in keys
        }
        entries.append(
            {
                "name": name,
                "score": 50 - 4.25 * place,
                "values": values,
                "ci95": {key: ci95(values[key], error) for key, _, _, error, _ in keys},
                "groups": {key: "abcde"[place // 2 : place // 2 + 1 + place % 2] for key, *_ in keys},
            }
        )
    for key, higher, *_ in keys:
        ordered = sorted(entries, key=lambda entry: entry["values"][key], reverse=not higher)
        for rank, entry in enumerate(ordered, start=1):
            entry.setdefault("ranks", {})[key] = rank
    entries.append(
        {
            "name": "step 500",
            "score": None,
            "reason": "no PA (no captions given)",
            "values": {"FID": 41.3, "PA": None},
            "ci95": {},
            "ranks": {},
            "groups": {},
        }
    )
    return {
        "kind": "leaderboard",
        "title": "Ten checkpoints on COCO captions",
        "tool": TOOL,
        "metrics": [{"key": key, "higher_is_better": higher} for key, higher, *_ in keys],
        "entries": entries,
        "warnings": ["flat entries have no signature, so it is unknown whether they are comparable: GT"],
        "notes": ["ignored, because RS does not use them: CLIP-S"],
    }


def history(rng: random.Random) -> dict:
    metrics = []
    for key, higher, typical, error, _ in METRICS:
        points = []
        for i in range(1, 13):
            value = typical + (1 if higher else -1) * error * (
                8 * (1 - math.exp(-i / 3)) - 8 + rng.gauss(0, 0.7) - max(0, i - 9)
            )
            points.append({"step": 1000 * i, "name": f"step {1000 * i}", "value": value, "ci95": ci95(value, error)})
        if key == "FID":
            points[2] |= {"value": None, "ci95": None}
            points[5]["unreliable"] = "300 images are fewer than the 2048 dimensions of the features."
        metrics.append({"key": key, "higher_is_better": higher, "points": points})
    metrics.append({"key": "RS", "higher_is_better": True, "points": [{"step": 1000, "value": None}]})
    metrics.append({"key": "tiny", "higher_is_better": False, "points": [{"step": 1000, "value": 3.21e-6}]})
    return {
        "kind": "history",
        "title": "ldm-coco: 12 checkpoints",
        "tool": TOOL,
        "metrics": metrics,
        "warnings": ["Step 3000 has no FID: its report was made without --real."],
    }
