#!/usr/bin/env python3
"""Times scoring when every row is already in a store: for all metrics together, and for the slow ones alone.

The store is filled with synthetic rows (tise-synthetic-store). Images are files of one pixel with two objects each, and
the archives only provide the widths of rows in their cards: nothing is encoded. Features are 2048 wide, logits 1008. The
real statistics are those of the same number of other rows.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import statistics
from pathlib import Path

from inputs import prepare
from measure import PROGRAM, WORK, Measurement, Results, Table, add_output_options, available_cores, run_command

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)
SETS = ("all", "IS,FID,RP", "IS", "FID", "RP", "O-IS", "O-FID")
# The seeded classifiers weren't calibrated.
CALIBRATED = ("--temperature", "0.9", "--object-temperature", "0.9")
CLASSES = ("person", "bicycle", "car", "bus", "train", "truck", "boat", "dog")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=30_000, help="default: 30000")
    parser.add_argument("--sets", nargs="+", default=SETS, metavar="METRICS", help=f"default: {' '.join(SETS)}")
    parser.add_argument("--rp", choices=("exact", "sampled"), default="exact", help="default: exact (time grows with N²)")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for inputs (kept); default: build/benchmarks")
    add_output_options(parser)
    return parser.parse_args()


class Scoring:
    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.weights = prepare(args.work, 16)[1]
        kind = args.device.split(":")[0]  # a store records the kind of device that made its rows
        self.folder = args.work / f"scoring-{args.samples}-{kind}"
        self.images = self.folder / "images"
        self.captions = self.folder / "captions.json"
        self.store = self.folder / "store"
        self.real = self.folder / "real.npz"
        if not self.real.exists():
            self.make()

    def make(self) -> None:
        self.images.mkdir(parents=True, exist_ok=True)
        names = [f"{i:06d}.png" for i in range(self.args.samples)]
        for name in names:
            (self.images / name).write_bytes(PIXEL)
        items = [item(name) for name in names]
        self.captions.write_text(json.dumps(items))
        one = self.folder / "one"
        one.mkdir(exist_ok=True)
        (one / names[0]).write_bytes(PIXEL)
        (self.folder / "one.json").write_text(json.dumps(items[:1]))
        # A run on one picture records in store.json what made the rows.
        run_command([self.args.program, "--images", one, "--captions", self.folder / "one.json", "--store", self.store,
                     *self.engine()])  # fmt: skip
        for chunk in self.store.glob("*.safetensors"):
            chunk.unlink()
        run_command([self.args.program.with_name("tise-synthetic-store"), "--store", self.store, "--images",
                     self.images, "--captions", self.captions, "--statistics", self.real])  # fmt: skip

    def engine(self) -> list[str | Path]:
        return ["--models", self.weights.archives, "--device", self.args.device, "--threads", str(self.args.threads),
                "--quiet"]  # fmt: skip

    def run(self, metrics: str) -> tuple[float, float, dict]:
        real = ["--real", self.real] if "FID" in metrics or metrics == "all" else []
        run = run_command([self.args.program, "--images", self.images, "--captions", self.captions, "--store",
                           self.store, "--metrics", metrics, "--rp", self.args.rp, *real, *CALIBRATED, *self.engine()])  # fmt: skip
        return run.seconds, run.peak_mib, json.loads(run.stdout)


def item(name: str) -> dict:
    """A picture's entry in the captions, with work for every metric."""
    drawn = random.Random(name)
    number, (first, second) = drawn.randint(1, 3), drawn.sample(CLASSES, 2)
    return {
        "image": name,
        "caption": f"{number} {first} above {second} {name}",
        "references": [f"{first} and {second} {name}"],
        "position": "above",
        "opposite": f"{number} {first} below {second} {name}",
        "counts": {first: number, second: 1},
        "objects": [first, second],
    }


def main() -> None:
    args = arguments()
    results = Results(args, samples=args.samples, threads=args.threads, rp=args.rp, device=args.device)
    scoring = Scoring(args)
    figures = []
    for metrics in args.sets:
        runs = [scoring.run(metrics) for _ in range(args.rounds)]
        figures.append({"metrics": metrics, "seconds": [run[0] for run in runs], "peak_mib": max(run[1] for run in runs),
                        "stages": runs[-1][2]["run"]["stages"],
                        "values": {key: metric["value"] for key, metric in runs[-1][2]["metrics"].items()}})  # fmt: skip
    rows = [(one["metrics"].replace(",", ", "), f"{statistics.median(one['seconds']):.2f}", f"{min(one['seconds']):.2f}",
             f"{max(one['seconds']):.2f}", f"{one['peak_mib']:.0f}",
             ", ".join(f"{name} {seconds:.2f}" for name, seconds in one["stages"].items())) for one in figures]  # fmt: skip
    text = (f"{args.samples:,} samples with two objects each, from a store; errors included, RP {args.rp}. Medians over "
            f"`--rounds {args.rounds}`; the stages are those of the last round, in seconds.")
    table = Table(("metrics", "seconds", "min", "max", "peak MiB", "stages"), rows)
    results.add(Measurement("scoring", "Scoring", text, [table]), runs=figures)


if __name__ == "__main__":
    main()
