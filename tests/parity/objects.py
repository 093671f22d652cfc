"""Objects: compares tise-eval's detections with those of torchvision's own network, and the metrics that depend on them.

Detections are matched by label and box, since detections with equal scores may come in another order. SOA and CA are
computed from torchvision's detections; O-IS and O-FID from the boxes in our store, since a box that differs by a
thousandth of a pixel may be rounded to another crop.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import object_peers as peers
import seeded_detector
from evaluator import ROOT, Job, Report, Trouble, evaluate, export_maskrcnn
from object_peers import Detection, Found
from photographs import swap_channels, write_set
from seeded_detector import GAP, LABELS
from stored import chunks
from table import Row, Table, number, relative, same_again, say

IMAGES, REAL = 24, 12  # the detector takes seconds per picture
OF_VERSION_2 = 4
FEW = 8  # pictures with the most objects, for the mutant that runs the detector again
SAME_SIZE = frozenset(("brick", "camera", "chelsea", "china", "coffee", "coins"))  # adjacent names, so they are batched
TEMPERATURE = 1.3
THRESHOLDS = (0.5, 0.4)
LOWEST, MOST = 0.05, 100  # torchvision's lowest score of an object, and its limit of objects per picture
BOXES, SCORES = 0.05, 2e-3  # pixels; absolute
NEAR = 1.0  # pixels within which two boxes can be the same object
VALUES = 1e-4  # the metrics, relative
STEADY = 1e-5
BY_LABEL, BY_CROP = ("SOA-C", "SOA-I", "CA"), ("O-IS", "O-FID")
PA = "PA"
OPPOSITES = {"above": "below", "left": "right", "in front of": "behind", "inside": "outside", "near": "far"}
PHRASES = {"left": "left of", "right": "right of", "far": "far from"}


@dataclass
class Scene:
    """Photographs, networks, and torchvision's detections in the photographs."""

    work: Path
    found: Found = field(default_factory=dict)
    items: list[dict] = field(default_factory=list)

    @property
    def images(self) -> Path:
        return self.work / "objects"

    @property
    def real(self) -> Path:
        return self.work / "objects-real"

    @property
    def models(self) -> Path:
        return self.work / "models-objects"

    @property
    def store(self) -> Path:
        return self.work / "store-objects"

    @property
    def few(self) -> list[str]:
        """The pictures with the most objects."""
        return sorted(self.found, key=lambda name: -sum(one.score >= 0.5 for one in self.found[name]))[:FEW]

    def job(self, threshold: float = THRESHOLDS[0]) -> Job:
        """The batch size is eight times that of the detector, which takes four pictures of one size together."""
        return Job(self.models, self.images, self.real, self.work / "objects.json",
                   metrics=",".join((*BY_LABEL, PA, *BY_CROP)), store=self.store,
                   options=("--batch-size", "32", "--object-temperature", str(TEMPERATURE), "--detector-threshold",
                            str(threshold)))


def write_items(path: Path, items: list[dict]) -> None:
    path.write_text(json.dumps(items), encoding="utf-8")


def build(work: Path, models: Path) -> Scene:
    """Builds a scene with the networks of `models` and a detector."""
    scene = Scene(work)
    subjects = write_set(scene.images, IMAGES, seed=11, as_generated=True, one_size=SAME_SIZE)
    write_set(scene.real, REAL, seed=12, as_generated=False, one_size=SAME_SIZE)
    paths = sorted(scene.images.iterdir())
    shutil.copytree(models, scene.models)
    say("seeded Mask R-CNN")
    seeded_detector.mask_rcnn("v1", paths[::2], 7, work / "maskrcnn.pth")
    export_maskrcnn(work / "maskrcnn.pth", scene.models / "maskrcnn.pt")
    say("torchvision")
    scene.found = peers.torchvision_detections(work / "maskrcnn.pth", "v1", paths)
    check_telling(scene.found)
    scene.items = items_of(subjects, scene.found)
    write_items(work / "objects.json", scene.items)
    return scene


def check_telling(found: Found) -> None:
    """Raises Trouble unless there are objects of many labels and scores: otherwise the comparison proves nothing."""
    everything = [one for detections in found.values() for one in detections]
    at = {threshold: sum(one.score >= threshold for one in everything) for threshold in (0.4, 0.5, 0.6, 0.9)}
    labels = len({one.label for one in everything})
    say(f"{len(everything)} detections of {labels} labels in {sum(map(bool, found.values()))} of {len(found)} "
        f"pictures; " + ", ".join(f"{count} with scores from {threshold}" for threshold, count in at.items()))
    if not (len(everything) > 10 * len(found) and labels > 20 and at[0.5] - at[0.6] > 10 and at[0.9] > 10):
        raise Trouble("the random detector is degenerate: its values prove nothing")


def items_of(subjects: dict[str, str], found: Found) -> list[dict]:
    """Captions with opposites, and with objects and counts of labels that were and weren't found in the picture."""
    rng = np.random.default_rng(13)
    occurring = sorted({one.label for detections in found.values() for one in detections})
    items = []
    for name, detections in sorted(found.items()):
        own = [label for label, _ in Counter(one.label for one in detections).most_common(8)]
        labels = [int(label) for label in rng.permutation(list({*own, *rng.choice(occurring, 3)}))]
        position = str(rng.choice(list(OPPOSITES)))
        word, opposite = (PHRASES.get(each, each) for each in (position, OPPOSITES[position]))
        subject = subjects[Path(name).stem]
        items.append({"image": name, "caption": f"a {subject} {word} a {LABELS[labels[0]]}", "position": position,
                      "opposite": f"a {subject} {opposite} a {LABELS[labels[0]]}",
                      "objects": [LABELS[label] for label in labels[:4]],
                      "counts": {LABELS[label]: int(rng.integers(5)) for label in labels[2:5]}})
    return items


def stored_detections(store: Path) -> Found:
    found: Found = {}
    for chunk in chunks(store, "maskrcnn"):
        rows = iter([Detection(*row) for row in zip(chunk["labels"].tolist(), chunk["scores"].tolist(),
                                                    map(tuple, chunk["boxes"].tolist()))])
        for name, length in zip(chunk["names"], chunk["lengths"].tolist()):
            found[name] = [next(rows) for _ in range(length)]
    return found


@dataclass
class Matches:
    """The largest differences between matched detections in all pictures, and the number of those without a match."""

    boxes: float = 0.0
    scores: float = 0.0
    unmatched: int = 0
    excused: int = 0  # without a match, but with a score so close to a limit that rounding decides

    def add(self, theirs: list[Detection], ours: list[Detection]) -> None:
        rest = list(ours)
        limits = [LOWEST, *(side[-1].score for side in (theirs, ours) if len(side) == MOST)]
        alone = []
        for one in theirs:
            near = [other for other in rest if other.label == one.label and distance(one, other) < NEAR]
            if not near:
                alone.append(one)
                continue
            match = min(near, key=lambda other: distance(one, other))
            rest.remove(match)
            self.boxes = max(self.boxes, distance(one, match))
            self.scores = max(self.scores, abs(one.score - match.score))
        for one in (*alone, *rest):
            if any(abs(one.score - limit) <= SCORES for limit in limits):
                self.excused += 1
            else:
                self.unmatched += 1


def distance(one: Detection, other: Detection) -> float:
    """The largest difference in a box's four coordinates, in pixels."""
    return max(abs(a - b) for a, b in zip(one.box, other.box))


def matches(theirs: Found, ours: Found) -> Matches:
    all_pictures = Matches()
    for name in {*theirs, *ours}:
        all_pictures.add(theirs.get(name, []), ours.get(name, []))
    return all_pictures


def detection_rows(table: Table, theirs: Found, ours: Found, label: str) -> None:
    """Adds rows. In the first, `difference` is the number of detections without a match on either side."""
    result = matches(theirs, ours)
    there, here = (sum(map(len, found.values())) for found in (theirs, ours))
    say(f"{there} and {here} detections{label}: {result.unmatched} without a match, {result.excused} excused")
    table.add(Row(f"detections without a match{label}", "torchvision", str(there), str(here), result.unmatched, 0))
    table.add(Row(f"boxes, pixels{label}", "torchvision", "", "", result.boxes, BOXES))
    table.add(Row(f"scores{label}", "torchvision", "", "", result.scores, SCORES))


def compare_version_2(scene: Scene, table: Table) -> None:
    """Compares only detections, on a few pictures."""
    say("seeded Mask R-CNN v2")
    weights, models, store = scene.work / "maskrcnn2.pth", scene.work / "models-objects2", scene.work / "store-objects2"
    names = scene.few[:OF_VERSION_2]
    paths = [scene.images / name for name in names]
    models.mkdir()
    seeded_detector.mask_rcnn("v2", paths, 8, weights)
    export_maskrcnn(weights, models / "maskrcnn.pt")
    job = few_job(scene, names, "objects2")
    evaluate(replace(job, models=models, real=None, store=store, metrics="CA"), scene.work)
    detection_rows(table, peers.torchvision_detections(weights, "v2", paths), stored_detections(store),
                   f", v2, {len(names)} images")


@dataclass
class Theirs:
    """The peers' detections and crops, computed once, to score any of the pictures."""

    found: Found
    crops: peers.Cropped
    real: peers.Crops

    def values(self, items: list[dict], threshold: float) -> dict[str, float]:
        """The metrics over the items' pictures."""
        index = {label: i for i, label in enumerate(LABELS) if label != GAP}
        objects = {item["image"]: [index[label] for label in item["objects"]] for item in items}
        asked = {item["image"]: {index[label]: n for label, n in item["counts"].items()} for item in items}
        rows = peers.together({item["image"]: self.crops[item["image"]] for item in items}, threshold)
        return {**peers.semantic_object_accuracy(self.found, objects, threshold),
                "CA": peers.counting_alignment(self.found, asked, threshold),
                "O-IS": peers.object_inception_score(rows.logits, TEMPERATURE),
                "O-FID": peers.frechet_distance(rows.features, self.real.above(threshold).features)}


def peer_of(metric: str) -> str:
    return "torchvision" if metric in BY_LABEL else "torch-fidelity"


def metric_rows(table: Table, theirs: dict[str, float], ours: Report, label: str, metrics: tuple[str, ...],
                must_differ: bool = False) -> None:
    for metric in metrics:
        table.add(relative(metric + label, peer_of(metric), theirs[metric], ours.metrics.get(metric), VALUES,
                           must_differ))


def compare_metrics(scene: Scene, table: Table) -> None:
    say("tise-eval on objects")
    ours = {threshold: evaluate(scene.job(threshold), scene.work) for threshold in THRESHOLDS}
    stored, of_real = stored_detections(scene.store), stored_detections(scene.store / "real")
    detection_rows(table, scene.found, stored, f", {len(stored)} images")
    say("torch-fidelity on crops")
    weights, lowest = scene.work / "inception.pth", min(THRESHOLDS)
    theirs = Theirs(scene.found, peers.crops(weights, scene.images, stored, lowest),
                    peers.together(peers.crops(weights, scene.real, of_real, lowest), lowest))
    for threshold, report in ours.items():
        count = len(peers.together(theirs.crops, threshold).scores)
        n = report.details["O-IS"]["n"]
        table.add(Row(f"crops, threshold {threshold}", "Pillow", str(count), str(n), abs(n - count), 0))
        metric_rows(table, theirs.values(scene.items, threshold), report, f", threshold {threshold}",
                    (*BY_LABEL, *BY_CROP))
    compare_mutants(scene, table, theirs, stored, ours[THRESHOLDS[0]])


def compare_mutants(scene: Scene, table: Table, theirs: Theirs, stored: Found, ours: Report) -> None:
    """Adds rows for mutants of the detections, and of each metric that a mutant affects."""
    threshold = THRESHOLDS[0]
    right = theirs.values(scene.items, threshold)
    say("mutants: labels shifted, corners rounded down, threshold 0.6")
    shifted = peers.with_next_labels(scene.found)
    unmatched = matches(shifted, stored).unmatched
    table.add(Row("detections without a match, mutant: next label", "torchvision", "", "", unmatched, 0, True))
    metric_rows(table, replace(theirs, found=shifted).values(scene.items, threshold), ours, ", mutant: next label",
                BY_LABEL, True)
    floored = peers.crops(scene.work / "inception.pth", scene.images, stored, threshold, peers.floored)
    metric_rows(table, replace(theirs, crops=floored).values(scene.items, threshold), ours,
                ", mutant: corners rounded down", BY_CROP, True)
    metric_rows(table, right, evaluate(scene.job(0.6), scene.work), ", mutant: threshold 0.6", (*BY_LABEL, *BY_CROP),
                True)
    compare_swapped(scene, table, theirs)


def few_job(scene: Scene, names: list[str], folder: str) -> Job:
    """A job for the pictures with these names, in a folder of their own, with captions."""
    (scene.work / folder).mkdir(exist_ok=True)
    for name in names:
        shutil.copy(scene.images / name, scene.work / folder)
    captions = scene.work / f"{folder}.json"
    write_items(captions, [item for item in scene.items if item["image"] in names])
    return replace(scene.job(), images=scene.work / folder, captions=captions)


def compare_swapped(scene: Scene, table: Table, theirs: Theirs) -> None:
    say("mutant: BGR for RGB")
    names = scene.few
    items = [item for item in scene.items if item["image"] in names]
    right = theirs.values(items, THRESHOLDS[0])
    job = few_job(scene, names, "few-objects")
    metric_rows(table, right, evaluate(job, scene.work), f", {FEW} images", (*BY_LABEL, *BY_CROP))
    job = swapped(scene, job, items)
    wrong = evaluate(job, scene.work)
    metric_rows(table, right, wrong, ", mutant: BGR for RGB", (*BY_LABEL, *BY_CROP), True)
    found = {Path(name).stem: detections for name, detections in stored_detections(job.store).items()}
    there = {Path(name).stem: scene.found[name] for name in names}
    unmatched = matches(there, {stem: found[stem] for stem in there}).unmatched
    table.add(Row("detections without a match, mutant: BGR for RGB", "torchvision", "", "", unmatched, 0, True))


def swapped(scene: Scene, job: Job, items: list[dict]) -> Job:
    """The job as done by a program that confuses BGR with RGB. Its store contains only the real pictures."""
    images, captions, store = (scene.work / f"{job.images.name}-swapped{end}" for end in ("", ".json", "-store"))
    swap_channels(job.images, images)
    write_items(captions, [{**item, "image": Path(item["image"]).stem} for item in items])
    shutil.copytree(scene.store / "real", store / "real")
    shutil.copy(scene.store / "store.json", store)  # without it the program doesn't recognize the folder as a store
    return replace(job, images=images, captions=captions, store=store)


def compare_positions(scene: Scene, table: Table) -> None:
    say("clip on positions")
    theirs, margin = peers.positional_alignment(scene.work / "clip.pth", scene.images, scene.items)
    say(f"PA's smallest preference: {margin:.1e}")
    if not 0 < theirs < 1:
        raise Trouble("the random CLIP prefers every caption or none: PA proves nothing")
    job = replace(scene.job(), metrics=PA)
    table.add(relative(PA, "clip", theirs, evaluate(job, scene.work).metrics.get(PA), VALUES))
    job = replace(swapped(scene, job, scene.items), real=None)
    table.add(relative(f"{PA}, mutant: BGR for RGB", "clip", theirs, evaluate(job, scene.work).metrics.get(PA), VALUES,
                       True))


def compare_runs(work: Path, table: Table) -> None:
    """Other batch sizes and numbers of threads must give the same values on the demo world."""
    say("runs again, demo world")
    shapes = ROOT / "examples" / "shapes"
    job = Job(ROOT / "models" / "shapes", shapes / "faithful", shapes / "real", shapes / "captions.json",
              metrics=",".join((*BY_LABEL, PA, *BY_CROP)))
    runs = {(batch, threads): evaluate(replace(job, options=("--batch-size", batch, "--threads", threads)), work)
            for batch in ("32", "8", "1") for threads in ("2", "1")}
    first = runs.pop(("32", "2"))
    for (batch, threads), again in runs.items():
        same_again(table, f"demo, batch {batch}, threads {threads}", "batch 32, threads 2", first.metrics,
                   again.metrics, STEADY)


def compare(work: Path, models: Path, table: Table) -> None:
    """`models` contains clip.pt and inception.pt, `work` the weights they were made from."""
    scene = build(work, models)
    compare_metrics(scene, table)
    compare_positions(scene, table)
    compare_version_2(scene, table)
    compare_runs(work, table)
