"""CLIP networks other than ViT-B/32: OpenAI's largest and a ResNet, and three of open_clip's, on a few pairs each.

Uses the packages' own loading, transforms, tokenizers and networks, and clipscore's formulas. open_clip's networks have
the exact GELU. Its ViT-H-14, with heads that aren't 64 wide, has four layers here, not 32 and 24, to save gigabytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import open_clip
import peers
import seeded_weights
from evaluator import Trouble, evaluate, export_clip
from images import clip_rows
from table import Table, say
from world import CLIP_METRICS, World


@dataclass(frozen=True)
class Network:
    package: str
    name: str
    pairs: int  # large networks take seconds per picture
    calibration: int = 8  # pictures and texts that the random weights are fitted to


NETWORKS = (Network("clip", "ViT-L/14", 16), Network("clip", "RN50", 40, 24), Network("open_clip", "ViT-B-16", 40),
            Network("open_clip", "RN101", 40, 24), Network("open_clip", "ViT-H-14-shallow", 40))
SHALLOW, LAYERS = {"ViT-H-14-shallow": "ViT-H-14"}, 4
OTHER_GELU = "ViT-B-16"  # its archive is also made with the quick GELU, which the comparison must notice


def compare_network(world: World, network: Network, table: Table) -> None:
    folder, slug = f"pairs-{network.pairs}", network.name.replace("/", "-")
    if not (world.work / folder).exists():
        world.write_first(network.pairs, folder)
    weights, models = world.work / f"{slug}.pth", world.work / f"models-{slug}"
    texts = list(world.first(2 * network.calibration).values())
    say(f"seeded {network.name}")
    make = seeded_weights.openai_clip if network.package == "clip" else seeded_weights.open_clip_model
    make(network.name, world.photographs(network.calibration), texts, 21, weights)
    say(f"{network.package} {network.name}")
    peer = peers.openai_clip(weights) if network.package == "clip" else peers.open_clip_model(network.name, weights)
    theirs = peers.clip_scores(peer, world.work / folder, world.first(network.pairs), world.references)
    say(f"cosines {theirs.cosines.mean():.3f} ± {theirs.cosines.std():.3f}")
    if not (theirs.cosines.std() > 0.01 and (theirs.cosines > 0).mean() > 0.5):
        raise Trouble(f"the random {network.name} is degenerate: its values prove nothing")
    del peer

    job = replace(world.job(folder), models=models, real=None, metrics=",".join(CLIP_METRICS))
    models.mkdir()
    say(f"tise-eval with {network.name}")
    told = () if network.package == "clip" else ("--no-quick-gelu",)
    export_clip(weights, models / "clip.pt", network.name, *told)
    clip_rows(table, theirs, evaluate(job, world.work), f", {network.name}", False, network.package)
    if network.name == OTHER_GELU:
        export_clip(weights, models / "clip.pt", network.name, "--quick-gelu")
        clip_rows(table, theirs, evaluate(job, world.work), f", {network.name}, mutant: other GELU", True,
                  network.package)
    for path in (weights, models / "clip.pt"):  # gigabytes
        path.unlink()


def register_shallow(work: Path) -> None:
    """Registers variants of open_clip's networks with fewer layers."""
    folder = work / "open_clip"
    folder.mkdir()
    for name, like in SHALLOW.items():
        config = open_clip.get_model_config(like)
        config["vision_cfg"]["layers"] = config["text_cfg"]["layers"] = LAYERS
        (folder / f"{name}.json").write_text(json.dumps(config), encoding="utf-8")
    open_clip.add_model_config(folder)


def compare(world: World, table: Table) -> None:
    register_shallow(world.work)
    for network in NETWORKS:
        compare_network(world, network, table)
