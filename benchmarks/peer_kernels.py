"""KID by torch-fidelity and MMD by cmmd-pytorch's formula, on the features in two stores. Prints the value and the
wall-clock and CPU seconds of the computation alone, without loading packages and features.

    peer_kernels.py subsets|all|mmd|exact-kid|exact-mmd GENERATED REAL NAME

`subsets` is torch-fidelity's KID with its defaults, `all` the same with one subset of all rows, `mmd` cmmd-pytorch's
formula in float32. `exact-…` are the formulas over all pairs in float64; the sums over blocks are added exactly.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import tise_eval


def rows(path: str, name: str) -> np.ndarray:
    """The features, in the order of the images' names."""
    store = tise_eval.Store(path)
    names = [image for chunk in store.chunks(name) for image in chunk["names"]]
    order = sorted(range(len(names)), key=lambda index: os.fsencode(names[index]))
    return np.ascontiguousarray(store.tensor(name, "features")[order])


def kid(images: np.ndarray, real: np.ndarray, **options: int) -> float:
    import torch
    from torch_fidelity.metric_kid import kid_features_to_metric

    found = kid_features_to_metric(torch.from_numpy(images), torch.from_numpy(real), verbose=False, **options)
    return found["kernel_inception_distance_mean"]


def mmd(images: np.ndarray, real: np.ndarray) -> float:
    """The function mmd in distance.py, line by line. Rows must have length 1."""
    import torch

    x, y = torch.from_numpy(images), torch.from_numpy(real)
    x_sqnorms, y_sqnorms = torch.diag(torch.matmul(x, x.T)), torch.diag(torch.matmul(y, y.T))
    gamma = 1 / (2 * 10**2)

    def mean(a: torch.Tensor, b: torch.Tensor, a_sqnorms: torch.Tensor, b_sqnorms: torch.Tensor) -> torch.Tensor:
        return torch.mean(torch.exp(-gamma * (-2 * torch.matmul(a, b.T) + torch.unsqueeze(a_sqnorms, 1)
                                              + torch.unsqueeze(b_sqnorms, 0))))  # fmt: skip

    k_xx, k_xy, k_yy = mean(x, x, x_sqnorms, x_sqnorms), mean(x, y, x_sqnorms, y_sqnorms), mean(y, y, y_sqnorms, y_sqnorms)
    return (1000 * (k_xx + k_yy - 2 * k_xy)).item()


def exact(images: np.ndarray, real: np.ndarray, kernel: Callable[[np.ndarray], np.ndarray], has_self_pairs: bool) -> float:
    """mean k(x, x') + mean k(y, y') − 2 mean k(x, y) for a kernel of x · y."""
    block = 2000

    def sums(a: np.ndarray, b: np.ndarray) -> Iterator[float]:
        for i in range(0, len(a), block):
            for j in range(0, len(b), block):
                of_pairs = kernel(a[i : i + block].astype(np.float64) @ b[j : j + block].astype(np.float64).T)
                if a is b and i == j and not has_self_pairs:
                    np.fill_diagonal(of_pairs, 0.0)
                yield from of_pairs.sum(axis=1)

    def mean(a: np.ndarray, b: np.ndarray) -> float:
        pairs = len(a) * (len(b) if has_self_pairs or a is not b else len(b) - 1)
        return math.fsum(sums(a, b)) / pairs

    return math.fsum((mean(images, images), mean(real, real), -2.0 * mean(images, real)))


def exact_kid(images: np.ndarray, real: np.ndarray) -> float:
    return exact(images, real, lambda products: (products / images.shape[1] + 1.0) ** 3, has_self_pairs=False)


def exact_mmd(images: np.ndarray, real: np.ndarray) -> float:
    """Uses k − 1 instead of k: the ones cancel."""
    x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (images.astype(np.float64), real.astype(np.float64)))
    return 1000.0 * exact(x, y, lambda cosines: np.expm1((cosines - 1.0) / 10**2), has_self_pairs=True)


def main() -> None:
    import torch_fidelity  # noqa: F401  loads it and torch before the clock starts

    what, generated, real, name = sys.argv[1:]
    x, y = rows(generated, name), rows(real, name)
    if what.startswith("exact"):
        compute = {"exact-kid": exact_kid, "exact-mmd": exact_mmd}[what]
    elif what == "mmd":
        x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (x, y))
        compute = mmd
    else:
        options = {"kid_subsets": 1, "kid_subset_size": len(x)} if what == "all" else {}
        compute = lambda a, b: kid(a, b, **options)  # noqa: E731
    start, cpu_start = time.perf_counter(), time.process_time()
    value = compute(x, y)
    print(json.dumps({"value": value, "seconds": time.perf_counter() - start,
                      "cpu_seconds": time.process_time() - cpu_start}))


if __name__ == "__main__":
    main()
