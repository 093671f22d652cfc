"""The packages' networks, preparations and distances for FD, KID and MMD.

DINOv2 is from timm, CLIP from the `clip` package. If a program's code isn't on PyPI (dgm-eval, EDM2, PRX, CMMD), its few
lines are repeated here, on top of the packages that it calls. Distances are in float64.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable
from unittest import mock

import numpy as np
import timm
import torch
import torch.nn.functional as F
import torch_fidelity
from PIL import Image
from pytorch_fid.fid_score import calculate_frechet_distance
from timm.models.vision_transformer import checkpoint_filter_fn
from torch_fidelity.feature_extractor_dinov2 import FeatureExtractorDinoV2
from torch_fidelity.metric_kid import kernel_rbf, kid_features_to_metric, mmd2
from torchvision import transforms
from torchvision.transforms.functional import pil_to_tensor, to_tensor
from transformers import Dinov2Config, Dinov2WithRegistersConfig
from transformers.models.dinov2.modeling_dinov2 import Dinov2Embeddings
from transformers.models.dinov2_with_registers.modeling_dinov2_with_registers import Dinov2WithRegistersEmbeddings

IN_TIMM = {"dinov2_vits14": "vit_small_patch14_dinov2", "dinov2_vitb14": "vit_base_patch14_dinov2",
           "dinov2_vitl14": "vit_large_patch14_dinov2", "dinov2_vitg14": "vit_giant_patch14_dinov2",
           "dinov2_vits14_reg": "vit_small_patch14_reg4_dinov2"}
IN_FIDELITY = "dinov2-vit-s-14"
PATCH, TRAINED_SIDE = 14, 518
SIGMA, SCALE = 10.0, 1000.0  # CMMD's
BATCH = 8
IMAGENET = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
OPENAI = transforms.Normalize([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])

Prepare = Callable[[Image.Image], torch.Tensor]
Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
Table = Callable[[torch.Tensor, int], torch.Tensor]  # (positional table, side of the new grid) → resampled table


def grid_of(table: torch.Tensor) -> torch.Tensor:
    side = TRAINED_SIDE // PATCH
    return table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)


def authors_table(table: torch.Tensor, cells: int) -> torch.Tensor:
    """interpolate_pos_encoding of facebookresearch/dinov2, with its offset of 0.1."""
    factor = (cells + 0.1) / (TRAINED_SIDE // PATCH)
    grid = F.interpolate(grid_of(table), scale_factor=(factor, factor), mode="bicubic")
    return torch.cat([table[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)


@torch.no_grad()
def resampled_by(embeddings: Dinov2Embeddings | Dinov2WithRegistersEmbeddings, table: torch.Tensor,
                 cells: int) -> torch.Tensor:
    embeddings.position_embeddings.copy_(table)
    side = cells * PATCH
    return embeddings.interpolate_pos_encoding(torch.empty(1, 1 + cells * cells, table.shape[2]), side, side)


def transformers_table(table: torch.Tensor, cells: int) -> torch.Tensor:
    config = Dinov2Config(hidden_size=table.shape[2], image_size=TRAINED_SIDE, patch_size=PATCH)
    return resampled_by(Dinov2Embeddings(config), table, cells)


def registers_table(table: torch.Tensor, cells: int) -> torch.Tensor:
    """As transformers resamples in networks with registers, which is the authors' way there."""
    config = Dinov2WithRegistersConfig(hidden_size=table.shape[2], image_size=TRAINED_SIDE, patch_size=PATCH)
    return resampled_by(Dinov2WithRegistersEmbeddings(config), table, cells)


def timm_table(table: torch.Tensor, cells: int) -> torch.Tensor:
    """Returns it unchanged: timm resamples it when it loads the weights."""
    return table


def dinov2(name: str, weights: Path, side: int = 224, table: Table = authors_table) -> torch.nn.Module:
    """timm's network. It has as many blocks as the weights."""
    state = {key: value.float() for key, value in torch.load(weights, weights_only=True).items()}
    depth = len({key.split(".")[1] for key in state if key.startswith("blocks.")})
    network = timm.create_model(IN_TIMM[name], img_size=side, num_classes=0, depth=depth)
    state["pos_embed"] = table(state["pos_embed"], side // PATCH)
    network.load_state_dict(checkpoint_filter_fn(state, network))
    return network.eval()


def as_dgm(picture: Image.Image) -> torch.Tensor:
    """dgm-eval's DINOv2Encoder.transform."""
    resize = transforms.Resize((224, 224), transforms.InterpolationMode.BICUBIC)
    return IMAGENET(to_tensor(resize(picture)))


def as_edm2(picture: Image.Image) -> torch.Tensor:
    """EDM2's DINOv2Detector."""
    pixels = pil_to_tensor(picture).float()[None]
    return IMAGENET(F.interpolate(pixels, (224, 224), mode="bicubic", antialias=True)[0] / 255)


def as_prx(picture: Image.Image) -> torch.Tensor:
    """DINO's preprocessing in PRX's feature_extractors.py."""
    return IMAGENET(F.interpolate(to_tensor(picture)[None], (518, 518), mode="bicubic", align_corners=False)[0])


def as_cmmd(picture: Image.Image) -> torch.Tensor:
    """_center_crop_and_resize in CMMD's io_util.py, and CLIP's normalization."""
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    return OPENAI(to_tensor(square.resize((336, 336), Image.Resampling.BICUBIC)))


def pictures_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))


@torch.no_grad()
def rows_of(network: Callable[[torch.Tensor], torch.Tensor], prepare: Prepare, folder: Path) -> np.ndarray:
    """Features [N, F] in float64, in the order of the files' names."""
    pictures = [prepare(Image.open(path).convert("RGB")) for path in pictures_of(folder)]
    return torch.cat([network(batch) for batch in torch.stack(pictures).split(BATCH)]).double().numpy()


def frechet_distance(images: np.ndarray, real: np.ndarray) -> float:
    moments = [(rows.mean(0), np.cov(rows, rowvar=False)) for rows in (images, real)]
    return float(calculate_frechet_distance(*moments[0], *moments[1]))


def torch_fidelity_kid(images: np.ndarray, real: np.ndarray, size: int, subsets: int = 1) -> dict[str, float]:
    """torch-fidelity's KID. If `size` is the number of rows, subsets are all rows."""
    return kid_features_to_metric(torch.from_numpy(images), torch.from_numpy(real), kid_subsets=subsets,
                                  kid_subset_size=size, verbose=False)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def torch_fidelity_mmd(images: np.ndarray, real: np.ndarray) -> float:
    x, y = unit(images), unit(real)
    kernels = [kernel_rbf(a, b, kid_kernel_rbf_sigma=SIGMA) for a, b in ((x, x), (x, y), (y, y))]
    return float(SCALE * mmd2(*kernels, mmd_est="biased"))


def cmmd_kernel(a: np.ndarray, b: np.ndarray, sigma: float = SIGMA) -> np.ndarray:
    squares = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :]
    return np.exp(-(squares - 2 * a @ b.T) / (2 * sigma**2))


def biased_mmd(x: np.ndarray, y: np.ndarray, kernel: Kernel = cmmd_kernel) -> float:
    """distance.py of google-research's cmmd, on rows as they are. The original uses float32."""
    return float(SCALE * (kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()))


def cmmd(images: np.ndarray, real: np.ndarray) -> float:
    """Of normalized rows, as from CMMD's embedding.py."""
    return biased_mmd(unit(images), unit(real))


@torch.no_grad()
def torch_fidelity_rows(network: torch.nn.Module, folder: Path) -> np.ndarray:
    """The features [N, F] that torch-fidelity computes with `network` as its DINOv2, in float64, in the order of the
    files' names."""
    with mock.patch("torch.hub.load", lambda *_: network):
        extractor = FeatureExtractorDinoV2(IN_FIDELITY, ["dinov2"])
    pictures = (pil_to_tensor(Image.open(path).convert("RGB")) for path in pictures_of(folder))
    return torch.cat([extractor(picture[None])[0] for picture in pictures]).double().numpy()


def whole_torch_fidelity(network: torch.nn.Module, samples: Path, real: Path) -> dict[str, float]:
    """torch-fidelity's FID and KID from images, with `network` as its DINOv2."""
    count = len(pictures_of(samples))
    with mock.patch("torch.hub.load", lambda *_: network):
        found = torch_fidelity.calculate_metrics(
            input1=str(samples), input2=str(real), feature_extractor=IN_FIDELITY, fid=True, kid=True, kid_subsets=1,
            kid_subset_size=count, cuda=False, batch_size=1, save_cpu_ram=True, cache=False, verbose=False)
    return {"FD": found["frechet_inception_distance"], "KID": found["kernel_inception_distance_mean"]}
