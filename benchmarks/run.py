#!/usr/bin/env python3
"""Compares the speed of tise-eval with that of other programs, and with what its own stages can do alone.

All programs run as whole processes, from start to printed values, on the same pictures, weights and number of threads.
They take turns, so that other load on the machine affects all. Their values must agree, or no figures are printed. Real
images are given as statistics that each program made before. See benchmarks/README.md; run.sh runs this.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from inputs import Inputs, Weights, prepare
from measure import (PROGRAM, WORK, GpuUse, Measurement, Results, Run, Table, add_output_options, available_cores,
                     half_precision, run_command)  # fmt: skip

SAME = 1e-3  # relative difference up to which two values count as the same
SAME_OBJECTS = 0.02
ROOFLINE = ("--most", "32")  # its default batch sizes are those of --batch-size auto
ROOFLINE_ON_GPU = ("--most", "1024", "--batch-size", "256", "--detector-batch", "32")
TEMPERATURE = 0.9
HERE = Path(__file__).resolve().parent
FIDELITY, CLIPSCORE, BOXES, MASKS = "torch-fidelity", "clipscore", "Mask R-CNN, boxes only", "Mask R-CNN"
ENCODERS = ("clip", "inception", "maskrcnn")  # stages, with the names of their networks in the roofline
ALONE = {"decode": "decode", "clip_prepare": "prepare for CLIP", "clip": "CLIP, images",
         "clip_texts": "CLIP, texts of 17 tokens", "inception_prepare": "prepare for Inception",
         "inception": "Inception", "maskrcnn": "Mask R-CNN"}  # what the roofline measures


@dataclass(frozen=True)
class MetricSet:
    metrics: str
    peers: tuple[str, ...]  # programs that compute these metrics, run one after another
    stages: tuple[str, ...]

    @property
    def is_light(self) -> bool:
        """Whether it runs without the detector, which takes thirty times as long per picture. Light sets use more
        pictures."""
        return "maskrcnn" not in self.stages


SETS = (
    MetricSet("IS,IS*,FID", (FIDELITY,), ("inception",)),
    MetricSet("CLIP-S,RefCLIP-S", (CLIPSCORE,), ("clip",)),
    MetricSet("SOA-C,SOA-I,CA", (BOXES,), ("maskrcnn",)),
    MetricSet("CLIP-S,RefCLIP-S,IS,IS*,FID,RP,SOA-C,SOA-I,CA,PA", (FIDELITY, CLIPSCORE, BOXES), ENCODERS),
)


@dataclass
class Bench:
    """Runs some sets, and the peers that compute the same metrics, on the same pictures."""

    args: argparse.Namespace
    images: int
    sets: tuple[MetricSet, ...]
    inputs: Inputs
    weights: Weights
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    reports: dict[str, dict] = field(default_factory=dict)
    gpu_busy: dict[str, tuple[float, float]] = field(default_factory=dict)

    def note(self, name: str, run: Run) -> Run:
        self.seconds.setdefault(name, []).append(run.seconds)
        self.peaks[name] = max(self.peaks.get(name, 0.0), run.peak_mib)
        print(f"{run.seconds:8.1f} s  {name}", file=sys.stderr)
        return run

    def run_all(self) -> None:
        peers = sorted({peer for one in self.sets for peer in one.peers})
        answers: dict[str, dict[str, float]] = {}
        for number in range(self.args.rounds):
            if not self.args.no_peers:
                if number == 0:
                    run_command(self.peer_command(FIDELITY))  # fills its cache of the real images
                answers = {name: self.peer(name) for name in peers}
                if BOXES in peers:
                    self.peer(MASKS)
            for precision in self.args.precision:
                for one in self.sets:
                    self.ours(one, precision)
        if answers:
            self.check(answers)

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    # ours

    def statistics_of(self, precision: str) -> Path:
        path = self.inputs.folder / f"real-{precision}.npz"
        if not path.exists():
            run_command([self.args.program, "stats", "--images", self.inputs.real, "--metrics", "FID",
                         "--output", path, *self.engine(precision)])  # fmt: skip
        return path

    def engine(self, precision: str) -> list[str | Path]:
        return ["--models", self.weights.archives, "--device", self.args.device, "--threads", str(self.args.threads),
                "--batch-size", self.args.batch_size, "--precision", precision, "--quiet"]  # fmt: skip

    def ours(self, one: MetricSet, precision: str) -> None:
        command = [self.args.program, "--images", self.inputs.images, "--captions", self.inputs.captions,
                   "--references", self.inputs.references, "--metrics", one.metrics, "--temperature", str(TEMPERATURE),
                   "--samples", self.samples(one, precision), *self.engine(precision)]  # fmt: skip
        if "FID" in one.metrics:
            command += ["--real", self.statistics_of(precision)]
        name = our_name(one, precision)
        use = GpuUse(self.args.device) if self.args.device.startswith("cuda") else None
        self.reports[name] = json.loads(self.note(name, run_command(command)).stdout)
        busy = use.stop() if use else None
        if busy is not None:
            self.gpu_busy[name] = busy

    def samples(self, one: MetricSet, precision: str) -> Path:
        return self.inputs.folder / f"samples-{SETS.index(one)}-{precision}.jsonl"

    # theirs

    def peer(self, name: str) -> dict[str, float]:
        threads = {"OMP_NUM_THREADS": str(self.args.threads)}
        output = self.note(name, run_command(self.peer_command(name), threads)).stdout
        return json.loads(output[output.index("{"):])

    def peer_command(self, name: str) -> list[str | Path]:
        if name == FIDELITY:
            return [sys.executable, "-m", "torch_fidelity.fidelity", "--cpu", "--isc", "--fid", "--json", "--silent",
                    "--input1", self.inputs.images, "--input2", self.inputs.real, "--cache-root",
                    self.inputs.folder / "torch-fidelity", "--input2-cache-name", "real",
                    "--feature-extractor-weights-path", self.weights.inception]  # fmt: skip
        if name == CLIPSCORE:
            return [sys.executable, HERE / "peer_clipscore.py", self.weights.clip, self.inputs.images,
                    self.inputs.captions, self.inputs.references]  # fmt: skip
        boxes_only = ["--boxes-only"] if name == BOXES else []
        return [sys.executable, HERE / "peer_maskrcnn.py", self.weights.detector, self.inputs.images, *boxes_only]

    def check(self, answers: dict[str, dict[str, float]]) -> None:
        """Exits unless values in float32 agree with the peers'."""
        if "fp32" not in self.args.precision:
            return
        theirs = {"IS": answers[FIDELITY]["inception_score_mean"],
                  "FID": answers[FIDELITY]["frechet_inception_distance"], **answers[CLIPSCORE]}  # fmt: skip
        far = []
        for one in self.sets:
            for key, metric in self.reports[our_name(one, "fp32")]["metrics"].items():
                value = metric["value"]
                if key in theirs and (value is None or abs(value - theirs[key]) > SAME * abs(theirs[key])):
                    far.append((key, value, theirs[key]))
        if BOXES in answers:
            lines = self.samples(self.sets[-1], "fp32").read_text().splitlines()
            found = sum(one["score"] >= 0.5 for line in lines for one in json.loads(line)["detections"])
            objects = answers[BOXES]["objects"]
            if abs(found - objects) > SAME_OBJECTS * objects:
                far.append(("objects", found, objects))
        if far:
            sys.exit(f"values differ, so times cannot be compared (metric, ours, theirs): {far}")


def our_name(one: MetricSet, precision: str) -> str:
    return f"tise-eval {precision}: {one.metrics}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=64, help="generated images, and as many real ones, for sets with "
                        "the detector; 0 skips these sets; default: 64")  # fmt: skip
    parser.add_argument("--light-images", type=int, default=512,
                        help="the same for the other sets; default: 512")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=1, help="runs of each program, in turn; default: 1")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--device", default="cpu", help="tise-eval's device; the peers run on the CPU; default: cpu")
    parser.add_argument("--precision", nargs="+", help="tise-eval's precisions; default: fp32, and fp16 on CUDA or bf16 "
                        "on a CPU that supports it")  # fmt: skip
    parser.add_argument("--batch-size", default="auto", help="tise-eval's batch size; default: auto")
    parser.add_argument("--no-peers", action="store_true", help="run only tise-eval and the roofline")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for inputs (kept); default: build/benchmarks")
    add_output_options(parser)
    args = parser.parse_args()
    args.precision = args.precision or ["fp32", *half_precision(args.device)]
    return args


def roofline(bench: Bench, precision: str) -> dict:
    args = bench.args
    device = args.device.split(",")[0]
    batches = ROOFLINE_ON_GPU if device.startswith("cuda") else ROOFLINE
    return json.loads(run_command([args.program.with_name("tise-roofline"), "--models", bench.weights.archives, "--images",
                                   bench.inputs.images, "--device", device, "--precision", precision, "--threads",
                                   str(args.threads), *batches, "--networks",
                                   *sorted({stage for one in bench.sets for stage in one.stages})]).stdout)  # fmt: skip


def speed(bench: Bench) -> list[dict]:
    """The seconds of each set, and of its peers together."""
    rows = []
    for precision in bench.args.precision:
        for one in bench.sets:
            name = our_name(one, precision)
            row = {"metrics": one.metrics, "precision": precision, "images": bench.images, "seconds": bench.median(name),
                   "peak_mib": bench.peaks[name]}  # fmt: skip
            if not bench.args.no_peers:
                theirs = sum(bench.median(peer) for peer in one.peers)
                row |= {"peers": list(one.peers), "peers_seconds": theirs, "times_faster": theirs / row["seconds"]}
                if BOXES in one.peers:
                    masks = theirs - bench.median(BOXES) + bench.median(MASKS)
                    row["times_faster_than_with_masks"] = masks / row["seconds"]
            rows.append(row)
    return rows


def stages(bench: Bench, ceilings: dict[str, dict]) -> list[dict]:
    """Each set's rate compared with its networks alone on one device, and the share of time that each stage was working.
    With several devices or lanes, a stage's seconds are the sum over them, so its share can be above 1."""
    rows = []
    for precision in bench.args.precision:
        alone = ceilings[precision]["per_second"]
        for one in bench.sets:
            run = bench.reports[our_name(one, precision)]["run"]
            rate = run["images_per_second"]
            costs = [1 / alone[stage] for stage in one.stages]
            wall = bench.images / rate
            share = {name: seconds / wall / (bench.args.threads if name in ("decode", "prepare") else 1)
                     for name, seconds in run["stages"].items() if name not in ("load", "texts")}  # fmt: skip
            rows.append({"metrics": one.metrics, "precision": precision, "images_per_second": rate,
                         "of_slowest_alone": rate * max(costs), "of_networks_in_turn": rate * sum(costs),
                         "load_seconds": run["stages"].get("load", 0.0), "text_seconds": run["stages"].get("texts", 0.0),
                         "busy": share, "gpu_busy": bench.gpu_busy.get(our_name(one, precision))})  # fmt: skip
    return rows


def deviations(bench: Bench) -> list[dict]:
    """Each metric's value in float32 and in the other precisions."""
    if "fp32" not in bench.args.precision:
        return []
    values = {precision: {key: metric["value"] for key, metric in
                          bench.reports[our_name(bench.sets[-1], precision)]["metrics"].items()}
              for precision in bench.args.precision}  # fmt: skip
    return [{"metric": key, "precision": precision, "fp32": value, "value": values[precision][key]}
            for precision in bench.args.precision if precision != "fp32"
            for key, value in values["fp32"].items() if value is not None]  # fmt: skip


def peers_measurement(figures: dict) -> Measurement:
    rows = [(shown(row["metrics"]), row["precision"], str(row["images"]), f"{row['seconds']:.1f}",
             f"{row['peers_seconds']:.1f}", f"{row['times_faster']:.2f}",
             f"{row['times_faster_than_with_masks']:.2f}" if "times_faster_than_with_masks" in row else "",
             f"{row['peak_mib']:.0f}") for row in figures["speed"]]  # fmt: skip
    text = ("\"Peers\" is the sum of torch-fidelity (IS, FID), clipscore's script (CLIP-S, RefCLIP-S) and torchvision's "
            "Mask R-CNN without its mask head, in seconds. \"With masks\" is the ratio to Mask R-CNN as torchvision runs "
            "it.")
    header = ("metrics", "precision", "images", "seconds", "peers", "times as fast", "with masks", "peak MiB")
    return Measurement("peers", "Peers", text, [Table(header, rows)])


def stages_measurement(figures: dict) -> Measurement:
    gpu = any(row["gpu_busy"] for row in figures["stages"])
    rows = []
    for whole, row in zip(figures["speed"], figures["stages"]):
        busy = ", ".join(f"{name} {share:.2f}" for name, share in row["busy"].items())
        gpu_busy = "{:.2f} (median {:.2f})".format(*row["gpu_busy"]) if row["gpu_busy"] else ""
        rows.append((shown(row["metrics"]), row["precision"], str(whole["images"]), f"{whole['seconds']:.1f}",
                     f"{whole['peak_mib']:.0f}", f"{row['images_per_second']:.2f}", f"{row['of_slowest_alone']:.2f}",
                     f"{row['of_networks_in_turn']:.2f}", *([gpu_busy] if gpu else []), busy))  # fmt: skip
    header = ("metrics", "precision", "images", "seconds", "peak MiB", "images/s", "of the slowest", "of all in turn",
              *(["GPU busy"] if gpu else []), "busy")  # fmt: skip
    text = ("\"Of the slowest\" is the run's images per second (networks loaded, first batch included) over those of its "
            "slowest network alone, \"of all in turn\" over those of all its networks one after the other. \"Busy\" is the "
            "share of time in which a stage was at work; for decoding and preparing, of all threads.")
    return Measurement("stages", "Stages", text, [Table(header, rows), alone(figures["roofline"])])


def alone(ceilings: dict[str, dict]) -> Table:
    rates = [ceiling["per_second"] for ceiling in ceilings.values()]
    rows = [(label, *(f"{one[stage]:,.0f}" if one[stage] >= 1000 else f"{one[stage]:.4g}" for one in rates))
            for stage, label in ALONE.items() if stage in rates[0]]  # fmt: skip
    return Table(("alone, per second", *ceilings), rows)


def deviations_measurement(figures: dict) -> Measurement:
    rows = [(row["metric"], row["precision"], f"{row['fp32']:.6g}", f"{row['value']:.6g}",
             f"{row['value'] - row['fp32']:+.2g}") for row in figures["deviations"]]  # fmt: skip
    table = Table(("metric", "precision", "fp32 value", "value", "difference"), rows)
    return Measurement("reduced-precision", "Reduced precision", "Values with the full-size networks.", [table])


def shown(metrics: str) -> str:
    return "ten metrics" if metrics == SETS[-1].metrics else metrics.replace(",", ", ")


def main() -> None:
    args = arguments()
    results = Results(args, threads=args.threads, device=args.device)
    light = tuple(one for one in SETS if one.is_light)
    heavy = tuple(one for one in SETS if not one.is_light)
    benches = [Bench(args, images, sets, *prepare(args.work, images))
               for images, sets in ((args.light_images, light), (args.images, heavy)) if images > 0]  # fmt: skip
    for bench in benches:
        bench.run_all()
    ceilings = {precision: roofline(benches[-1], precision) for precision in args.precision}
    figures = {"runs": [{"images": bench.images, "seconds": bench.seconds, "peak_mib": bench.peaks} for bench in benches],
               "speed": [row for bench in benches for row in speed(bench)],
               "stages": [row for bench in benches for row in stages(bench, ceilings)],
               "roofline": ceilings, "deviations": deviations(benches[-1])}  # fmt: skip
    measurements = [] if args.no_peers else [peers_measurement(figures)]
    measurements.append(stages_measurement(figures))
    if figures["deviations"]:
        measurements.append(deviations_measurement(figures))
    results.add(*measurements, **figures)


if __name__ == "__main__":
    main()
