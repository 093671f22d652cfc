"""FD, KID and MMD from images: compares exported DINOv2 and CLIP ViT-L/14@336 with the packages' own.

The large networks have one preparation each, dgm-eval's and CMMD's, and few pictures, which take seconds each. ViT-S has
all preparations, as separate archives, and the mutants.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch

import fidelity_peers as peers
import fidelity_rows
import peers as other_peers
import seeded_weights
from evaluator import ROOT, Job, Report, Trouble, change_card, evaluate, run
from fidelity_rows import Ours, Rows
from photographs import write_set
from sentences import captions
from table import Row, Table, number, relative, say
from tise_eval.export import encoder
from tise_eval.export.architectures.dinov2 import DinoV2
from tise_eval.export.preparation import OPENAI, card_input, square_first

VALUES = 1e-4  # relative
ROWS = 1e-4  # relative to a row's length
SMALL, LARGE, CLIP = "dinov2_vits14", "dinov2_vitl14", "ViT-L/14@336px"
METRICS = "FD", "KID", "MMD"
FEW = 24  # pictures per side for ViT-S
FEWER = 24  # for ViT-L, half a second each
FEWEST = 12  # for CLIP, two seconds each
CALIBRATION = 8


@dataclass
class Sides:
    """Folders of generated and of real pictures."""

    folder: Path
    subjects: dict[str, str]

    @property
    def samples(self) -> Path:
        return self.folder / "samples"

    @property
    def real(self) -> Path:
        return self.folder / "real"


def sides_of(work: Path, name: str, count: int) -> Sides:
    folder = work / f"sides-{name}"
    subjects = write_set(folder / "samples", count, seed=1, as_generated=True)
    write_set(folder / "real", count, seed=2, as_generated=False)
    return Sides(folder, subjects)


def run_ours(sides: Sides, models: Path, names: list[str], work: Path) -> Ours:
    store = work / f"store-{models.name}"
    metrics = ",".join(f"{metric}@{name}" for name in names for metric in METRICS)
    return Ours(evaluate(Job(models, sides.samples, sides.real, metrics=metrics, store=store), work), store)


def export(script: str, weights: Path, output: Path, *options: str) -> None:
    run([sys.executable, str(ROOT / "scripts" / f"export_{script}.py"), "--weights", str(weights), "--output",
         str(output), *options])


def theirs_of(network: Callable, prepare: peers.Prepare, sides: Sides) -> Rows:
    return Rows(peers.rows_of(network, prepare, sides.samples), peers.rows_of(network, prepare, sides.real))


def check_telling(rows: Rows, what: str) -> None:
    """Raises Trouble unless rows differ, and both sides too: otherwise the comparison proves nothing."""
    unit = peers.unit(np.concatenate([rows.images, rows.real]))
    cosine = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    distance = peers.torch_fidelity_mmd(rows.images, rows.real)
    say(f"{what}: cosines of two pictures {cosine.mean():.3f} ± {cosine.std():.3f}; MMD {distance:.3f}")
    if not (cosine.mean() < 0.98 and cosine.std() > 0.02 and distance > 0.01):
        raise Trouble(f"the random {what} is degenerate: its values prove nothing")


def add_rows(table: Table, what: str, peer: str, theirs: Rows, ours: Rows) -> None:
    apart = [np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1) if a.shape == b.shape else np.array([np.nan])
             for a, b in ((theirs.images, ours.images), (theirs.real, ours.real))]
    table.add(Row(f"every row of features, {what}", peer, number(len(theirs.images) + len(theirs.real)),
                  number(len(ours.images) + len(ours.real)), float(np.concatenate(apart).max()), ROWS))


def add_distances(table: Table, what: str, theirs: Rows, report: Report, name: str, metrics: tuple[str, ...] = METRICS,
                  must_differ: bool = False) -> None:
    distances = theirs.distances()
    for metric in metrics:
        peer, value = distances[metric]
        table.add(relative(f"{metric}, {what}", peer, value, report.metrics.get(f"{metric}@{name}"), VALUES,
                           must_differ))


def with_other_filter(archive: Path, output: Path, filter: str) -> None:
    def change(given: dict) -> None:
        for step in given["steps"]:
            if "filter" in step:
                step["filter"] = filter

    change_card(archive, output, change)


def without_floor(archive: Path, output: Path) -> None:
    def change(given: dict) -> None:
        for step in given["steps"]:
            step.pop("offset", None)

    change_card(archive, output, change)


def small_archives(weights: Path, models: Path) -> None:
    """Archives of ViT-S with each peer's preparation. CMMD's, made for CLIP, is used here with 336 pixels."""
    models.mkdir()
    for preparation in ("dgm", "torch-fidelity", "edm2"):
        export("dinov2", weights, models / f"{preparation}.pt", "--preparation", preparation)
    state = {key: value.float() for key, value in torch.load(weights, weights_only=True).items()}
    encoder(DinoV2(state, 336).eval(), input=card_input(square_first(336, "pillow-bicubic"), *OPENAI),
            output=models / "cmmd.pt", name="ViT-S as CMMD prepares")


def compare_one(work: Path, table: Table, name: str, count: int, seed: int) -> None:
    """Compares a DINOv2 with dgm-eval's preparation."""
    label = {SMALL: "ViT-S", LARGE: "ViT-L"}[name]
    sides, models, weights = sides_of(work, name, count), work / f"models-{name}", work / f"{name}.pth"
    models.mkdir()
    say(f"seeded DINOv2 {label}/14")
    seeded_weights.dinov2(name, seed, weights)
    export("dinov2", weights, models / "dgm.pt")
    say("tise-eval")
    ours = run_ours(sides, models, ["dgm"], work)
    say("timm")
    theirs = theirs_of(peers.dinov2(name, weights), peers.as_dgm, sides)
    check_telling(theirs, f"DINOv2 {label}/14")
    add_rows(table, f"{label} as dgm", "timm", theirs, ours.rows("dgm"))
    add_distances(table, f"{label} as dgm", theirs, ours.report, "dgm")
    weights.unlink()


def compare_preparations(work: Path, table: Table) -> None:
    sides, models, weights = sides_of(work, "prepared", FEW), work / "models-prepared", work / "prepared.pth"
    say("seeded DINOv2 ViT-S/14, all preparations")
    seeded_weights.dinov2(SMALL, 41, weights)
    small_archives(weights, models)
    with_other_filter(models / "dgm.pt", models / "dgm-tf1.pt", "tf1-bilinear")
    with_other_filter(models / "edm2.pt", models / "edm2-aliased.pt", "torch-bicubic")
    without_floor(models / "cmmd.pt", models / "cmmd-half-even.pt")
    say("tise-eval")
    ours = run_ours(sides, models, sorted(path.stem for path in models.iterdir()), work)
    say("timm and torch-fidelity")
    network = peers.dinov2(SMALL, weights)
    dgm = theirs_of(network, peers.as_dgm, sides)
    check_telling(dgm, "DINOv2 ViT-S/14")
    edm2 = theirs_of(network, peers.as_edm2, sides)
    cmmd = theirs_of(peers.dinov2(SMALL, weights, 336), peers.as_cmmd, sides)
    for preparation, rows in (("dgm", dgm), ("edm2", edm2), ("cmmd", cmmd)):
        add_rows(table, f"ViT-S as {preparation}", "timm", rows, ours.rows(preparation))
        add_distances(table, f"ViT-S as {preparation}", rows, ours.report, preparation)
    for metric, value in peers.whole_torch_fidelity(network, sides.samples, sides.real).items():
        table.add(relative(f"{metric}, ViT-S as torch-fidelity, from images", "torch-fidelity", value,
                           ours.report.metrics.get(f"{metric}@torch-fidelity"), VALUES))
    for mutant, rows, name in (("TensorFlow's bilinear for Pillow's bicubic", dgm, "dgm-tf1"),
                               ("no antialiasing", edm2, "edm2-aliased"),
                               ("half to even for floor", cmmd, "cmmd-half-even")):
        add_distances(table, f"ViT-S, mutant: {mutant}", rows, ours.report, name, must_differ=True)
    for package, resample in (("transformers", peers.transformers_table), ("timm", peers.timm_table)):
        rows = theirs_of(peers.dinov2(SMALL, weights, table=resample), peers.as_dgm, sides)
        add_distances(table, f"ViT-S, mutant: positions as {package} resamples", rows, ours.report, "dgm",
                      must_differ=True)


def compare_clip(work: Path, table: Table) -> None:
    sides, models, weights = sides_of(work, "clip", FEWEST), work / "models-clip-l336", work / "clip-l336.pth"
    models.mkdir()
    say("seeded CLIP ViT-L/14@336")
    texts = list(captions(sides.subjects, seed=3).values())
    seeded_weights.openai_clip_state(CLIP, peers.pictures_of(sides.real)[:CALIBRATION], texts[:CALIBRATION], 43, weights)
    export("clip_l336", weights, models / "clip-l336.pt", "--quick-gelu")
    say("tise-eval with CLIP ViT-L/14@336")
    ours = run_ours(sides, models, ["clip-l336"], work)
    say("clip")
    network = other_peers.openai_clip(weights).network
    theirs = theirs_of(network.encode_image, peers.as_cmmd, sides)
    check_telling(theirs, "CLIP ViT-L/14@336")
    add_rows(table, "CLIP L/14@336 as cmmd", "clip", theirs, ours.rows("clip-l336"))
    table.add(relative("MMD, CLIP L/14@336 as cmmd", "cmmd's formula", peers.cmmd(theirs.images, theirs.real),
                       ours.report.metrics.get("MMD@clip-l336"), VALUES))
    add_distances(table, "CLIP L/14@336 as cmmd", theirs, ours.report, "clip-l336")
    weights.unlink()


def compare(work: Path, table: Table) -> None:
    fidelity_rows.compare(work, table)
    compare_preparations(work, table)
    compare_one(work, table, LARGE, FEWER, 42)
    compare_clip(work, table)


def quick(work: Path, table: Table) -> None:
    fidelity_rows.compare(work, table)
    compare_one(work, table, SMALL, FEW, 41)
