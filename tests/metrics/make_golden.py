"""Writes golden.json: what the reference implementations say of rows that the tests make by the same formula.

    pip install numpy scipy torch torchvision tqdm torch-fidelity==0.4.0 pytorch-fid==0.3.0
    python tests/metrics/make_golden.py

IS: torch-fidelity's isc_features_to_metric. FID: pytorch-fid's calculate_frechet_distance and torch-fidelity's
fid_statistics_to_metric over numpy's covariances. Permutations: numpy. RP: scipy's hypergeometric distribution over
similarities in numpy. CLIP-S and RefCLIP-S: clipscore.py's formulae in numpy (its script needs CLIP itself).
"""

import json
import pathlib

import numpy as np
import torch
from pytorch_fid.fid_score import calculate_frechet_distance
from scipy.stats import hypergeom
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric


def rows(seed, n, width):
    """As golden_rows in samples_of.h: a linear congruential generator, columns of different scale, all exact."""
    values = np.empty(n * width)
    state = seed
    for i in range(n * width):
        state = (1103515245 * state + 12345) % 2**31
        values[i] = ((state >> 15) / 65536 - 0.5) * (1 + i % width % 5)
    return values.reshape(n, width)


def permutation(seed, n):
    order = np.random.RandomState(seed).permutation(n)
    checksum = sum(int(i) * int(x) for i, x in enumerate(order))
    return {"seed": seed, "n": n, "first": order[:8].tolist(), "checksum": checksum % 2**32}


def inception_score(seed, n, classes, temperature, splits):
    logits = torch.from_numpy(rows(seed, n, classes)) / temperature
    score = isc_features_to_metric(logits, splits=splits)
    return {"seed": seed, "n": n, "classes": classes, "temperature": temperature, "splits": splits,
            "mean": score["inception_score_mean"], "std": score["inception_score_std"]}


def fid(n, n_real, width):
    ours, real = rows(1, n, width), rows(2, n_real, width) + 0.25
    a, b = (fid_features_to_statistics(torch.from_numpy(x)) for x in (ours, real))
    return {"n": n, "n_real": n_real, "width": width,
            "pytorch_fid": float(calculate_frechet_distance(a["mu"], a["sigma"], b["mu"], b["sigma"])),
            "torch_fidelity": fid_statistics_to_metric(a, b, False)["frechet_inception_distance"]}


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def clip_scores(n, width):
    images, captions, references = (unit(rows(seed, n, width)) for seed in (3, 4, 5))
    per = 2.5 * np.clip(np.sum(images * captions, axis=1), 0, None)
    # Two references a caption: its own row and the next one's.
    near = np.maximum(np.sum(captions * references, axis=1), np.sum(captions * np.roll(references, -1, axis=0), axis=1))
    near = np.clip(near, 0, None)
    both = per + near
    harmonic = np.where(both == 0, 0, 2 * per * near / np.where(both == 0, 1, both))
    return {"n": n, "width": width, "clip_s": per.mean(), "ref_clip_s": harmonic.mean()}


def r_precision(n, width):
    """Images lean towards their captions; every third caption is a copy of the one before, and distractors are drawn from
    the distinct ones."""
    captions = rows(6, n, width)
    texts = np.arange(n)
    texts[2::3] = texts[1::3][: len(texts[2::3])]
    images = captions[texts] * 0.25 + rows(7, n, width)
    cosines = unit(images) @ unit(captions).T
    total = 0.0
    for i in range(n):
        others = np.unique(texts[texts != texts[i]])
        better = int(np.sum(cosines[i][others] > cosines[i, texts[i]] + 1e-6))
        pool = len(others)
        total += hypergeom.pmf(0, pool, better, min(99, pool))
    return {"n": n, "width": width, "exact": total / n}


if __name__ == "__main__":
    golden = {
        "permutations": [permutation(2020, n) for n in (1, 2, 10, 1000, 65536, 70001)] + [permutation(4294967295, 100)],
        "inception_scores": [inception_score(11, 137, 12, 1.0, 10), inception_score(12, 64, 7, 0.909, 10),
                             inception_score(13, 50, 1008, 0.598, 1), inception_score(14, 10, 5, 1.0, 10)],
        "fid": [fid(200, 300, 16), fid(40, 60, 3), fid(12, 300, 16)],
        "clip_scores": clip_scores(30, 24),
        "r_precision": [r_precision(150, 16), r_precision(60, 16)],
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")
