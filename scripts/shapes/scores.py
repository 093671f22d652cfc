"""The evaluator's metrics in a few lines each, to check archives, examples and the program."""

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F

TIE = 1e-6  # similarities this close count as equal, in favor of the true caption
DISTRACTORS = 99
KERNEL_WIDTH = 10  # of the MMD's Gaussian kernel
JACKKNIFE_GROUPS = 20

Distance = Callable[[torch.Tensor, torch.Tensor], float]


def clip_s(images: torch.Tensor, captions: torch.Tensor) -> torch.Tensor:
    """Per-pair CLIP-S [N] of unit embeddings [N, D], captions with the prompt."""
    return 2.5 * (images * captions).sum(1).clamp(min=0)


def ref_clip_s(clip_scores: torch.Tensor, captions: torch.Tensor, references: torch.Tensor) -> torch.Tensor:
    """Per-pair RefCLIP-S [N]: CLIP-S [N], captions [N, D], references [N, R, D]."""
    best = torch.einsum("nd,nrd->nr", captions, references).amax(1).clamp(min=0)
    total = clip_scores + best
    return torch.where(total > 0, 2 * clip_scores * best / total.clamp(min=1e-30), 0.0)


def r_precision(similarities: torch.Tensor, texts: list[str]) -> float:
    """Expected share of images whose own caption ranks first against 99 others.

    similarities[i, j]: image i, text j.
    """
    total = 0.0
    for i, text in enumerate(texts):
        others = torch.tensor([other != text for other in texts])
        own = similarities[i, i]
        better = int((others & (similarities[i] > own + TIE)).sum())
        total += _chance_of_no_hit(int(others.sum()), better)
    return total / len(texts)


def _chance_of_no_hit(pool: int, better: int) -> float:
    """Chance that 99 draws without replacement from the pool contain none of the `better` ones."""
    drawn = min(DISTRACTORS, pool)
    if better > pool - drawn:
        return 0.0
    return math.comb(pool - better, drawn) / math.comb(pool, drawn)


def positional_alignment(own: torch.Tensor, opposite: torch.Tensor, words: list[str]) -> tuple[float, dict]:
    """The share of images that prefer their caption: the mean over words, and the share for each word."""
    prefers = own >= opposite - TIE
    shares = {w: prefers[torch.tensor([v == w for v in words])].double().mean().item() for w in sorted(set(words))}
    return sum(shares.values()) / len(shares), shares


def object_accuracy(asked: list[list[str]], found: list[Mapping[str, int]]) -> tuple[float, float]:
    """SOA-C and SOA-I: the share of the captions' classes that is found in their images, as the mean over classes, and
    over all pairs of an image and a class."""
    hits: dict[str, list[bool]] = {}
    for classes, counts in zip(asked, found, strict=True):
        for name in classes:
            hits.setdefault(name, []).append(counts.get(name, 0) > 0)
    pairs = [hit for of_class in hits.values() for hit in of_class]
    return sum(sum(h) / len(h) for h in hits.values()) / len(hits), sum(pairs) / len(pairs)


def counting_alignment(asked: list[dict[str, int]], found: list[Mapping[str, int]]) -> float:
    """CA: the mean over images of the RMSE between the caption's counts and those found, over the caption's classes."""
    errors = [
        math.sqrt(sum((counts.get(name, 0) - wanted) ** 2 for name, wanted in classes.items()) / len(classes))
        for classes, counts in zip(asked, found, strict=True)
    ]
    return sum(errors) / len(errors)


def inception_score(logits: torch.Tensor, temperature: float = 1.0) -> float:
    """IS over the whole set: logits [N, C]."""
    log_p = F.log_softmax(logits.double() / temperature, 1)
    p = log_p.exp()
    return (p * (log_p - p.mean(0).log())).sum(1).mean().exp().item()


def frechet_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """FID of features [N, F] and [M, F]; covariances divide by n - 1."""
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.cov(a.t()), torch.cov(b.t())
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.t()
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


def kernel_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """KID of features [N, F] and [M, F] (Bińkowski et al., ICLR 2018): the unbiased MMD² with the kernel
    (x·y / F + 1)³, over all rows at once (the paper averages over subsets)."""
    a, b = a.double(), b.double()

    def kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x @ y.t() / x.shape[1] + 1) ** 3

    def mean_of_others(k: torch.Tensor) -> torch.Tensor:
        return (k.sum() - k.trace()) / (len(k) * (len(k) - 1))

    return (mean_of_others(kernel(a, a)) + mean_of_others(kernel(b, b)) - 2 * kernel(a, b).mean()).item()


def gaussian_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """CMMD's distance of features [N, F] and [M, F] (Jayasumana et al., CVPR 2024): 1000 times the MMD² of the unit
    rows with the kernel exp(-|x - y|² / 200). As in its code, means include each row's kernel with itself."""
    a, b = F.normalize(a.double(), dim=1), F.normalize(b.double(), dim=1)

    def mean_kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.exp((2 * x @ y.t() - 2) / (2 * KERNEL_WIDTH**2)).mean()

    return 1000 * (mean_kernel(a, a) + mean_kernel(b, b) - 2 * mean_kernel(a, b)).item()


def jackknife_error(distance: Distance, a: torch.Tensor, b: torch.Tensor) -> float:
    """Standard error of distance(a, b) by the jackknife: leaves out each of 20 groups of rows of `a`, then of `b`."""

    def variance(of_rest: Callable[[torch.Tensor], float], rows: torch.Tensor) -> float:
        group = torch.arange(len(rows)) % JACKKNIFE_GROUPS
        left = torch.tensor([of_rest(rows[group != g]) for g in range(JACKKNIFE_GROUPS)], dtype=torch.float64)
        return (JACKKNIFE_GROUPS - 1) * left.var(correction=0).item()

    return math.sqrt(variance(lambda rest: distance(rest, b), a) + variance(lambda rest: distance(a, rest), b))


def effective_rank(features: torch.Tensor) -> float:
    """exp of the entropy of the covariance's normalized eigenvalues (Roy and Vetterli 2007): features [N, F]."""
    values = torch.linalg.eigvalsh(torch.cov(features.double().t())).clamp(min=0)
    shares = values / values.sum()
    return torch.special.entr(shares).sum().exp().item()
