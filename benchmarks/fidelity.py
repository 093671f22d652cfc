#!/usr/bin/env python3
"""Compares KID and MMD with torch-fidelity and cmmd-pytorch's formula on the same features, and a run of several
encoders with their networks alone.

The features come from noise images of 8×8 pixels through a linear layer and a ReLU, 2,048 wide for KID and 768 for MMD, and
are encoded once. Then tise-eval scores them from the store, as whole processes, in turn with the peers. Their values must agree, or
no figures are printed. Memory must not grow with the product of both sides' images; if it does, the exit code is 1. See
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from measure import PROGRAM, ROOT, WORK, Measurement, Results, Run, Table, add_output_options, available_cores, run_command

HERE = Path(__file__).resolve().parent
KID_NAME, MMD_NAME = "wide", "narrow"
WIDTHS = {KID_NAME: 2048, MMD_NAME: 768}
SIDE = 8
SEED = 2020
SAME = {"KID": 1e-3, "MMD": 5e-3}  # relative; cmmd-pytorch computes in float32
MOST_OWN_MIB = 700  # with 30,000 images per side, for which a full matrix takes 3.4 GiB
REAL_PHOTOGRAPHS = 400
UNITS = ("cpu_seconds", "seconds")


@dataclass(frozen=True)
class Case:
    what: str
    metric: str
    options: tuple[str, ...]
    peer: str  # a mode of peer_kernels.py
    most: int  # images per side up to which the peer runs: it needs matrices of n² numbers
    peer_name: str
    exact: str = ""  # a mode of peer_kernels.py

    @property
    def key(self) -> str:
        return f"{self.metric}@{KID_NAME if self.metric == 'KID' else MMD_NAME}"

    @property
    def name(self) -> str:
        return self.key.partition("@")[2]


@dataclass(frozen=True)
class Encoders:
    """Networks of DINOv2's kind with random weights, which one run computes."""

    what: str
    sizes: dict[str, tuple[int, int, int]]  # width, blocks, registers
    side: int
    photographs: int

    @property
    def metrics(self) -> dict[str, str]:
        return {name: f"FD@{name}" for name in self.sizes}


ENCODERS = {
    "small": Encoders("6 blocks, 192, 256 and 384 wide, 112×112 pixels",
                      {"one": (192, 6, 0), "two": (256, 6, 0), "three": (384, 6, 0)}, 112, 2000),
    "published": Encoders("DINOv2's ViT-S, ViT-B and ViT-B with registers, 224×224 pixels",
                          {"vits14": (384, 12, 0), "vitb14": (768, 12, 0), "vitb14-reg": (768, 12, 4)}, 224, 256),
}  # fmt: skip

CASES = (
    Case("KID, subsets", "KID", ("--kid", "subsets"), "subsets", 10**9, "torch-fidelity, 100 subsets of 1,000"),
    Case("KID, full", "KID", ("--kid", "full"), "all", 10_000, "torch-fidelity, one subset of all",
         "exact-kid"),
    Case("MMD", "MMD", (), "mmd", 30_000, "cmmd-pytorch's formula", "exact-mmd"),
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=(10_000, 30_000), metavar="N",
                        help="images per side; default: 10000 30000")  # fmt: skip
    parser.add_argument("--encoders", nargs="*", choices=tuple(ENCODERS), default=tuple(ENCODERS), metavar="SIZE",
                        help="encoders for runs with three of them: small, published; default: both")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program, in turn; default: 3")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--no-peers", action="store_true", help="run only tise-eval")
    parser.add_argument("--exact", action="store_true", help="also compare with sums over all pairs in float64, for the "
                        "largest count")  # fmt: skip
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for inputs (kept); default: build/benchmarks")
    add_output_options(parser)
    return parser.parse_args()


# The inputs. They are made in processes of their own: a child's peak memory is at least that of its parent.


def in_process(make, *args) -> None:
    making = multiprocessing.get_context("spawn").Process(target=make, args=args)
    making.start()
    making.join()
    if making.exitcode != 0:
        sys.exit("could not make the inputs; see the messages above")


def write_noise(folder: Path, count: int, seed: int, range_of: tuple[int, int]) -> None:
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for index in range(count):
        pixels = rng.integers(*range_of, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:06d}.png")


def write_archives(folder: Path) -> None:
    sys.path.insert(0, str(ROOT / "python"))
    import torch
    from tise_eval.export import encoder, preparation

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    given = preparation.card_input(preparation.squash(SIDE, "pillow-bilinear"), [0.5] * 3, [0.25] * 3)
    for name, width in WIDTHS.items():
        layers = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * SIDE**2, width), torch.nn.ReLU())
        encoder(layers.eval(), input=given, output=folder / f"{name}.pt")


def write_encoders(folder: Path, encoders: Encoders) -> None:
    sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "support")]
    import dinov2_weights
    from tise_eval.export import encoder, preparation
    from tise_eval.export.architectures.dinov2 import DinoV2

    folder.mkdir(parents=True)
    given = preparation.card_input(preparation.squash(encoders.side, "pillow-bicubic"), *preparation.IMAGENET)
    for name, size in encoders.sizes.items():
        network = DinoV2(dinov2_weights.state(dinov2_weights.Size(*size), SEED), encoders.side)
        encoder(network.eval(), input=given, output=folder / f"{name}.pt")


def write_photographs(folder: Path, count: int, seed: int, distorted: bool) -> None:
    sys.path[:0] = [str(ROOT / "tests" / "parity")]
    import inputs

    inputs.write_photographs(folder, count, seed, distorted)


def link_first(folder: Path, count: int, output: Path) -> None:
    output.mkdir(parents=True)
    for path in sorted(folder.iterdir())[:count]:
        os.link(path, output / path.name)


@dataclass
class Kernels:
    """Runs of KID and MMD by tise-eval and the peers, by case and number of images."""

    args: argparse.Namespace
    ours: dict[tuple[str, int], list[Run]] = field(default_factory=dict)
    theirs: dict[tuple[str, int], list[tuple[Run, dict]]] = field(default_factory=dict)
    values: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.args.work / "fidelity"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def images(self, side: str, count: int) -> Path:
        return self.folder / f"{side}-{count}"

    def store(self, side: str, count: int) -> Path:
        return self.folder / f"{side}-{count}-store"

    def engine(self) -> list[str | Path]:
        return ["--models", self.models, "--device", "cpu", "--threads", str(self.args.threads), "--quiet"]

    def make(self) -> None:
        largest = max(self.args.counts)
        if not self.models.exists():
            in_process(write_archives, self.models)
        for seed, (side, range_of) in enumerate({"generated": (20, 220), "real": (0, 256)}.items()):
            if not self.images(side, largest).exists():
                in_process(write_noise, self.images(side, largest), largest, SEED + seed, range_of)
            for count in self.args.counts:
                if not self.images(side, count).exists():
                    link_first(self.images(side, largest), count, self.images(side, count))
        for count in self.args.counts:
            if self.store("generated", count).exists():
                continue
            metrics = ",".join(sorted({case.key for case in CASES}))
            run_command([self.args.program, "stats", "--images", self.images("real", count), "--metrics", metrics,
                         "--store", self.store("real", count), "--output", self.folder / f"real-{count}.npz",
                         *self.engine()])  # fmt: skip
            run_command([self.args.program, "--images", self.images("generated", count), "--real",
                         self.store("real", count), "--metrics", metrics, "--store", self.store("generated", count),
                         *self.engine()])  # fmt: skip

    def run_all(self) -> None:
        self.make()
        for count in self.args.counts:
            for _ in range(self.args.rounds):
                for case in CASES:
                    self.run_ours(case, count)
                    if not self.args.no_peers and count <= case.most:
                        self.run_theirs(case, count)
        self.check()
        if self.args.exact:
            self.run_exact(max(self.args.counts))

    def run_exact(self, count: int) -> None:
        for case in CASES:
            if case.exact:
                answer = self.peer(case, case.exact, count)[1]
                self.values[case.what, count] |= {"exact": answer["value"], "exact_seconds": answer["seconds"]}
                print(f"{answer['seconds']:8.1f} s  {case.what} in float64, {count:,}", file=sys.stderr)

    def run_ours(self, case: Case, count: int) -> None:
        run = run_command([self.args.program, "--images", self.images("generated", count), "--real",
                           self.store("real", count), "--metrics", case.key, *case.options, "--store",
                           self.store("generated", count), *self.engine()])  # fmt: skip
        self.ours.setdefault((case.what, count), []).append(run)
        self.values.setdefault((case.what, count), {})["ours"] = json.loads(run.stdout)["metrics"][case.key]["value"]
        print(f"{run.seconds:8.1f} s  {case.what}, {count:,}", file=sys.stderr)

    def peer(self, case: Case, mode: str, count: int) -> tuple[Run, dict]:
        threads = str(self.args.threads)
        run = run_command([sys.executable, HERE / "peer_kernels.py", mode, self.store("generated", count),
                           self.store("real", count), case.name],
                          {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
                           "PYTHONPATH": str(ROOT / "python")})  # fmt: skip
        return run, json.loads(run.stdout)

    def run_theirs(self, case: Case, count: int) -> None:
        run, answer = self.peer(case, case.peer, count)
        self.theirs.setdefault((case.what, count), []).append((run, answer))
        self.values[case.what, count]["theirs"] = answer["value"]
        print(f"{run.seconds:8.1f} s  {case.peer_name}, {count:,}: {answer['seconds']:.1f} s alone",
              file=sys.stderr)

    def check(self) -> None:
        far = []
        for case in CASES:
            for count in self.args.counts:
                found = self.values[case.what, count]
                if "theirs" in found and abs(found["ours"] - found["theirs"]) > SAME[case.metric] * abs(found["theirs"]):
                    far.append((case.what, count, found))
        if far:
            sys.exit(f"values differ, so times cannot be compared: {far}")

    def figures(self) -> list[dict]:
        rows = []
        for case in CASES:
            for count in self.args.counts:
                runs, peers = self.ours[case.what, count], self.theirs.get((case.what, count), [])
                row = {"what": case.what, "images": count, "seconds": [run.seconds for run in runs],
                       "cpu_seconds": [run.cpu_seconds for run in runs],
                       "peak_mib": max(run.peak_mib for run in runs),
                       "peak_own_mib": max(run.peak_own_mib for run in runs),
                       "values": self.values[case.what, count]}  # fmt: skip
                if peers:
                    row |= {"peer": case.peer_name, "peer_seconds": [run.seconds for run, _ in peers],
                            "peer_cpu_seconds": [run.cpu_seconds for run, _ in peers],
                            "peer_seconds_alone": [answer["seconds"] for _, answer in peers],
                            "peer_cpu_seconds_alone": [answer["cpu_seconds"] for _, answer in peers],
                            "peer_peak_mib": max(run.peak_mib for run, _ in peers)}  # fmt: skip
                rows.append(row)
        return rows


def several_encoders(args: argparse.Namespace, name: str) -> dict:
    """One run with three networks, in turn with runs of each alone, and the networks' times on batches that are ready."""
    encoders = ENCODERS[name]
    folder = args.work / "fidelity"
    models, images, real = folder / name, folder / f"photographs-{encoders.photographs}", folder / "photographs-real"
    if not models.exists():
        in_process(write_encoders, models, encoders)
    for path, count, seed, distorted in ((images, encoders.photographs, SEED, True), (real, REAL_PHOTOGRAPHS, SEED + 1, False)):
        if not path.exists():
            in_process(write_photographs, path, count, seed, distorted)
    engine = ["--models", models, "--device", "cpu", "--threads", str(args.threads), "--quiet"]
    together = ",".join(encoders.metrics.values())
    statistics_file = folder / f"{name}-real.npz"
    if not statistics_file.exists():
        run_command([args.program, "stats", "--images", real, "--metrics", together, "--output", statistics_file, *engine])
    runs: dict[str, list[Run]] = {}
    alone: list[dict[str, dict[str, float]]] = []
    archives = [models / f"{archive}.pt" for archive in encoders.sizes]
    for _ in range(args.rounds):
        for key, wanted in {"together": together, **encoders.metrics}.items():
            run = run_command([args.program, "--images", images, "--real", statistics_file, "--metrics", wanted, *engine])
            runs.setdefault(key, []).append(run)
            print(f"{run.seconds:8.1f} s  {wanted}, {encoders.photographs:,}", file=sys.stderr)
        networks = run_command([sys.executable, HERE / "networks_alone.py", str(encoders.side), str(encoders.photographs),
                                *archives], {"OMP_NUM_THREADS": str(args.threads)})  # fmt: skip
        alone.append(json.loads(networks.stdout))
    found: dict = {"name": name, "images": encoders.photographs}
    for unit in UNITS:
        found[unit] = {key: [getattr(run, unit) for run in each] for key, each in runs.items()}
        found[f"networks_{unit}"] = [encoders.photographs * sum(one[unit] for one in round.values()) for round in alone]
    return found


def kernels_measurement(figures: list[dict], rounds: int) -> Measurement:
    rows = []
    for row in figures:
        median = {name: statistics.median(each) for name, each in row.items() if "seconds" in name}
        cells, peak = ("not run", "", "", "", ""), ""
        if "peer" in row:
            cells = (f"{median['peer_seconds']:.1f}", f"{median['peer_seconds_alone']:.1f}",
                     f"{median['peer_cpu_seconds_alone']:.1f}", f"{median['peer_seconds'] / median['seconds']:.2f}",
                     f"{median['peer_cpu_seconds_alone'] / median['cpu_seconds']:.2f}")  # fmt: skip
            peak = f"{row['peer_peak_mib']:,.0f}"
        rows.append((row["what"], f"{row['images']:,}", f"{median['seconds']:.1f}", f"{median['cpu_seconds']:.1f}", *cells,
                     f"{row['peak_own_mib']:,.0f}", peak))  # fmt: skip
    tables = [Table(("metric", "images per side", "seconds", "CPU s", "peer, s", "alone, s", "alone, CPU s", "times",
                     "times, CPU", "own MiB", "peer's peak MiB"), rows)]  # fmt: skip
    if exact := [row for row in figures if "exact" in row["values"]]:
        tables.append(exact_table(exact))
    text = (f"KID on {WIDTHS[KID_NAME]:,} features, MMD on {WIDTHS[MMD_NAME]:,}, in fp32; medians over `--rounds {rounds}`. "
            "Seconds are those of whole processes, which read the features from a store; the peers' include loading their "
            "packages, and \"alone\" is their computation without that. The peers are torch-fidelity (100 subsets of 1,000; for "
            "`full` one subset of all) and cmmd-pytorch's formula. \"times\" is the peer's seconds divided by ours, \"times, CPU\" "
            "the CPU time, over all threads, of its computation alone divided by that of our whole process.")
    return Measurement("kid-mmd", "KID and MMD", text, tables)


def exact_table(figures: list[dict]) -> Table:
    rows = [(row["what"], f"{row['images']:,}", f"{ours:.10g}", f"{exact:.10g}", f"{abs(ours / exact - 1.0):.1e}",
             f"{row['values']['exact_seconds']:.1f}")
            for row in figures for ours, exact in [(row["values"]["ours"], row["values"]["exact"])]]  # fmt: skip
    return Table(("metric", "images per side", "value", "in float64", "relative difference", "seconds"), rows,
                 "Compared with sums over all pairs in float64 (numpy), which took these seconds:")  # fmt: skip


def encoders_measurement(figures: list[dict], rounds: int) -> Measurement:
    rows = []
    for found in figures:
        encoders = ENCODERS[found["name"]]
        middle = {unit: {key: statistics.median(each) for key, each in found[unit].items()} for unit in UNITS}
        networks = {unit: statistics.median(found[f"networks_{unit}"]) for unit in UNITS}
        cells = [cell for unit in UNITS for cell in (
            f"{middle[unit]['together']:.1f}", f"{sum(middle[unit][key] for key in encoders.sizes):.1f}",
            f"{networks[unit]:.1f}", f"{networks[unit] / middle[unit]['together']:.2f}")]  # fmt: skip
        rows.append((encoders.what, f"{found['images']:,}", *cells))
    text = (f"FD of three encoders over photographs of 256×256; medians over `--rounds {rounds}`: one run with all three, three "
            "runs of one, and the networks alone in Python's torch, on prepared batches. \"share\" is the networks' part of the "
            "one run.")
    header = tuple(f"{column}, {unit}" for unit in ("CPU s", "s") for column in ("one run", "three runs", "alone", "share"))
    return Measurement("encoders", "Several encoders", text, [Table(("encoders", "images", *header), rows)])


def main() -> None:
    args = arguments()
    args.counts = sorted(set(args.counts))
    results = Results(args, threads=args.threads)
    figures = []
    if args.counts:
        kernels = Kernels(args)
        kernels.run_all()
        figures = kernels.figures()
        results.add(kernels_measurement(figures, args.rounds), kernels=figures)
    if args.encoders:
        encoders = [several_encoders(args, name) for name in args.encoders]
        results.add(encoders_measurement(encoders, args.rounds), encoders=encoders)
    if any(row["peak_own_mib"] > MOST_OWN_MIB for row in figures):
        sys.exit(f"memory grows with the product of both sides' images: more than {MOST_OWN_MIB} MiB")


if __name__ == "__main__":
    main()
