"""FD, KID and MMD from images: compares exported DINOv2 and CLIP ViT-L/14@336 with the packages' own.

The large networks have one preparation each, dgm-eval's and CMMD's, and few pictures, which take seconds each. ViT-S
has all preparations, PRX's with registers, the others without, as separate archives, and most mutants. ViT-g has its full
width, but 4 blocks instead of 40, to save gigabytes.
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
SMALL, REGISTERS, CLIP = "dinov2_vits14", "dinov2_vits14_reg", "ViT-L/14@336px"
METRICS = "FD", "KID", "MMD"
State = dict[str, torch.Tensor]
FEW = 24  # pictures per side for ViT-S, and for ViT-L, half a second each
FEWER = 12  # for other networks, and for CLIP and PRX's 518 pixels, two seconds each
CALIBRATION = 8


@dataclass(frozen=True)
class Network:
    """A DINOv2 that is compared with dgm-eval's preparation."""

    name: str
    label: str
    seed: int
    count: int = FEW  # pictures per side
    depth: int | None = None  # blocks; None: all


VIT_S = Network(SMALL, "ViT-S", 41)
OTHERS = (Network("dinov2_vitl14", "ViT-L", 42), Network("dinov2_vitb14", "ViT-B", 44, FEWER),
          Network("dinov2_vitg14", "ViT-g with 4 blocks", 45, FEWER, depth=4))


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


def compare_one(work: Path, table: Table, network: Network) -> None:
    name, label = network.name, network.label
    sides, models, weights = sides_of(work, name, network.count), work / f"models-{name}", work / f"{name}.pth"
    models.mkdir()
    say(f"seeded DINOv2 {label}")
    seeded_weights.dinov2(name, network.seed, weights, network.depth)
    export("dinov2", weights, models / "dgm.pt")
    say("tise-eval")
    ours = run_ours(sides, models, ["dgm"], work)
    say("timm")
    theirs = theirs_of(peers.dinov2(name, weights), peers.as_dgm, sides)
    check_telling(theirs, f"DINOv2 {label}")
    add_rows(table, f"{label} as dgm", "timm", theirs, ours.rows("dgm"))
    add_distances(table, f"{label} as dgm", theirs, ours.report, "dgm")
    if "blocks.0.mlp.w12.weight" in torch.load(weights, weights_only=True, mmap=True):
        rewritten(weights, swap_gate)
        swapped = theirs_of(peers.dinov2(name, weights), peers.as_dgm, sides)
        add_distances(table, f"{label}, mutant: gate and values swapped", swapped, ours.report, "dgm", must_differ=True)
    weights.unlink()


def rewritten(weights: Path, change: Callable[[State], State]) -> None:
    torch.save(change(torch.load(weights, weights_only=True)), weights)


def swap_gate(state: State) -> State:
    """Swaps the halves of SwiGLU's first layer."""
    return {key: value.roll(len(value) // 2, 0) if ".mlp.w12." in key else value for key, value in state.items()}


def without_registers(state: State) -> State:
    return {key: value for key, value in state.items() if key != "register_tokens"}


def compare_preparations(work: Path, table: Table) -> None:
    sides, models, weights = sides_of(work, "prepared", FEW), work / "models-prepared", work / "prepared.pth"
    say("seeded DINOv2 ViT-S/14, all preparations")
    seeded_weights.dinov2(SMALL, 41, weights)
    small_archives(weights, models)
    with_other_filter(models / "dgm.pt", models / "dgm-tf1.pt", "tf1-bilinear")
    with_other_filter(models / "edm2.pt", models / "edm2-aliased.pt", "torch-bicubic")
    with_other_filter(models / "torch-fidelity.pt", models / "torch-fidelity-torch.pt", "torch-bilinear")
    without_floor(models / "cmmd.pt", models / "cmmd-half-even.pt")
    say("tise-eval")
    ours = run_ours(sides, models, sorted(path.stem for path in models.iterdir()), work)
    say("timm and torch-fidelity")
    network = peers.dinov2(SMALL, weights)
    dgm = theirs_of(network, peers.as_dgm, sides)
    check_telling(dgm, "DINOv2 ViT-S/14")
    edm2 = theirs_of(network, peers.as_edm2, sides)
    cmmd = theirs_of(peers.dinov2(SMALL, weights, 336), peers.as_cmmd, sides)
    fidelity = Rows(*(peers.torch_fidelity_rows(network, folder) for folder in (sides.samples, sides.real)))
    for preparation, peer, rows in (("dgm", "timm", dgm), ("edm2", "timm", edm2), ("cmmd", "timm", cmmd),
                                    ("torch-fidelity", "torch-fidelity", fidelity)):
        add_rows(table, f"ViT-S as {preparation}", peer, rows, ours.rows(preparation))
        add_distances(table, f"ViT-S as {preparation}", rows, ours.report, preparation)
    for metric, value in peers.whole_torch_fidelity(network, sides.samples, sides.real).items():
        table.add(relative(f"{metric}, ViT-S as torch-fidelity, from images", "torch-fidelity", value,
                           ours.report.metrics.get(f"{metric}@torch-fidelity"), VALUES))
    for mutant, rows, name in (("TensorFlow's bilinear for Pillow's bicubic", dgm, "dgm-tf1"),
                               ("no antialiasing", edm2, "edm2-aliased"),
                               ("torch's bilinear for TensorFlow's", fidelity, "torch-fidelity-torch"),
                               ("half to even for floor", cmmd, "cmmd-half-even")):
        add_distances(table, f"ViT-S, mutant: {mutant}", rows, ours.report, name, must_differ=True)
    for package, resample in (("transformers", peers.transformers_table), ("timm", peers.timm_table)):
        rows = theirs_of(peers.dinov2(SMALL, weights, table=resample), peers.as_dgm, sides)
        add_distances(table, f"ViT-S, mutant: positions as {package} resamples", rows, ours.report, "dgm",
                      must_differ=True)


def compare_registers(work: Path, table: Table) -> None:
    """Compares a network with registers, also with PRX's preparation, for which its authors take ViT-L."""
    sides, models, weights = sides_of(work, "registers", FEWER), work / "models-registers", work / "registers.pth"
    models.mkdir()
    say("seeded DINOv2 ViT-S/14 with registers")
    seeded_weights.dinov2(REGISTERS, 46, weights)
    for preparation in ("dgm", "prx"):
        export("dinov2", weights, models / f"{preparation}.pt", "--preparation", preparation)
    with_other_filter(models / "prx.pt", models / "prx-antialiased.pt", "torch-bicubic-antialias")
    say("tise-eval")
    ours = run_ours(sides, models, ["dgm", "prx", "prx-antialiased"], work)
    say("timm")
    dgm = theirs_of(peers.dinov2(REGISTERS, weights, table=peers.registers_table), peers.as_dgm, sides)
    prx = theirs_of(peers.dinov2(REGISTERS, weights, 518, peers.timm_table), peers.as_prx, sides)
    for preparation, rows in (("dgm", dgm), ("prx", prx)):
        what = f"ViT-S with registers as {preparation}"
        check_telling(rows, what)
        add_rows(table, what, "timm", rows, ours.rows(preparation))
        add_distances(table, what, rows, ours.report, preparation)
    add_distances(table, "ViT-S with registers, mutant: antialiasing", prx, ours.report, "prx-antialiased",
                  must_differ=True)
    other_table = theirs_of(peers.dinov2(REGISTERS, weights), peers.as_dgm, sides)
    rewritten(weights, without_registers)
    none = theirs_of(peers.dinov2(SMALL, weights, table=peers.registers_table), peers.as_dgm, sides)
    for mutant, rows in (("positions as without them", other_table), ("left out", none)):
        add_distances(table, f"ViT-S with registers, mutant: {mutant}", rows, ours.report, "dgm", must_differ=True)


def compare_clip(work: Path, table: Table) -> None:
    sides, models, weights = sides_of(work, "clip", FEWER), work / "models-clip-l336", work / "clip-l336.pth"
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
    compare_registers(work, table)
    for network in OTHERS:
        compare_one(work, table, network)
    compare_clip(work, table)


def quick(work: Path, table: Table) -> None:
    fidelity_rows.compare(work, table)
    compare_one(work, table, VIT_S)
