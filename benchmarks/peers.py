#!/usr/bin/env python3
"""IS and FID of photographs: tise-eval against torch-fidelity, on the same weights, images and cores.

Both run as whole processes, from start to the printed numbers, in turn, so that what else the machine does falls on
both. The network is the full-size Inception v3 with weights drawn from a seed: what they are worth doesn't
matter here, but both must come to the same IS and FID, or nothing is printed.

All pictures have one size, since torch-fidelity can't batch mixed ones. With two or more --images the rate
between the smallest and the largest is printed too: of it start-up and matrix roots are no part.

To be run by the Python of the parity suite (tests/parity/requirements.txt).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import PROGRAM, ROOT, WORK, Run, available_cores, run_command, table

SIDE = 256
JPEG_QUALITY = 90
CALIBRATION = 48  # photographs that the seeded network is fitted to
SEED = 2020
SAME = 1e-3  # relative difference at which two values count as the same
DISTORTED = 0.6  # how much of their colour the "generated" pictures keep


@dataclass(frozen=True)
class Score:
    """What a program printed."""

    inception_score: float
    fid: float

    def agrees_with(self, other: Score) -> bool:
        pairs = ((self.inception_score, other.inception_score), (self.fid, other.fid))
        return all(abs(a - b) <= SAME * max(abs(a), abs(b)) for a, b in pairs)


@dataclass(frozen=True)
class Inputs:
    images: Path
    real: Path


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=(64, 256), metavar="N",
                        help="generated images, and as many real ones; default: 64 256")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turn; default: 3")
    parser.add_argument("--threads", type=int, default=available_cores(), help="default: all cores")
    parser.add_argument("--real", choices=("folder", "statistics"), default="folder",
                        help="real images encoded by both in each run (default), or by both beforehand")  # fmt: skip
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: build/tise-eval")
    parser.add_argument("--batch-size", default="auto", help="ours; default: auto")
    parser.add_argument("--peer-batch-size", type=int, default=64, help="torch-fidelity's; default: its own, 64")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="with torch-fidelity")
    parser.add_argument("--work", type=Path, default=WORK, help="kept; default: build/benchmarks")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures")
    return parser.parse_args()


def make_photographs(folder: Path, count: int, seed: int, distorted: bool) -> Path:
    """Crops of one size; `distorted` ones are paler, so that FID isn't 0."""
    import numpy as np
    from photographs import photographs
    from PIL import ImageEnhance

    folder.mkdir(parents=True, exist_ok=True)
    sources = [photograph.picture for photograph in photographs()]
    rng = np.random.default_rng(seed)
    for index in range(count):
        picture = sources[int(rng.integers(len(sources)))]
        left, top = int(rng.integers(picture.width - SIDE + 1)), int(rng.integers(picture.height - SIDE + 1))
        crop = picture.crop((left, top, left + SIDE, top + SIDE))
        if distorted:
            crop = ImageEnhance.Color(crop).enhance(DISTORTED)
        crop.save(folder / f"{index:05d}.jpg", quality=JPEG_QUALITY)
    return folder


def prepare(work: Path, counts: list[int]) -> None:
    """Pictures, weights and the archive made of them."""
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    import seeded_weights

    for count in counts:
        inputs = inputs_of(work, count)
        if not inputs.real.exists():
            make_photographs(inputs.images, count, SEED, distorted=True)
            make_photographs(inputs.real, count, SEED + 1, distorted=False)
    weights = weights_of(work)
    if not weights.exists():
        calibration = make_photographs(work / "calibration", CALIBRATION, SEED + 2, distorted=False)
        seeded_weights.inception(sorted(calibration.iterdir()), SEED, weights)
    archive = work / "models" / "inception.pt"
    if not archive.exists():
        archive.parent.mkdir(exist_ok=True)
        run_command([sys.executable, ROOT / "scripts" / "export_inception.py", "--weights", weights, "--output",
                     archive])  # fmt: skip


def inputs_of(work: Path, count: int) -> Inputs:
    return Inputs(work / f"generated-{count}", work / f"real-{count}")


def weights_of(work: Path) -> Path:
    return work / "inception-seeded.pth"


class Ours:
    name = "tise-eval"

    def __init__(self, args: argparse.Namespace, inputs: Inputs) -> None:
        self._args = args
        self._images = inputs.images
        self._real = inputs.real
        if args.real == "statistics":
            self._real = inputs.real.with_suffix(".npz")
            run_command([args.program, "stats", "--images", inputs.real, "--output", self._real, *self._engine()])

    def run(self) -> tuple[Run, Score]:
        run = run_command([self._args.program, "--images", self._images, "--real", self._real, "--metrics", "IS,FID",
                           *self._engine()])  # fmt: skip
        metrics = json.loads(run.stdout)["metrics"]
        return run, Score(metrics["IS"]["value"], metrics["FID"]["value"])

    def _engine(self) -> list[str | Path]:
        return ["--models", self._args.work / "models", "--device", "cpu", "--threads", str(self._args.threads),
                "--batch-size", self._args.batch_size, "--quiet"]  # fmt: skip


class TorchFidelity:
    name = "torch-fidelity"

    def __init__(self, args: argparse.Namespace, inputs: Inputs) -> None:
        self._threads = args.threads
        self._command: list[str | Path] = [
            args.python, "-m", "torch_fidelity.fidelity", "--cpu", "--isc", "--fid", "--json", "--silent",
            "--input1", inputs.images, "--input2", inputs.real, "--batch-size", str(args.peer_batch_size),
            "--feature-extractor-weights-path", weights_of(args.work),
        ]  # fmt: skip
        if args.real == "statistics":
            cache = args.work / "torch-fidelity"
            self._command += ["--cache-root", cache, "--input2-cache-name", inputs.real.name]
            self.run()
        else:
            self._command += ["--no-cache"]

    def run(self) -> tuple[Run, Score]:
        run = run_command(self._command, {"OMP_NUM_THREADS": str(self._threads)})
        metrics = json.loads(run.stdout[run.stdout.index("{"):])
        return run, Score(metrics["inception_score_mean"], metrics["frechet_inception_distance"])


def compare(args: argparse.Namespace, count: int) -> dict[str, object]:
    """The figures of one number of images."""
    programs = [program(args, inputs_of(args.work, count)) for program in (Ours, TorchFidelity)]
    seconds: list[list[float]] = []
    peaks: list[list[float]] = []
    for number in range(args.rounds):
        results = [program.run() for program in programs]
        (ours, our_score), (theirs, their_score) = results
        if not our_score.agrees_with(their_score):
            sys.exit(f"they don't agree, so their times can't be compared: {our_score}, torch-fidelity's {their_score}")
        seconds.append([ours.seconds, theirs.seconds])
        peaks.append([ours.peak_mib, theirs.peak_mib])
        print(f"{count:,} images, round {number + 1}: {ours.seconds:.1f} s, torch-fidelity {theirs.seconds:.1f} s, "
              f"ratio {ours.seconds / theirs.seconds:.3f}", file=sys.stderr)  # fmt: skip
    ours_s, theirs_s = zip(*seconds)
    ratios = [ours / theirs for ours, theirs in seconds]
    return {
        "images": count,
        "seconds": {"tise-eval": ours_s, "torch-fidelity": theirs_s},
        "peak_mib": dict(zip(("tise-eval", "torch-fidelity"), map(max, zip(*peaks)))),
        "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
    }


def marginal(figures: list[dict]) -> dict[str, float]:
    """Images a second, generated and real together, between the smallest and the largest set."""
    small, large = figures[0], figures[-1]
    kinds = 2  # generated and real
    rates = {}
    for name in ("tise-eval", "torch-fidelity"):
        more = statistics.median(large["seconds"][name]) - statistics.median(small["seconds"][name])
        rates[name] = kinds * (large["images"] - small["images"]) / more
    return rates


def summary(figures: list[dict]) -> str:
    rows = []
    for figure in figures:
        for name in ("tise-eval", "torch-fidelity"):
            times = figure["seconds"][name]
            rows.append((name, f"{figure['images']:,}", f"{statistics.median(times):.1f}", f"{min(times):.1f}",
                         f"{max(times):.1f}", f"{figure['peak_mib'][name]:.0f}"))  # fmt: skip
    lines = [table(("program", "images", "seconds", "least", "most", "peak MiB"), rows), ""]
    for figure in figures:
        ratio = figure["ratio"]
        lines.append(f"{figure['images']:,} and as many real images: tise-eval takes {ratio['median']:.3f} of "
                     f"torch-fidelity's time ({ratio['min']:.3f} to {ratio['max']:.3f})")  # fmt: skip
    if len(figures) > 1:
        ours, theirs = marginal(figures).values()
        lines.append(f"each further image: {ours:.1f} and {theirs:.1f} images/s, {theirs / ours:.3f} of the time")
    return "\n".join(lines)


def main() -> None:
    args = arguments()
    counts = sorted(set(args.images))
    args.work.mkdir(parents=True, exist_ok=True)
    # In a process of its own: a child's peak is at least what its parent has when it is started.
    preparation = multiprocessing.get_context("spawn").Process(target=prepare, args=(args.work, counts))
    preparation.start()
    preparation.join()
    if preparation.exitcode != 0:
        sys.exit("the inputs could not be made")

    figures = [compare(args, count) for count in counts]
    print(summary(figures))
    if args.json:
        args.json.write_text(json.dumps({"threads": args.threads, "real": args.real, "runs": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
