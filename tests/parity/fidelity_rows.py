"""KID and MMD on the rows in our store. The packages get the same rows in float64, so only the arithmetic is compared.

Thousands of crops of 32×32 pixels go through a small network like DINOv2. With 1,000 images per side, a subset is the
whole set, so every package's KID is that of all rows.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from cleanfid.fid import kernel_distance
from torchmetrics.image import KernelInceptionDistance

import fidelity_peers as peers
import seeded_weights
from evaluator import Job, Report, evaluate
from on_our_rows import Rows as RowsOfNumbers
from photographs import crop, generated, photographs
from stored import chunks
from table import Table, relative, say
from tise_eval.export import encoder
from tise_eval.export.architectures.dinov2 import DinoV2
from tise_eval.export.preparation import IMAGENET, card_input, squash

VALUES = 1e-6  # relative
WHOLE = 1000  # images per side; also the size of a subset
SUBSETS = 2  # subsets of all rows: they are equal
MORE, MORE_REAL = 1700, 1100
ALL_SUBSETS = 100
NAME, SIDE, CROP = "small", 56, 32
KID, MMD = f"KID@{NAME}", f"MMD@{NAME}"


@dataclass
class Rows:
    images: np.ndarray
    real: np.ndarray

    def distances(self) -> dict[str, tuple[str, float]]:
        """The peer and its value for each metric."""
        kid = peers.torch_fidelity_kid(self.images, self.real, len(self.images))
        return {"FD": ("pytorch-fid", peers.frechet_distance(self.images, self.real)),
                "KID": ("torch-fidelity", kid["kernel_inception_distance_mean"]),
                "MMD": ("torch-fidelity", peers.torch_fidelity_mmd(self.images, self.real))}


@dataclass
class Ours:
    """Our run, and the folder of its store."""

    report: Report
    store: Path

    def rows(self, name: str) -> Rows:
        return Rows(*(stored_rows(folder, name) for folder in (self.store, self.store / "real")))


def stored_rows(folder: Path, name: str) -> np.ndarray:
    """Features in float64, in the order of the images' names."""
    found = {image: row for chunk in chunks(folder, name) for image, row in zip(chunk["names"], chunk["features"])}
    return torch.stack([found[image] for image in sorted(found, key=os.fsencode)]).double().numpy()


def write_crops(folder: Path, count: int, seed: int, as_generated: bool) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    sources = [photograph.picture for photograph in photographs()]
    for index in range(count):
        picture = crop(sources[int(rng.integers(len(sources)))], (CROP, CROP), rng)
        (generated(picture, rng) if as_generated else picture).save(folder / f"{index:05d}.png")


def write_network(models: Path) -> None:
    models.mkdir()
    state = seeded_weights.dinov2_weights.state(seeded_weights.dinov2_weights.Size(width=128, depth=2), 51)
    encoder(DinoV2(state, SIDE).eval(), input=card_input(squash(SIDE, "pillow-bicubic"), *IMAGENET),
            output=models / f"{NAME}.pt")


def first(folder: Path, count: int, output: Path) -> Path:
    output.mkdir(parents=True)
    for path in peers.pictures_of(folder)[:count]:
        (output / path.name).hardlink_to(path)
    return output


def clean_fid_kid(rows: Rows) -> float:
    return kernel_distance(rows.real, rows.images, num_subsets=SUBSETS)


def torchmetrics_kid(rows: Rows) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about keeping all rows in memory
        metric = KernelInceptionDistance(feature=RowsOfNumbers(torch.from_numpy(rows.images)), subsets=SUBSETS,
                                         subset_size=len(rows.images)).double()
    metric.update(metric.inception.indices, real=False)
    metric.inception = RowsOfNumbers(torch.from_numpy(rows.real))
    metric.update(metric.inception.indices, real=True)
    return metric.compute()[0].item()


def kid_kernel(a: np.ndarray, b: np.ndarray, degree: int = 3) -> np.ndarray:
    return (a @ b.T / a.shape[1] + 1) ** degree


def kid_formula(images: np.ndarray, real: np.ndarray, degree: int = 3, has_self_pairs: bool = False) -> float:
    """Bińkowski et al. 2018, over all rows. Mutants: another degree, pairs of an image with itself."""
    n, m = len(images), len(real)
    own, cross, others = (kid_kernel(a, b, degree) for a, b in ((images, images), (images, real), (real, real)))
    if has_self_pairs:
        return float(own.mean() + others.mean() - 2 * cross.mean())
    return float((own.sum() - np.trace(own)) / (n * (n - 1)) + (others.sum() - np.trace(others)) / (m * (m - 1))
                 - 2 * cross.mean())


def sharper_kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return peers.cmmd_kernel(a, b, sigma=1.0)


def mmd_without_self_pairs(images: np.ndarray, real: np.ndarray) -> float:
    """CMMD's formula as an unbiased estimator."""
    n, m = len(images), len(real)
    own, cross, others = (peers.cmmd_kernel(a, b) for a, b in ((images, images), (images, real), (real, real)))
    return peers.SCALE * float((own.sum() - n) / (n * (n - 1)) + (others.sum() - m) / (m * (m - 1)) - 2 * cross.mean())


def compare_whole(rows: Rows, values: dict[str, float], table: Table) -> None:
    kid, mmd = values.get(KID), values.get(MMD)
    label = f"{WHOLE} and {WHOLE} of our rows"
    fidelity = peers.torch_fidelity_kid(rows.images, rows.real, WHOLE, SUBSETS)
    for peer, theirs in (("torch-fidelity", fidelity["kernel_inception_distance_mean"]),
                         ("clean-fid", clean_fid_kid(rows)), ("torchmetrics", torchmetrics_kid(rows))):
        table.add(relative(f"KID, {label}", peer, theirs, kid, VALUES))
    table.add(relative(f"MMD, {label}", "torch-fidelity", peers.torch_fidelity_mmd(rows.images, rows.real), mmd,
                       VALUES))
    table.add(relative(f"MMD, {label}", "cmmd's formula", peers.cmmd(rows.images, rows.real), mmd, VALUES))
    unit = peers.unit(rows.images), peers.unit(rows.real)
    for mutant, theirs in (("self-pairs counted", kid_formula(rows.images, rows.real, has_self_pairs=True)),
                           ("degree 2", kid_formula(rows.images, rows.real, degree=2)),
                           ("normalized rows", kid_formula(*unit))):
        table.add(relative(f"KID, mutant: {mutant}", "formula", theirs, kid, VALUES, True))
    for mutant, theirs in (("self-pairs left out", mmd_without_self_pairs(*unit)),
                           ("rows not normalized", peers.biased_mmd(rows.images, rows.real)),
                           ("sigma 1 for 10", peers.biased_mmd(*unit, sharper_kernel)),
                           ("KID's kernel", peers.biased_mmd(*unit, kid_kernel))):
        table.add(relative(f"MMD, mutant: {mutant}", "formula", theirs, mmd, VALUES, True))


def compare_unequal(rows: Rows, full: dict[str, float], subsets: dict, table: Table) -> None:
    label = f"{MORE} and {MORE_REAL} of our rows"
    table.add(relative(f"KID, {label}", "formula", kid_formula(rows.images, rows.real), full.get(KID), VALUES))
    table.add(relative(f"MMD, {label}", "cmmd's formula", peers.cmmd(rows.images, rows.real), full.get(MMD), VALUES))
    theirs = peers.torch_fidelity_kid(rows.images, rows.real, WHOLE, ALL_SUBSETS)
    for what, key, value in (("KID, subsets", "mean", subsets["value"]),
                             ("KID, deviation over subsets", "std", subsets.get("std"))):
        table.add(relative(f"{what}, {label}", "torch-fidelity", theirs[f"kernel_inception_distance_{key}"], value,
                           VALUES))
    swapped = peers.torch_fidelity_kid(rows.real, rows.images, WHOLE, ALL_SUBSETS)["kernel_inception_distance_mean"]
    table.add(relative("KID, subsets, mutant: real images drawn first", "torch-fidelity", swapped, subsets["value"],
                       VALUES, True))


def compare(work: Path, table: Table) -> None:
    say(f"{MORE + MORE_REAL:,} crops in a small network")
    folder, models = work / "crops", work / "models-small"
    write_crops(folder / "samples", MORE, 1, as_generated=True)
    write_crops(folder / "real", MORE_REAL, 2, as_generated=False)
    write_network(models)
    whole = Job(models, first(folder / "samples", WHOLE, folder / "whole" / "samples"),
                first(folder / "real", WHOLE, folder / "whole" / "real"), metrics=f"{KID},{MMD}",
                store=work / "store-whole")
    more = replace(whole, images=folder / "samples", real=folder / "real", store=work / "store-more")
    on_whole, on_more = (Ours(evaluate(job, work), job.store) for job in (whole, more))
    subsets = evaluate(replace(more, metrics=KID, options=("--kid", "subsets")), work)
    say("KID and MMD of these rows")
    compare_whole(on_whole.rows(NAME), on_whole.report.metrics, table)
    compare_unequal(on_more.rows(NAME), on_more.report.metrics, subsets.details[KID], table)
