"""Results of the published implementations: their own code, run from their packages, with the random weights.

jmhessel/clipscore isn't a package; its few formulas are repeated here, on top of the packages that its script calls. All
run in float32 on the CPU, one image at a time if images of different sizes can't be stacked.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Callable
from unittest import mock

import clip
import numpy as np
import open_clip
import torch
import torch_fidelity
from cleanfid import fid as clean_fid
from cleanfid.inception_torchscript import InceptionV3W
from PIL import Image
from pytorch_fid import fid_score
from pytorch_fid.inception import InceptionV3

PROMPT = "A photo depicts "
CLIP_S_WEIGHT = 2.5
CPU = torch.device("cpu")
FEATURES = 2048
BATCH = 32


@dataclass
class ClipScores:
    """One value per pair, in the captions' order."""

    clip_s: np.ndarray
    ref_clip_s: np.ndarray
    cosines: np.ndarray


def unit(rows: list[torch.Tensor]) -> np.ndarray:
    embeddings = torch.cat(rows).numpy()
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


@dataclass
class ClipNetwork:
    """A network of the `clip` or open_clip package, with the package's preparation of pictures and texts."""

    network: torch.nn.Module
    transform: Callable[[Image.Image], torch.Tensor]
    tokenize: Callable[[list[str]], torch.Tensor]


def openai_clip(weights: Path) -> ClipNetwork:
    return ClipNetwork(*clip.load(str(weights), device="cpu"), partial(clip.tokenize, truncate=True))


def open_clip_model(name: str, weights: Path) -> ClipNetwork:
    network, _, transform = open_clip.create_model_and_transforms(name, pretrained=str(weights))
    return ClipNetwork(network.eval(), transform, open_clip.get_tokenizer(name))


@torch.no_grad()
def clip_scores(peer: ClipNetwork, images: Path, captions: dict[str, str],
                references: dict[str, list[str]]) -> ClipScores:
    def texts(sentences: list[str]) -> np.ndarray:
        tokens = peer.tokenize([PROMPT + sentence for sentence in sentences])
        return unit([peer.network.encode_text(batch) for batch in tokens.split(BATCH)])

    paths = {path.stem: path for path in images.iterdir()}
    pictures = [peer.transform(Image.open(paths[stem])) for stem in captions]
    image_rows = unit([peer.network.encode_image(batch) for batch in torch.stack(pictures).split(BATCH)])
    caption_rows = texts(list(captions.values()))
    reference_rows = texts([sentence for stem in captions for sentence in references[stem]])
    ends = np.cumsum([len(references[stem]) for stem in captions])

    cosines = (image_rows * caption_rows).sum(1)
    clip_s = CLIP_S_WEIGHT * np.clip(cosines, 0, None)
    best = np.array([(rows @ row).max() for row, rows in zip(caption_rows, np.split(reference_rows, ends[:-1]))])
    best = np.clip(best, 0, None)  # our departure: the script doesn't clamp this side
    both = clip_s + best
    ref_clip_s = np.where(both > 0, 2 * clip_s * best / np.where(both > 0, both, 1), 0)
    return ClipScores(clip_s, ref_clip_s, cosines)


def fidelity(weights: Path, cache: Path, samples: Path, real: Path) -> dict[str, float]:
    """torch-fidelity's IS, its deviation over splits, and FID. Features are cached under the folders' names."""
    return torch_fidelity.calculate_metrics(
        input1=str(samples), input2=str(real), input1_cache_name=samples.name, input2_cache_name=real.name,
        cache_root=str(cache), isc=True, fid=True, feature_extractor_weights_path=str(weights), cuda=False,
        batch_size=1, save_cpu_ram=True, verbose=False)


def fidelity_statistics(cache: Path, real: Path, output: Path) -> None:
    """Writes the statistics of the real images that torch-fidelity cached, as .npz."""
    [kept] = cache.glob(f"{real.name}-*-stat-fid-{FEATURES}.pt")
    statistics = torch.load(kept, weights_only=False)
    np.savez(output, mu=statistics["mu"], sigma=statistics["sigma"])


def pytorch_fid(weights: Path, samples: Path, real: Path, statistics: Path) -> float:
    """Runs pytorch-fid's `--save-stats` on the real images, then computes its FID against these statistics."""
    state = torch.load(weights, weights_only=True)
    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: state), \
            warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # scipy.linalg.sqrtm's `disp`
        fid_score.save_fid_stats([str(real), str(statistics)], 1, CPU, FEATURES, 0)
        return float(fid_score.calculate_fid_given_paths([str(samples), str(statistics)], 1, CPU, FEATURES, 0))


@torch.no_grad()
def write_clean_network(weights: Path, folder: Path) -> None:
    """Writes the network as the TorchScript file that clean-fid loads: `layers` takes images in -1..1."""
    state = torch.load(weights, weights_only=True)
    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: state):
        network = InceptionV3(resize_input=False, normalize_input=False).eval()

    class Holder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(*network.blocks)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.layers(images)

    torch.jit.trace(Holder().eval(), torch.zeros(1, 3, 299, 299)).save(str(folder / "inception-2015-12-05.pt"))


@torch.no_grad()
def cleanfid(weights: Path, folder: Path, samples: Path, real: Path, statistics: Path) -> float:
    """Computes clean-fid's FID, and writes the moments of the real images as .npz."""
    write_clean_network(weights, folder)
    network = InceptionV3W(str(folder), download=False)
    features = [clean_fid.get_folder_features(str(images), network, num_workers=0, batch_size=BATCH, device=CPU,
                                              mode="clean", verbose=False) for images in (samples, real)]
    np.savez(statistics, mu=features[1].mean(0), sigma=np.cov(features[1], rowvar=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return float(clean_fid.fid_from_feats(*features))
