"""Writes golden.json: results of the reference implementations on rows that the tests make by the same formula.

    pip install numpy scipy torch torchvision tqdm torch-fidelity==0.4.0 pytorch-fid==0.3.0 clean-fid==0.1.35 \
        torchmetrics==1.9.0
    python tests/metrics/make_golden.py

IS: torch-fidelity's isc_features_to_metric. FID: pytorch-fid's calculate_frechet_distance and torch-fidelity's
fid_statistics_to_metric over numpy's covariances. KID: torch-fidelity's kid_features_to_metric, clean-fid's
kernel_distance and torchmetrics' poly_mmd; MMD: CMMD's formula in numpy, and torch-fidelity's mmd2, biased, with its RBF
kernel over rows of length 1. Permutations: numpy. RP: scipy's hypergeometric distribution over
similarities in numpy. CLIP-S and RefCLIP-S: clipscore.py's formulas in numpy (the script itself needs CLIP).
"""

import json
import pathlib

import numpy as np
import torch
from cleanfid.fid import kernel_distance
from pytorch_fid.fid_score import calculate_frechet_distance
from scipy.stats import hypergeom
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_rbf, kid_features_to_metric, mmd2
from torchmetrics.image.kid import poly_mmd


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


def kid_sides(n, n_real, width):
    return rows(15, n, width), rows(16, n_real, width) * 1.2 + 0.05


def kid(n, n_real, width):
    """KID of all rows, in float64; of 1,000 and 1,000 rows also by the implementations that draw subsets."""
    x, y = kid_sides(n, n_real, width)
    k = [(a @ b.T / width + 1) ** 3 for a, b in ((x, x), (y, y), (x, y))]
    value = ((k[0].sum() - np.trace(k[0])) / (n * (n - 1)) + (k[1].sum() - np.trace(k[1])) / (n_real * (n_real - 1))
             - 2 * k[2].mean())
    golden = {"n": n, "n_real": n_real, "width": width, "value": value}
    if n == n_real == 1000:
        tensors = [torch.from_numpy(rows) for rows in (x, y)]
        golden["torch_fidelity"] = kid_features_to_metric(*tensors, verbose=False)["kernel_inception_distance_mean"]
        golden["clean_fid"] = kernel_distance(y, x)
        golden["torchmetrics"] = poly_mmd(*tensors).item()
    return golden


def kid_subsets(n, n_real, width):
    found = kid_features_to_metric(*(torch.from_numpy(x) for x in kid_sides(n, n_real, width)), verbose=False)
    return {"n": n, "n_real": n_real, "width": width, "value": found["kernel_inception_distance_mean"],
            "std": found["kernel_inception_distance_std"]}


def mmd(n, n_real, width):
    """distance.py of google-research's cmmd, in float64."""
    x, y = (unit(side) for side in kid_sides(n, n_real, width))

    def mean(a, b):
        return np.exp(-((a[:, None] - b[None]) ** 2).sum(2) / (2 * 10**2)).mean()

    golden = {"n": n, "n_real": n_real, "width": width, "value": 1000 * (mean(x, x) + mean(y, y) - 2 * mean(x, y))}
    if n == n_real:
        kernels = [kernel_rbf(a, b, kid_kernel_rbf_sigma=10.0) for a, b in ((x, x), (x, y), (y, y))]
        golden["torch_fidelity"] = 1000 * mmd2(*kernels, mmd_est="biased")
    return golden


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def clip_scores(n, width):
    images, captions, references = (unit(rows(seed, n, width)) for seed in (3, 4, 5))
    per = 2.5 * np.clip(np.sum(images * captions, axis=1), 0, None)
    # Two references per caption: its own row and the next one's.
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
        "kid": [kid(1000, 1000, 12), kid(1300, 700, 5)],
        "kid_subsets": [kid_subsets(1000, 1000, 12), kid_subsets(1700, 1100, 12)],
        "mmd": [mmd(300, 300, 12), mmd(520, 210, 5)],
        "r_precision": [r_precision(150, 16), r_precision(60, 16)],
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")
