#!/usr/bin/env python3
"""Seconds that scoring takes where every row is in a store already: FID of 2048 features, RP exact, IS.

The store is filled with rows that no network made (tise-synthetic-store), the images are files of one pixel, and the
archives are any whose cards say how wide rows are: only what follows encoding is timed. Runs of the set of all three
metrics and of each alone; the real statistics are those of another such store.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import json
import multiprocessing
import statistics
import struct
import zipfile
from pathlib import Path

from inputs import prepare
from measure import PROGRAM, WORK, available_cores, run_command, table

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)
SETS = ("IS,FID,RP", "IS", "FID", "RP")
FEATURES = 2048


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=30_000, help="default: 30000")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--work", type=Path, default=WORK, help="kept; default: build/benchmarks")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures")
    return parser.parse_args()


class Scoring:
    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.weights = prepare(args.work, 16)[1]
        kind = args.device.split(":")[0]  # a store says on what its rows were made
        self.folder = args.work / f"scoring-{args.samples}-{kind}"
        self.images = self.folder / "images"
        self.captions = self.folder / "captions.json"
        self.store = self.folder / "store"
        self.real = self.folder / "real.npz"
        if not self.real.exists():
            self.make()

    def make(self) -> None:
        self.images.mkdir(parents=True, exist_ok=True)
        names = [f"{i:06d}" for i in range(self.args.samples)]
        for name in names:
            (self.images / f"{name}.png").write_bytes(PIXEL)
        self.captions.write_text(json.dumps({name: f"picture number {name}" for name in names}))
        one = self.folder / "one"
        one.mkdir(exist_ok=True)
        (one / "000000.png").write_bytes(PIXEL)
        (self.folder / "one.json").write_text(json.dumps({"000000": "picture number 000000"}))
        # A run on one picture says in store.json what made its rows.
        run_command([self.args.program, "--images", one, "--captions", self.folder / "one.json", "--metrics",
                     "IS,CLIP-S", "--store", self.store, *self.engine()])  # fmt: skip
        for chunk in self.store.glob("chunk-*"):
            chunk.unlink()
        run_command([self.args.program.with_name("tise-synthetic-store"), "--store", self.store, "--images",
                     self.images, "--captions", self.captions])  # fmt: skip
        making = multiprocessing.get_context("spawn").Process(target=make_statistics, args=(self.real, self.args.samples))
        making.start()
        making.join()

    def engine(self) -> list[str | Path]:
        return ["--models", self.weights.archives, "--device", self.args.device, "--threads", str(self.args.threads),
                "--quiet"]  # fmt: skip

    def run(self, metrics: str) -> tuple[float, float, dict]:
        real = ["--real", self.real] if "FID" in metrics else []
        run = run_command([self.args.program, "--images", self.images, "--captions", self.captions, "--store",
                           self.store, "--metrics", metrics, *real, *self.engine()])  # fmt: skip
        return run.seconds, run.peak_mib, json.loads(run.stdout)


def make_statistics(path: Path, samples: int) -> None:
    """In a process of its own: a child's peak is at least what its parent has. Without numpy, which torch can do
    without."""
    import torch

    rows = torch.randn(samples, FEATURES, generator=torch.Generator().manual_seed(0)).double().abs_().mul_(1.1)
    with zipfile.ZipFile(path, "w") as out:
        for name, values in (("mu", rows.mean(0)), ("sigma", rows.T.cov())):
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {tuple(values.shape)}, }}"
            header = header.ljust(-(len(header) + 11) % 64 + len(header)) + "\n"
            data = ctypes.string_at(values.contiguous().data_ptr(), values.nbytes)
            out.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def main() -> None:
    args = arguments()
    scoring = Scoring(args)
    figures = []
    for metrics in SETS:
        runs = [scoring.run(metrics) for _ in range(args.rounds)]
        figures.append({"metrics": metrics, "seconds": [run[0] for run in runs], "peak_mib": max(run[1] for run in runs),
                        "stages": runs[-1][2]["run"]["stages"],
                        "values": {key: metric["value"] for key, metric in runs[-1][2]["metrics"].items()}})  # fmt: skip
    rows = [(one["metrics"], f"{statistics.median(one['seconds']):.2f}", f"{min(one['seconds']):.2f}",
             f"{max(one['seconds']):.2f}", f"{one['peak_mib']:.0f}",
             " ".join(f"{name} {seconds:.2f}" for name, seconds in one["stages"].items())) for one in figures]  # fmt: skip
    print(table((f"{args.samples:,} samples", "seconds", "least", "most", "peak MiB", "stages"), rows))
    if args.json:
        args.json.write_text(json.dumps({"samples": args.samples, "threads": args.threads, "device": args.device,
                                         "runs": figures}, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
