#!/usr/bin/env python3
"""Runs every command in the documentation, and follows its links.

    tests/docs/run.py --program FOLDER [--python PYTHON] [--language sh|python] [FILE…]

FOLDER contains tise-eval. Each ```sh block is run by `bash -eu` in a copy of a small world (see `World`), each ```python
block by PYTHON, which must have tise_eval; without --python these are skipped. A block after a line
`<!-- not run: why -->` is only checked: tise-eval must know its flags.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "shapes"
IMAGES = 100
TIMEOUT = 300
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
PARSED_COMMANDS = ("stats", "rank", "compare", "merge", "calibrate")


@dataclass(frozen=True)
class Block:
    path: Path
    line: int
    language: str
    text: str
    not_run: str | None  # why

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks_of(path: Path) -> list[Block]:
    blocks: list[Block] = []
    lines = path.read_text(encoding="utf-8").split("\n")
    fence: int | None = None
    for number, line in enumerate(lines):
        if not line.strip().startswith("```"):
            continue
        if fence is None:
            fence = number
            continue
        indent = len(lines[fence]) - len(lines[fence].lstrip())
        reason = NOT_RUN.search(lines[fence - 1]) if fence > 0 else None
        text = "\n".join(one[indent:] for one in lines[fence + 1:number]) + "\n"
        blocks.append(Block(path, fence + 1, lines[fence].strip()[3:], text, reason[1] if reason else None))
        fence = None
    if fence is not None:
        raise SystemExit(f"{path}:{fence + 1}: code block without an end; add ```")
    return blocks


class World:
    """The files for the documentation's commands: a small part of the demo world, under the names that they use."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": f"{program}:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8",
                            "TISE_MODELS": str(folder / "models")}
        items = json.loads((DEMO / "captions.json").read_text(encoding="utf-8"))[:IMAGES]
        names = [item["image"] for item in items]
        for target, source in (("samples", "miscounting"), ("samples-other", "faithful")):
            self.copy(names, DEMO / source, folder / target)
        for step, source in (("1000", "collapsed"), ("2000", "blurred"), ("3000", "faithful")):
            self.copy(names, DEMO / source, folder / "checkpoints" / step)
        self.copy(sorted(os.listdir(DEMO / "real"))[:IMAGES], DEMO / "real", folder / "coco-val")
        (folder / "captions.json").write_text(json.dumps(items), encoding="utf-8")
        (folder / "references.json").write_text(json.dumps({item["image"]: item["references"] for item in items}))
        os.symlink(ROOT / "scripts", folder / "scripts")
        shutil.copytree(ROOT / "models" / "shapes", folder / "models")
        if not (program / "tise-import").exists():  # a build folder, not an installed Python package
            (folder / "bin").mkdir()
            (folder / "bin" / "tise-import").write_text(
                f'#!/bin/sh\nPYTHONPATH="{ROOT}/python" exec python3 -c "from tise_eval._import import main; main()" "$@"\n')
            (folder / "bin" / "tise-import").chmod(0o755)
            self.environment["PATH"] = f"{folder}/bin:" + self.environment["PATH"]
        self.label(items)
        with open(folder / "PA_input_captions.pkl", "wb") as file:
            pickle.dump({"left": [{"caption_id": 1, "caption": "a dog left of a cat",
                                   "false_caption": "a dog right of a cat"}]}, file)
        self.make_files()

    @staticmethod
    def copy(names: list[str], source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        for name in names:
            shutil.copy(source / name, target / name)

    def label(self, items: list[dict]) -> None:
        """Labels each image with an object of its caption: the classifier is often right, but not always."""
        self.copy([item["image"] for item in items], DEMO / "faithful", self.folder / "val")
        rows = [f"{item['image']},{item['objects'][0]}" for item in items]
        (self.folder / "labels.csv").write_text("image,label\n" + "\n".join(rows) + "\n")

    def run(self, *arguments: str) -> None:
        subprocess.run(["tise-eval", *arguments], cwd=self.folder, env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_files(self) -> None:
        real = ("--captions", "captions.json", "--real", "coco-val.npz")
        self.run("stats", "--images", "coco-val", "--output", "coco-val.npz")
        self.run("stats", "--images", "coco-val", "--metrics", "FID", "--output", "pytorch-fid.npz")
        self.run("--images", "samples", *real, "--output", "report.json", "--samples", "main.jsonl")
        self.run("--images", "samples-other", *real, "--output", "other.json", "--samples", "branch.jsonl")
        for part in ("0", "1"):
            self.run("--images", "samples", *real, "--store", f"part-{part}", "--shard", f"{part}/2")
        for step in ("1000", "2000", "3000"):
            self.run("--images", f"checkpoints/{step}", *real, "--output", f"checkpoints/{step}/report.json")
        (self.folder / "run.toml").write_text('images = "samples/"\ncaptions = "captions.json"\n')

    def copied(self) -> tempfile.TemporaryDirectory:
        folder = tempfile.TemporaryDirectory(prefix="tise-docs-")
        shutil.copytree(self.folder, folder.name, symlinks=True, dirs_exist_ok=True)
        return folder


def run(block: Block, world: World, python: str | None) -> str | None:
    """Runs a block. Returns what went wrong, or None."""
    command = ["bash", "-eu", "-o", "pipefail", "-c", block.text] if block.language == "sh" else [python, "-W", "ignore", "-c", block.text]
    with world.copied() as folder:
        environment = world.environment | {"HOME": folder, "TISE_MODELS": f"{folder}/models"}
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return f"took more than {TIMEOUT} s"
    return None if done.returncode == 0 else f"exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"


def look_over(block: Block, world: World) -> str | None:
    """Checks the flags of the tise-eval commands in a block that isn't run. Returns what is wrong, or None."""
    for line in block.text.replace("\\\n", " ").split("\n"):
        words = shlex.split(line, comments=True) if line.strip().startswith("tise-eval ") else []
        for end in (";", "|", "&&", "||", "&", "done"):
            words = words[:words.index(end)] if end in words else words
        if not words or (not words[1].startswith("-") and words[1] not in PARSED_COMMANDS):
            continue
        done = subprocess.run([*words, "--print-config"], env=world.environment, capture_output=True, text=True)
        if done.returncode != 0:
            return done.stderr
    return None


def without_code(path: Path) -> str:
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings."""
    headings = re.findall(r"^#+ (.*)$", without_code(path), flags=re.MULTILINE)
    texts = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def broken_links(path: Path) -> list[str]:
    broken = []
    for file, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", without_code(path)):
        target = path.parent / file if file else path
        if "://" in file or target.exists() and (not anchor or anchor in anchors(target)):
            continue
        broken.append(f"{path.relative_to(ROOT)}: no {file}{'#' + anchor if anchor else ''}")
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, metavar="FOLDER", required=True, help="folder with tise-eval")
    parser.add_argument("--python", type=os.path.abspath,  # links stay: it may be in a virtual environment
                        help="Python with tise_eval; default: skip Python blocks")
    parser.add_argument("--language", choices=("sh", "python"), help="run only blocks in this language")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: all documentation")
    args = parser.parse_args()
    files = [file.resolve() for file in args.files] or \
        [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    languages = {args.language} if args.language else {"sh", "python"}
    blocks = [block for file in files for block in blocks_of(file) if block.language in languages]
    left_out = [block for block in blocks if block.language == "python" and not args.python and not block.not_run]
    blocks = [block for block in blocks if block not in left_out]
    failures = [link for file in files for link in broken_links(file)]
    with tempfile.TemporaryDirectory(prefix="tise-docs-") as folder:
        world = World(Path(folder) / "world", args.program.resolve())

        def outcome(block: Block) -> str | None:
            return look_over(block, world) if block.not_run else run(block, world, args.python)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for block, trouble in zip(blocks, pool.map(outcome, blocks)):
                if trouble:
                    failures.append(f"{block.place}: {trouble}\n{block.text}")
    skipped = [block for block in blocks if block.not_run]
    print(f"{len(files)} files: {len(blocks) - len(skipped)} blocks run, {len(skipped)} only checked:")
    if left_out:
        print(f"  {len(left_out)} Python blocks skipped: they need a Python with tise_eval (scripts/test.sh --all)")
    for block in skipped:
        print(f"  {block.place}: not run: {block.not_run}")
    for failure in failures:
        print(f"FAILED {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
