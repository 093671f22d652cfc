"""Whole pictures: compares CLIP-S, RefCLIP-S, IS and FID with clipscore, torch-fidelity, pytorch-fid and clean-fid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import peers
from evaluator import Job, Report, Trouble, evaluate
from mutants import mutants
from stored import columns
from table import Row, Table, number, relative, same_again, say
from world import CLIP_METRICS, FEW, IMAGE_METRICS, World

SCORES = 2e-5  # CLIP-S and RefCLIP-S, each pair, absolute
DISTANCES = 1e-4  # IS and FID, relative
STEADY = 1e-5  # repeated runs, relative


def farthest(theirs: np.ndarray, ours: list[float]) -> float:
    """The largest difference. NaN, which is out of any tolerance, if the lengths differ."""
    return float(np.abs(theirs - np.array(ours)).max()) if len(theirs) == len(ours) else float("nan")


def clip_rows(table: Table, theirs: peers.ClipScores, ours: Report, label: str, must_differ: bool,
              peer: str = "clipscore") -> None:
    for metric, scores in zip(CLIP_METRICS, (theirs.clip_s, theirs.ref_clip_s)):
        name = f"{metric}, every pair{label}"
        table.add(Row(name, peer, number(scores.mean()), number(ours.metrics[metric]),
                      farthest(scores, ours.of_each_pair(metric)), SCORES, must_differ))


def image_rows(table: Table, theirs: dict[str, float], ours: Report, label: str, must_differ: bool) -> None:
    for metric, key in zip(IMAGE_METRICS, ("inception_score_mean", "frechet_inception_distance")):
        table.add(relative(metric + label, "torch-fidelity", theirs[key], ours.metrics.get(metric), DISTANCES,
                           must_differ))


def check_telling(scores: peers.ClipScores, fidelity: dict[str, float]) -> None:
    """Raises Trouble unless the networks tell photographs apart: otherwise the comparison proves nothing."""
    spread, inception_score = scores.cosines.std(), fidelity["inception_score_mean"]
    distance = fidelity["frechet_inception_distance"]
    positive = (scores.cosines > 0).mean()
    say(f"cosines {scores.cosines.mean():.3f} ± {spread:.3f}, {positive:.0%} above 0; "
        f"IS {inception_score:.2f}; FID {distance:.2f}")
    if not (spread > 0.02 and positive > 0.5 and 2 < inception_score < 20 and distance > 1):
        raise Trouble("the random networks are degenerate: their values prove nothing")


def compare_main(world: World, table: Table) -> None:
    say("clipscore")
    scores = peers.clip_scores(peers.openai_clip(world.work / "clip.pth"), world.work / "samples", world.captions, world.references)
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
    """safetensors must read every chunk, and the features of all images must be there."""
    rows = 0
    for path in sorted(store.rglob("*.safetensors")):
        found = columns(path)
        if path.parent == store and "features" in found:
            rows += len(found["features"])
    table.add(Row("images in the store's chunks", "safetensors", str(count), str(rows), abs(rows - count), 0))


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
    network = peers.openai_clip(world.work / "clip.pth")
    scores = peers.clip_scores(network, folder, world.first(FEW), world.references)
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
    """Other batch sizes, other numbers of threads and the store must give the same values."""
    job = replace(world.job("few"), real=world.statistics("torch-fidelity"), metrics="all")
    kept = replace(job, store=world.work / "store-few", options=("--batch-size", "32", "--threads", "2"))
    say("runs again")
    first = evaluate(kept, world.work)
    runs = {f"batch {batch}, threads {threads}": replace(job, options=("--batch-size", batch, "--threads", threads))
            for batch, threads in (("1", "1"), ("7", "2"), ("32", "1"))}
    for name, run in {**runs, "from the store": kept}.items():
        again = evaluate(run, world.work)
        same_again(table, name, "batch 32, threads 2", first.metrics, again.metrics, STEADY)


def compare(world: World, table: Table) -> None:
    compare_main(world, table)
    compare_mutants(world, table)
    compare_runs(world, table)
    compare_others(world, table)
