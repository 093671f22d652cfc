#!/usr/bin/env python3
"""Images per second and peak memory of the main job as the number of images grows.

Draws pictures of the demo world, each with its own caption and three references, and runs all metrics on the first
1,000, 4,000 and 16,000 of them, as whole processes, one after another. Exits with 1 if the peak grows by more than 4 KiB
per sample between the two largest (by then the first blocks of scoring are full). The peak is that of the resident set;
`own` is the part that isn't backed by files, which is more reliable if the kernel drops idle pages of libraries.

Needs numpy and Pillow.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from multiprocessing import Pool
from pathlib import Path

from measure import PROGRAM, ROOT, WORK, Measurement, Results, Run, Table, add_output_options, available_cores, run_command

sys.path.insert(0, str(ROOT / "scripts" / "shapes"))
from captions import write_caption  # noqa: E402
from render import jpeg, render  # noqa: E402
from scenes import Scene, random_scene  # noqa: E402

COUNTS = (1_000, 4_000, 16_000)
MOST_GROWTH = 4.0  # KiB per sample
REFERENCES = 3
SEED = 9_000_000
EXAMPLES = ROOT / "examples" / "shapes"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, metavar="N", help="default: 1000 4000 16000")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--models", default="shapes", help="default: shapes")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--batch-size", default="auto")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for pictures (kept); default: build/benchmarks")
    add_output_options(parser)
    return parser.parse_args()


def make_item(task: tuple[Path, int]) -> dict[str, object]:
    """Writes one picture. Returns its entry of captions.json."""
    folder, index = task
    rng = random.Random(SEED + index)
    scene = random_scene(rng)
    name = f"{index:06d}.jpg"
    (folder / name).write_bytes(jpeg(render(scene, SEED + index).pixels))
    return {"image": name, "caption": write_caption(rng, scene).text, "references": references(rng, scene)}


def references(rng: random.Random, scene: Scene) -> list[str]:
    return [write_caption(rng, scene).text for _ in range(REFERENCES)]


def make_pictures(work: Path, counts: list[int]) -> None:
    """Makes a folder and a captions file for each count. Smaller ones hold the first pictures of the largest."""
    largest = max(counts)
    whole = images_of(work, largest)
    if not captions_of(work, largest).exists():
        print(f"drawing {largest:,} pictures", file=sys.stderr)
        whole.mkdir(parents=True, exist_ok=True)
        with Pool() as pool:
            items = pool.map(make_item, [(whole, index) for index in range(largest)], chunksize=250)
        captions_of(work, largest).write_text(json.dumps(items))
    items = json.loads(captions_of(work, largest).read_text())
    for count in counts:
        if captions_of(work, count).exists():
            continue
        images_of(work, count).mkdir(exist_ok=True)
        for item in items[:count]:
            link = images_of(work, count) / item["image"]
            if not link.exists():
                os.link(whole / item["image"], link)
        captions_of(work, count).write_text(json.dumps(items[:count]))


def images_of(work: Path, count: int) -> Path:
    return work / f"pictures-{count}"


def captions_of(work: Path, count: int) -> Path:
    return work / f"captions-{count}.json"


def engine(args: argparse.Namespace) -> list[str]:
    return ["--models", args.models, "--device", "cpu", "--threads", str(args.threads), "--batch-size",
            args.batch_size, "--quiet"]  # fmt: skip


def evaluate(args: argparse.Namespace, real: Path, count: int) -> tuple[Run, dict]:
    """The run and its report."""
    run = run_command(
        [args.program, "--images", images_of(args.work, count), "--captions", captions_of(args.work, count), "--real",
         real, *engine(args)]
    )  # fmt: skip
    report = json.loads(run.stdout)
    # RS ranks several runs.
    missing = [key for key, metric in report["metrics"].items() if metric["value"] is None and key != "RS"]
    if missing:
        sys.exit(f"these metrics were not computed, so they cannot be measured: {', '.join(missing)}")
    return run, report


def main() -> None:
    args = arguments()
    results = Results(args, threads=args.threads)
    counts = sorted(set(args.counts))
    make_pictures(args.work, counts)
    real = args.work / "real.npz"
    run_command([args.program, "stats", "--images", EXAMPLES / "real", "--output", real, *engine(args)])

    figures = []
    for count in counts:
        run, report = evaluate(args, real, count)
        figures.append({
            "images": count,
            "seconds": run.seconds,
            "images_per_second": count / run.seconds,
            "peak_mib": run.peak_mib,
            "peak_own_mib": run.peak_own_mib,
            "stages": report["run"]["stages"],
        })  # fmt: skip
        print(f"{count:,} images: {run.seconds:.1f} s", file=sys.stderr)
    rows = [(f"{f['images']:,}", f"{f['seconds']:.1f}", f"{f['images_per_second']:.0f}", f"{f['peak_mib']:.0f}",
             f"{f['peak_own_mib']:.0f}") for f in figures]  # fmt: skip
    text = (f"All metrics with `--models {args.models}`, in fp32. Seconds are those of the whole process; \"own\" is the "
            "memory that no file backs.")
    table = Table(("images", "seconds", "images/s", "peak MiB", "own MiB"), rows)
    results.add(Measurement("memory", "Memory", text, [table]), runs=figures)
    if len(figures) > 1:
        smaller, larger = figures[-2:]
        growth = 1024 * (larger["peak_mib"] - smaller["peak_mib"]) / (larger["images"] - smaller["images"])
        print(f"{growth:.1f} KiB per sample between the two largest")
        if growth > MOST_GROWTH:
            sys.exit(f"memory grows too much: at most {MOST_GROWTH:.0f} KiB per sample are allowed")


if __name__ == "__main__":
    main()
