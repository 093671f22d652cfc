"""Makes the demo world: `python scripts/shapes/make.py` runs all steps, or those that are named.

data → text → clip → classifier → detector → views → words → export → examples → check
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))  # for tise_eval.export

import check
import classifier
import data
import detector
import examples
import export
import torch
import train_clip
import views
import words
from tokenizer import Tokenizer


def make_data(work: Path) -> None:
    data.make_set(work / "clip_train.pt", data.render_families, data.SEEDS["clip_train"], 80_000)
    data.make_set(work / "clip_test.pt", data.render_scenes, data.SEEDS["clip_test"], 4_000)
    data.make_set(work / "class_train.pt", data.render_classes, data.SEEDS["class_train"], 20_000)
    data.make_set(work / "class_test.pt", data.render_classes, data.SEEDS["class_test"], 3_000)
    data.make_set(work / "detector_train.pt", data.render_instances, data.SEEDS["detector_train"], 20_000)
    data.make_set(work / "detector_hard.pt", data.render_hard_instances, data.SEEDS["detector_hard"], 8_000)
    data.make_set(work / "detector_test.pt", data.render_instances, data.SEEDS["detector_test"], 2_000)
    data.make_set(work / "encoder_train.pt", data.render_scenes, data.SEEDS["encoder_train"], 30_000)
    data.make_set(work / "encoder_test.pt", data.render_scenes, data.SEEDS["encoder_test"], 4_000)


def make_text(work: Path) -> None:
    merges = train_clip.world_merges()
    (work / "merges.txt").write_text(merges, encoding="utf-8")
    train_clip.pretrain_text(work, Tokenizer(merges))


def make_clip(work: Path) -> None:
    train_clip.train(work, Tokenizer((work / "merges.txt").read_text(encoding="utf-8")))


def make_archives(work: Path, models: Path) -> None:
    models.mkdir(parents=True, exist_ok=True)
    export.export_classifier(work, models / "inception.pt")
    export.export_clip(work, models / "clip.pt")
    export.export_detector(work, models / "maskrcnn.pt")
    export.export_views(work, models / "views.pt")
    export.export_words(work, models / "words.pt")


def check_all(models: Path, examples: Path) -> None:
    check.check(models, examples)
    check.check_encoders(models, examples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", help="steps to run; default: all")
    parser.add_argument("--work", type=Path, default=Path("shapes-work"), help="folder for data and checkpoints")
    parser.add_argument("--models", type=Path, default=ROOT / "models" / "shapes")
    parser.add_argument("--examples", type=Path, default=ROOT / "examples" / "shapes")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    steps = {
        "data": lambda: make_data(args.work),
        "text": lambda: make_text(args.work),
        "clip": lambda: make_clip(args.work),
        "classifier": lambda: classifier.train(args.work),
        "detector": lambda: detector.train(args.work),
        "views": lambda: views.train(args.work),
        "words": lambda: words.train(args.work),
        "export": lambda: make_archives(args.work, args.models),
        "examples": lambda: examples.make_examples(args.examples),
        "check": lambda: check_all(args.models, args.examples),
    }
    unknown = set(args.steps) - set(steps)
    if unknown:
        parser.error(f"unknown step {', '.join(sorted(unknown))}; the steps are {', '.join(steps)}")
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    for name in args.steps or steps:
        start = time.monotonic()
        steps[name]()
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
