"""Protocols: compares each metric of `--protocol paper` and `tise` with its reference's formula, on our store's rows.

The formulas are those of the papers, or of the TISE toolbox's scripts if these differ (IS*/coco, FID, O-IS, O-FID,
RP_coco, SOA, PA, CA, ranking_score), written again in float64, with images in the order of their names. The toolbox
lists folders in arbitrary order and shuffles RP's bins without a seed; here we use our own order. Each choice of the
toolbox also has a mutant: with the paper's choice instead, the value must differ.
"""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

import numpy as np
import scipy.linalg
import torch
from PIL import Image

from evaluator import ROOT, Job, Report, binary, evaluate, run
from stored import chunks
from table import Row, Table, relative, say

VALUES = 1e-4  # relative
SHAPES, MODELS = ROOT / "examples" / "shapes", ROOT / "models" / "shapes"
CHECKPOINTS = ("faithful", "mismatched", "misplacing", "miscounting")  # mixed: no metric is at its limit
ITEMS = 297  # not a multiple of the batch size
BLANK = 23  # one of this many pictures is blank
DISTRACTORS, BINS, SPLITS, SEED, THRESHOLD, BATCH = 99, 10, 10, 2020, 0.5, 50
TIE = 1e-6  # cosines
CONFIDENCE = 0.6  # PA.py's threshold
TEMPERATURE, OBJECT_TEMPERATURE = 0.9091363549232483, 2.1737587451934814  # in the scripts for COCO
RANKED = ("IS*", "FID", "RP", "SOA-C", "SOA-I", "O-IS", "O-FID", "CA", "PA")  # ranking_score.py's order
LOWER_IS_BETTER = ("FID", "O-FID", "CA")

Strings = list[str]


@dataclass
class Rows:
    """The store's rows of one folder, in the order of the images' names."""

    names: Strings
    features: np.ndarray
    logits: np.ndarray
    crop_features: np.ndarray
    crop_logits: np.ndarray
    detections: dict[str, list[tuple[int, float]]]  # label, score


def by_name(folder: Path, stage: str, column: str) -> dict[str, torch.Tensor]:
    """Each image's row, or its rows if images can have several."""
    found = {}
    for chunk in chunks(folder, stage):
        rows = chunk[column]
        parts = rows.split(chunk["lengths"].tolist()) if "lengths" in chunk else rows
        found.update(zip(chunk["names"], parts))
    return dict(sorted(found.items(), key=lambda item: item[0].encode()))


def read(folder: Path) -> Rows:
    def together(stage: str, column: str, join: Callable) -> np.ndarray:
        return join(list(by_name(folder, stage, column).values())).double().numpy()

    labels, scores = (by_name(folder, "maskrcnn", column) for column in ("labels", "scores"))
    return Rows(list(by_name(folder, "inception", "logits")),
                together("inception", "features", torch.stack), together("inception", "logits", torch.stack),
                together("crops@inception@maskrcnn", "features", torch.cat), together("crops@inception@maskrcnn", "logits", torch.cat),
                {name: list(zip(labels[name].tolist(), scores[name].tolist())) for name in labels})


@dataclass
class Texts:
    """Embeddings of images and texts, and the entries of the captions file."""

    items: list[dict]
    images: np.ndarray  # unit rows, one per item
    rows: dict[str, np.ndarray]  # unit rows, by text

    def cosine(self, item: int, text: str) -> float:
        return float(self.images[item] @ self.rows[text])


def unit(row: torch.Tensor) -> np.ndarray:
    return row.double().numpy() / np.linalg.norm(row.double().numpy())


def texts_of(store: Path, items: list[dict]) -> Texts:
    images = by_name(store, "clip", "embeddings")
    rows = {text: unit(chunk["embeddings"][row]) for chunk in chunks(store, "texts@clip")
            for text, row in zip(chunk["texts"], chunk["rows"].tolist())}
    return Texts(items, np.stack([unit(images[item["image"]]) for item in items]), rows)


def build(work: Path) -> tuple[Path, list[dict]]:
    """Makes a folder with pictures of all checkpoints and a few blank ones, and captions that list RP's distractors."""
    folder = work / "mixed"
    folder.mkdir()
    items = json.loads((SHAPES / "captions.json").read_text(encoding="utf-8"))[:ITEMS]
    rng = np.random.default_rng(31)
    for index, item in enumerate(items):
        if index % BLANK == 5:
            Image.new("RGB", (64, 64), (90, 90, 90)).save(folder / item["image"])
        else:
            shutil.copy(SHAPES / CHECKPOINTS[index % len(CHECKPOINTS)] / item["image"], folder)
        others = sorted({other["caption"] for other in items} - {item["caption"]})
        item["distractors"] = [str(text) for text in rng.choice(others, DISTRACTORS, replace=False)]
    (work / "mixed.json").write_text(json.dumps(items), encoding="utf-8")
    return folder, items


def card(archive: str) -> dict:
    with zipfile.ZipFile(MODELS / archive) as file:
        [name] = [name for name in file.namelist() if name.endswith("/extra/card.json")]
        return json.loads(file.read(name))


def permuted(rows: np.ndarray) -> np.ndarray:
    return rows[np.random.RandomState(SEED).permutation(len(rows))]


def proportional(rows: np.ndarray) -> list[np.ndarray]:
    """Splits from i·n/10 to (i+1)·n/10: all rows."""
    return [rows[i * len(rows) // SPLITS:(i + 1) * len(rows) // SPLITS] for i in range(SPLITS)]


def equal(rows: np.ndarray) -> list[np.ndarray]:
    """Splits of n/10 rows each, which leave out up to nine rows."""
    size = len(rows) // SPLITS
    return [rows[i * size:(i + 1) * size] for i in range(SPLITS)]


def inception_score(logits: list[np.ndarray], temperature: float = 1.0) -> float:
    """Salimans et al. 2016: exp(mean KL(p(y|x) ‖ p(y))), averaged over the given splits."""
    scores = []
    for part in logits:
        p = scipy.special.softmax(part / temperature, axis=1)
        scores.append(np.exp(scipy.special.rel_entr(p, p.mean(0)).sum(1).mean()))
    return float(np.mean(scores))


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Heusel et al. 2017, with an explicit matrix root; covariances divide by n − 1."""
    shift = one.mean(0) - other.mean(0)
    a, b = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b)
    return float(shift @ shift + np.trace(a) + np.trace(b) - 2 * np.trace(root.real))


def full_batches(rows: np.ndarray) -> np.ndarray:
    """The rows of full batches: the toolbox's loader has drop_last."""
    return rows[:len(rows) - len(rows) % BATCH]


def label_of() -> dict[str, int]:
    return {label: index for index, label in enumerate(card("maskrcnn.pt")["labels"], 1)}


def found(rows: Rows, name: str, label: int) -> int:
    return sum(one == label and score >= THRESHOLD for one, score in rows.detections[name])


def object_accuracy(rows: Rows, items: list[dict], skip_empty: bool) -> dict[str, float]:
    """Hinz et al. 2020. SOA.py only counts images in which something was found (`skip_empty`)."""
    labels, hits = label_of(), defaultdict(list)
    for item in items:
        for name in item["objects"]:
            if not skip_empty or any(score >= THRESHOLD for _, score in rows.detections[item["image"]]):
                hits[name].append(found(rows, item["image"], labels[name]) > 0)
    return {"SOA-C": float(np.mean([np.mean(each) for each in hits.values()])),
            "SOA-I": float(np.mean(np.concatenate(list(hits.values()))))}


def counting_alignment(rows: Rows, items: list[dict], root_last: bool = False) -> float:
    """Dinh et al. 2022, CA.py: the mean of the roots of each image's mean squared error. Mutant: the root last."""
    labels = label_of()
    errors = [np.mean([(found(rows, item["image"], labels[name]) - asked) ** 2
                       for name, asked in item["counts"].items()]) for item in items if item.get("counts")]
    return float(math.sqrt(np.mean(errors)) if root_last else np.mean(np.sqrt(errors)))


def positional_alignment(texts: Texts, lead: float, pooled: bool = False) -> float:
    """Dinh et al. 2022: the mean over words of the share of captions that lead their opposite by more than `lead`.
    Mutant: all words together."""
    won = defaultdict(list)
    for index, item in enumerate(texts.items):
        if "opposite" in item:
            margin = texts.cosine(index, item["caption"]) - texts.cosine(index, item["opposite"])
            won["" if pooled else item["position"]].append(margin > lead)
    return float(np.mean([np.mean(each) for each in won.values()]))


def lead_for_confidence() -> float:
    """The lead at which PA.py's softmax over the two scaled cosines is 0.6."""
    return math.log(CONFIDENCE / (1 - CONFIDENCE)) / card("clip.pt")["logit_scale"]


def sampled_r_precision(texts: Texts, last_bin_takes_rest: bool = True) -> float:
    """RP_coco.py: how often an image's own caption ranks first among its listed distractors, over ten shuffled bins."""
    won = []
    for index, item in enumerate(texts.items):
        best = max(texts.cosine(index, text) for text in item["distractors"])
        won.append(texts.cosine(index, item["caption"]) >= best - TIE)
    shuffled = permuted(np.array(won))
    size = len(won) // BINS
    ends = [(i + 1) * size for i in range(BINS - 1)] + [len(won) if last_bin_takes_rest else BINS * size]
    return float(np.mean([part.mean() for part in np.split(shuffled[:ends[-1]], ends[:-1])]))


def exact_r_precision(texts: Texts) -> float:
    """The same in expectation over all draws of 99 from the distinct captions of other items."""
    shares = []
    captions = list(dict.fromkeys(item["caption"] for item in texts.items))
    products = texts.images @ np.stack([texts.rows[caption] for caption in captions]).T
    for index, item in enumerate(texts.items):
        others = np.array([other != item["caption"] for other in captions])
        own = products[index, captions.index(item["caption"])]
        beaten_by = int((products[index, others] > own + TIE).sum())
        total, drawn = int(others.sum()), min(DISTRACTORS, int(others.sum()))
        shares.append(math.comb(total - beaten_by, drawn) / math.comb(total, drawn))
    return float(np.mean(shares))


def ranking_scores(methods: list[dict[str, float]]) -> list[float]:
    """ranking_score.py: ranks start at 1 for the worst; the sum over aspects, three of which average two metrics."""
    values = np.array([[-one[name] if name in LOWER_IS_BETTER else one[name] for name in RANKED] for one in methods])
    ranks = np.argsort(np.argsort(values, axis=0), axis=0) + 1
    realism, rp, accuracy, fidelity, ca, pa = np.split(ranks, [2, 3, 5, 7, 8], axis=1)
    return [float(total) for total in sum(aspect.mean(1) for aspect in (realism, rp, accuracy, fidelity, ca, pa))]


@dataclass
class World:
    ours: Rows
    real: Rows
    texts: Texts

    def by_paper(self) -> dict[str, float]:
        temperature = card("inception.pt")["temperature"]
        return {
            "IS": inception_score(proportional(permuted(self.ours.logits))),
            "IS*": inception_score(proportional(permuted(self.ours.logits)), temperature),
            "FID": frechet_distance(self.ours.features, self.real.features),
            "O-IS": inception_score(proportional(permuted(self.ours.crop_logits)), temperature),
            "O-FID": frechet_distance(self.ours.crop_features, self.real.crop_features),
            "RP": exact_r_precision(self.texts),
            **object_accuracy(self.ours, self.texts.items, skip_empty=False),
            "PA": positional_alignment(self.texts, -TIE),
            "CA": counting_alignment(self.ours, self.texts.items),
        }

    def by_toolbox(self) -> dict[str, float]:
        return {
            "IS": inception_score(proportional(self.ours.logits)),
            "IS*": inception_score(proportional(self.ours.logits), TEMPERATURE),
            "FID": frechet_distance(full_batches(self.ours.features), full_batches(self.real.features)),
            "O-IS": inception_score(equal(self.ours.crop_logits), OBJECT_TEMPERATURE),
            "O-FID": frechet_distance(full_batches(self.ours.crop_features), full_batches(self.real.crop_features)),
            "RP": sampled_r_precision(self.texts),
            **object_accuracy(self.ours, self.texts.items, skip_empty=True),
            "PA": positional_alignment(self.texts, lead_for_confidence() - TIE),
            "CA": counting_alignment(self.ours, self.texts.items),
        }

    def mutants(self) -> dict[str, tuple[str, float]]:
        """The toolbox's formulas with one choice changed: {what: (metric, value)}."""
        return {
            "permuted": ("IS", inception_score(proportional(permuted(self.ours.logits)))),
            "the card's temperature": ("IS*", inception_score(proportional(self.ours.logits),
                                                     card("inception.pt")["temperature"])),
            "last batch kept": ("FID", frechet_distance(self.ours.features, self.real.features)),
            "all crops": ("O-IS", inception_score(proportional(self.ours.crop_logits), OBJECT_TEMPERATURE)),
            "last batch of crops kept": ("O-FID", frechet_distance(self.ours.crop_features,
                                                                   self.real.crop_features)),
            "exact": ("RP", exact_r_precision(self.texts)),
            "empty images count, by class": ("SOA-C", object_accuracy(self.ours, self.texts.items, False)["SOA-C"]),
            "empty images count": ("SOA-I", object_accuracy(self.ours, self.texts.items, False)["SOA-I"]),
            "any lead": ("PA", positional_alignment(self.texts, -TIE)),
            "all words together": ("PA", positional_alignment(self.texts, lead_for_confidence() - TIE, True)),
            "root last": ("CA", counting_alignment(self.ours, self.texts.items, root_last=True)),
        }


def compare_ranks(work: Path, table: Table) -> None:
    """Ranks flat metric files of four methods, without ties."""
    rng = np.random.default_rng(33)
    methods = [dict(zip(RANKED, rng.uniform(1, 9, len(RANKED)).tolist())) for _ in range(4)]
    files = [work / f"method-{index}.json" for index in range(len(methods))]
    for path, metrics in zip(files, methods):
        path.write_text(json.dumps(metrics), encoding="utf-8")
    run([str(binary()), "rank", *map(str, files), "--output", str(work / "ranks.json")])
    entries = json.loads((work / "ranks.json").read_text(encoding="utf-8"))["entries"]
    ours = {entry["name"]: entry["RS"] for entry in entries}
    theirs = ranking_scores(methods)
    apart = max(abs(ours[path.stem] - score) for path, score in zip(files, theirs))
    table.add(Row("RS of 4 methods", "ranking_score.py", " ".join(f"{score:g}" for score in theirs),
                  " ".join(f"{ours[path.stem]:g}" for path in files), apart, 0))


def protocol_rows(table: Table, theirs: dict[str, float], ours: Report, protocol: str) -> None:
    for metric, value in theirs.items():
        table.add(relative(f"{metric}, protocol {protocol}", "formula", value, ours.metrics.get(metric), VALUES))


def compare(work: Path, table: Table) -> None:
    say("protocols")
    folder, items = build(work)
    job = Job(MODELS, folder, SHAPES / "real", work / "mixed.json", store=work / "store-mixed",
              metrics=",".join(metric for metric in ("IS", *RANKED)))
    paper = evaluate(job, work)
    toolbox = evaluate(replace(job, options=("--protocol", "tise")), work)
    world = World(read(job.store), read(job.store / "real"), texts_of(job.store, items))
    protocol_rows(table, world.by_paper(), paper, "paper")
    protocol_rows(table, world.by_toolbox(), toolbox, "tise")
    for what, (metric, value) in world.mutants().items():
        table.add(relative(f"{metric}, protocol tise, mutant: {what}", "formula", value, toolbox.metrics.get(metric),
                           VALUES, True))
    compare_ranks(work, table)
