"""Writes example pages from the page's own sources, so that they can be viewed without the C++ program.

    sample_data.py OUT_DIR [--seed 7]

writes report.html, many_samples.html (400 samples), leaderboard.html, history.html and two nearly empty reports.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
from pathlib import Path

from example_rankings import history, leaderboard
from example_report import report

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "src" / "report" / "page"
ORDER = (PAGE / "parts.txt").read_text("utf-8").split()


def filled(title: str, data: dict) -> str:
    """Fills the page with its parts in one pass, so that no text in a caption is taken for a placeholder."""
    parts = {
        "PAGE_TITLE": html.escape(title),
        "PAGE_CSS": (PAGE / "page.css").read_text("utf-8"),
        "PAGE_JS": "".join((PAGE / f"{name}.js").read_text("utf-8") for name in ORDER),
        "PAGE_DATA": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
    }
    return re.sub("@(PAGE_[A-Z]+)@", lambda match: parts[match[1]], (PAGE / "page.html").read_text("utf-8"))


def pages(seed: int) -> dict[str, dict]:
    return {
        "report": report(random.Random(seed), 48, 0),
        "many_samples": report(random.Random(seed + 1), 400, 6000),
        "leaderboard": leaderboard(random.Random(seed + 2)),
        "history": history(random.Random(seed + 3)),
        "bare": {"kind": "report", "title": "A report with nothing but a title"},
        "sparse": {
            "kind": "report",
            "title": "w" * 200,
            "metrics": [
                {"key": "FID", "value": 4.9116, "higher_is_better": False, "n": 300},
                {"key": "PA", "value": None},
            ],
            "samples": [{"id": "a", "caption": "a", "scores": {"CLIP-S": 0.7}}],
            "extremes": [{"key": "CLIP-S", "best": [0], "worst": []}, {"key": "RP", "best": [], "worst": [7]}],
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, data in pages(arguments.seed).items():
        path = arguments.out / f"{name}.html"
        path.write_text(filled(data["title"], data), "utf-8")
        print(path)


if __name__ == "__main__":
    main()
