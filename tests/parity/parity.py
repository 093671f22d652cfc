#!/usr/bin/env python3
"""Compares tise-eval with the published implementations on photographs, with seeded full-size networks.

Prints one table; exit code 1 where a number is out of tolerance, 2 where something could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

import objects
import peers
import seeded_weights
from evaluator import PREPARATIONS, Job, Report, Trouble, binary, evaluate, export_clip, export_inception
from mutants import mutants
from photographs import write_set
from sentences import captions, references
from table import Row, Table, number, relative, same_again, say

SCORES = 2e-5  # CLIP-S and RefCLIP-S, each pair, absolute
DISTANCES = 1e-4  # IS and FID, relative
STEADY = 1e-5  # runs of the same thing, relative
CLIP_METRICS, IMAGE_METRICS = ("CLIP-S", "RefCLIP-S"), ("IS", "FID")
NAMED = ",".join((*CLIP_METRICS, *IMAGE_METRICS))
FEW = 40  # images of the runs that are repeated
CALIBRATION = 32
PARTS = ("images", "objects")


@dataclass
class World:
    """Photographs, sentences, weights and archives, all in one folder."""

    work: Path
    captions: dict[str, str]
    references: dict[str, list[str]]

    @property
    def real(self) -> Path:
        return self.work / "real"

    def models(self, preparation: str) -> Path:
        return self.work / f"models-{preparation}"

    def statistics(self, peer: str) -> Path:
        return self.work / f"real-{peer}.npz"

    def job(self, images: str = "samples") -> Job:
        """The whole comparison's job, or, of `few`, that of the repeated runs."""
        return Job(self.models("torch-fidelity"), self.work / images, self.real, self.work / f"{images}.json",
                   self.work / "references.json", NAMED)


def write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def few(world: World) -> dict[str, str]:
    return dict(list(world.captions.items())[:FEW])


def build_world(work: Path, count: int) -> World:
    subjects = write_set(work / "samples", count, seed=1, as_generated=True)
    write_set(work / "real", count, seed=2, as_generated=False)
    world = World(work, captions(subjects, seed=3), references(subjects, seed=4))
    (work / "few").mkdir()
    for path in (work / "samples").iterdir():
        if path.stem in few(world):
            shutil.copy(path, work / "few")
    write_json(work / "samples.json", world.captions)
    write_json(work / "few.json", few(world))
    write_json(work / "references.json", world.references)
    return world


def build_models(world: World, preparations: tuple[str, ...]) -> None:
    photographs = sorted(world.real.iterdir())[:CALIBRATION]
    say("seeded weights")
    seeded_weights.vit_b_32(photographs, list(world.captions.values())[:2 * CALIBRATION], 5, world.work / "clip.pth")
    seeded_weights.inception(photographs, 6, world.work / "inception.pth")
    say("export")
    for preparation in preparations:
        world.models(preparation).mkdir()
        export_inception(world.work / "inception.pth", world.models(preparation) / "inception.pt", preparation)
    export_clip(world.work / "clip.pth", world.models("torch-fidelity") / "clip.pt")


def farthest(theirs: np.ndarray, ours: list[float]) -> float:
    """NaN where the lengths differ: within no tolerance."""
    return float(np.abs(theirs - np.array(ours)).max()) if len(theirs) == len(ours) else float("nan")


def clip_rows(table: Table, theirs: peers.ClipScores, ours: Report, label: str, must_differ: bool) -> None:
    for metric, scores in zip(CLIP_METRICS, (theirs.clip_s, theirs.ref_clip_s)):
        name = f"{metric}, every pair{label}"
        table.add(Row(name, "clipscore", number(scores.mean()), number(ours.metrics[metric]),
                      farthest(scores, ours.of_each_pair(metric)), SCORES, must_differ))


def image_rows(table: Table, theirs: dict[str, float], ours: Report, label: str, must_differ: bool) -> None:
    for metric, key in zip(IMAGE_METRICS, ("inception_score_mean", "frechet_inception_distance")):
        table.add(relative(metric + label, "torch-fidelity", theirs[key], ours.metrics.get(metric), DISTANCES,
                           must_differ))


def check_telling(scores: peers.ClipScores, fidelity: dict[str, float]) -> None:
    """The comparison is worth something only where the networks tell photographs apart."""
    spread, inception_score = scores.cosines.std(), fidelity["inception_score_mean"]
    distance = fidelity["frechet_inception_distance"]
    positive = (scores.cosines > 0).mean()
    say(f"cosines {scores.cosines.mean():.3f} ± {spread:.3f}, {positive:.0%} above 0; "
        f"IS {inception_score:.2f}; FID {distance:.2f}")
    if not (spread > 0.02 and positive > 0.5 and 2 < inception_score < 20 and distance > 1):
        raise Trouble("the seeded networks are degenerate: their numbers prove nothing")


def compare_main(world: World, table: Table) -> None:
    say("clipscore")
    scores = peers.clip_scores(world.work / "clip.pth", world.work / "samples", world.captions, world.references)
    say("torch-fidelity")
    fidelity = peers.fidelity(world.work / "inception.pth", world.work / "cache", world.work / "samples", world.real)
    peers.fidelity_statistics(world.work / "cache", world.real, world.statistics("torch-fidelity"))
    check_telling(scores, fidelity)
    say("tise-eval")
    job = replace(world.job(), store=world.work / "store")
    ours = evaluate(job, world.work)
    clip_rows(table, scores, ours, "", False)
    image_rows(table, fidelity, ours, "", False)
    table.add(relative("IS, deviation over splits", "torch-fidelity", fidelity["inception_score_std"],
                       ours.details["IS"].get("std"), DISTANCES))
    against_statistics = evaluate(replace(job, real=world.statistics("torch-fidelity")), world.work)
    table.add(relative("FID, real as .npz", "torch-fidelity", fidelity["frechet_inception_distance"],
                       against_statistics.metrics.get("FID"), DISTANCES))
    check_chunks(job.store, len(world.captions), table)


def check_chunks(store: Path, count: int, table: Table) -> None:
    """Every chunk is read by torch.load without running code; features of all images are there."""
    rows = 0
    for path in sorted(store.rglob("chunk-*.pt")):
        flat = torch.load(path, weights_only=True)
        if not isinstance(flat, tuple):
            raise Trouble(f"{path}: a {type(flat).__name__}, not a tuple of names and columns")
        columns = dict(zip(flat[::2], flat[1::2]))
        if path.parent == store and "features" in columns:
            rows += len(columns["features"])
    table.add(Row("images in the store's chunks", "torch.load", str(count), str(rows), abs(rows - count), 0))


def compare_other_preparation(world: World, table: Table, peer: str, theirs: float) -> None:
    say(f"tise-eval as {peer}")
    job = Job(world.models(peer), world.work / "samples", world.real, metrics="FID", store=world.work / f"store-{peer}")
    for name, real in (("FID", world.real), ("FID, real as .npz", world.statistics(peer))):
        ours = evaluate(replace(job, real=real), world.work)
        table.add(relative(name, peer, theirs, ours.metrics.get("FID"), DISTANCES))


def compare_others(world: World, table: Table) -> None:
    weights, samples = world.work / "inception.pth", world.work / "samples"
    say("pytorch-fid")
    theirs = peers.pytorch_fid(weights, samples, world.real, world.statistics("pytorch-fid"))
    compare_other_preparation(world, table, "pytorch-fid", theirs)
    say("clean-fid")
    theirs = peers.cleanfid(weights, world.work, samples, world.real, world.statistics("clean-fid"))
    compare_other_preparation(world, table, "clean-fid", theirs)


def compare_mutants(world: World, table: Table) -> None:
    say("peers on the few images of the mutants")
    folder = world.work / "few"
    scores = peers.clip_scores(world.work / "clip.pth", folder, few(world), world.references)
    fidelity = peers.fidelity(world.work / "inception.pth", world.work / "cache", folder, world.real)
    job = replace(world.job("few"), real=world.statistics("torch-fidelity"))
    right = evaluate(job, world.work)
    clip_rows(table, scores, right, f", {FEW} images", False)
    image_rows(table, fidelity, right, f", {FEW} images", False)
    for mutant in mutants(job.models, folder, world.work):
        say(f"mutant: {mutant.name}")
        wrong = evaluate(replace(job, models=mutant.models, images=mutant.images), world.work)
        clip_rows(table, scores, wrong, f", mutant: {mutant.name}", True)
        image_rows(table, fidelity, wrong, f", mutant: {mutant.name}", True)


def compare_runs(world: World, table: Table) -> None:
    """The same numbers from other batch sizes, other numbers of threads, and from the store."""
    job = replace(world.job("few"), real=world.statistics("torch-fidelity"), metrics="all")
    kept = replace(job, store=world.work / "store-few", options=("--batch-size", "32", "--threads", "2"))
    say("runs again")
    first = evaluate(kept, world.work)
    runs = {f"batch {batch}, {threads} threads": replace(job, options=("--batch-size", batch, "--threads", threads))
            for batch, threads in (("1", "1"), ("7", "2"), ("32", "1"))}
    for name, run in {**runs, "from the store": kept}.items():
        again = evaluate(run, world.work)
        same_again(table, name, "batch 32, 2 threads", first.metrics, again.metrics, STEADY)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300, metavar="N", help="in each of the two sets (default 300)")
    parser.add_argument("--only", choices=PARTS, help="compare just this part")
    parser.add_argument("--work", type=Path, metavar="DIR", help="an empty or new folder to work in")
    parser.add_argument("--keep", action="store_true", help="leave that folder's content (3 GB) there")
    args = parser.parse_args()
    if args.images < FEW:
        parser.error(f"--images must be {FEW} or more")
    if args.work is not None and args.work.exists() and any(args.work.iterdir()):
        parser.error(f"--work {args.work}: not empty")
    return args


def compare(work: Path, count: int, only: str | None) -> Table:
    binary()
    say("photographs")
    world = build_world(work, count)
    build_models(world, PREPARATIONS[:1] if only == "objects" else PREPARATIONS)
    table = Table()
    if only != "objects":
        compare_main(world, table)
        compare_mutants(world, table)
        compare_runs(world, table)
        compare_others(world, table)
    if only != "images":
        objects.compare(work, world.models(PREPARATIONS[0]), table)
    return table


def main() -> int:
    args = arguments()
    torch.set_num_threads(min(torch.get_num_threads(), len(os.sched_getaffinity(0))))
    if args.work is not None:
        args.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="tise-parity-", dir=args.work)).resolve()
    try:
        table = compare(work, args.images, args.only)
    except Trouble as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    finally:
        if args.keep:
            say(f"kept in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(table.markdown())
    say("all within tolerance" if table.ok else "NOT all within tolerance")
    return 0 if table.ok else 1


if __name__ == "__main__":
    sys.exit(main())
