"""Runs tise-eval and its export scripts as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import torch

ROOT = Path(__file__).resolve().parents[2]
PREPARATIONS = ("torch-fidelity", "pytorch-fid", "clean-fid")


class Trouble(Exception):
    """The program or a script failed. The message explains why."""


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise Trouble(f"{' '.join(command)}: exit {done.returncode}\n{said}")


def binary() -> Path:
    path = Path(os.environ.get("TISE_EVAL") or ROOT / "build" / "tise-eval")
    if not path.is_file():
        raise Trouble(f"{path}: no such file; build it first, or set TISE_EVAL to its path")
    return path


def export_clip(weights: Path, output: Path, name: str, *options: str) -> None:
    run([sys.executable, str(ROOT / "scripts" / "export_clip.py"), "--weights", str(weights), "--output", str(output),
         "--name", f"{name} (seeded)", *options])


def export_inception(weights: Path, output: Path, preparation: str) -> None:
    run([sys.executable, str(ROOT / "scripts" / "export_inception.py"), "--weights", str(weights), "--output",
         str(output), "--preparation", preparation, "--name", "Inception (seeded)"])


def export_maskrcnn(weights: Path, output: Path) -> None:
    run([sys.executable, str(ROOT / "scripts" / "export_maskrcnn.py"), "--weights", str(weights), "--output",
         str(output), "--name", "Mask R-CNN (seeded)"])


def change_card(archive: Path, output: Path, change: Callable[[dict], None]) -> None:
    """Writes a copy of the archive with a changed `input` in its card."""
    files = {"card.json": "", "merges.txt": ""}
    module = torch.jit.load(str(archive), map_location="cpu", _extra_files=files)
    card = json.loads(files["card.json"])
    change(card["input"])
    kept = {name: content for name, content in files.items() if content}
    module.save(str(output), _extra_files={**kept, "card.json": json.dumps(card)})


@dataclass
class Report:
    metrics: dict[str, float]  # only metrics with a value
    details: dict[str, dict]  # the whole entry of each metric
    samples: list[dict] = field(default_factory=list)  # one line per pair

    def of_each_pair(self, metric: str) -> list[float]:
        return [line["scores"][metric] for line in self.samples]


@dataclass(frozen=True)
class Job:
    """The inputs of one run. `options` are passed to tise-eval unchanged."""

    models: Path
    images: Path
    real: Path | None = None
    captions: Path | None = None
    references: Path | None = None
    metrics: str = "all"
    store: Path | None = None
    options: tuple[str, ...] = ()


def evaluate(job: Job, work: Path) -> Report:
    report, samples = work / "report.json", work / "samples.jsonl"
    command = [str(binary()), "--images", str(job.images), "--models", str(job.models), "--metrics", job.metrics,
               "--device", "cpu", "--quiet", "--output", str(report), *job.options]
    for name in ("real", "captions", "references", "store"):
        if (path := getattr(job, name)) is not None:
            command += [f"--{name}", str(path)]
    if job.captions is not None:
        command += ["--samples", str(samples)]
    run(command)
    details = json.loads(report.read_text(encoding="utf-8"))["metrics"]
    lines = samples.read_text(encoding="utf-8").splitlines() if job.captions is not None else []
    values = {key: entry["value"] for key, entry in details.items() if entry["value"] is not None}
    return Report(values, details, [json.loads(line) for line in lines])
