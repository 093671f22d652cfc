"""Full-size networks with random weights from a seed that tell photographs apart.

The packages' initial weights don't: Inception's output is the same for every picture (IS is exactly 1), and all of CLIP's
cosines are nearly equal. Such values would agree whatever the program does. So here Inception's convolutions have He
initialization, its batch norms take their statistics from photographs, its logits are scaled, and CLIP's embeddings are
recentered on the given photographs and captions.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torchvision.models import inception_v3

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "support")]
import dinov2_weights  # noqa: E402
from tise_eval.export.architectures.inception import Conv, Inception  # noqa: E402

CLASSES = 1008
SIDE = 299  # of Inception's pictures
LOGITS_DEVIATION = 1.6  # over pictures, of each class: IS is about exp(deviation² / 2)
BLOCK_SHARE = 0.3  # scale of the residual branch of a ResNet's block
COMMON_SHARE = 0.6  # length of the part that all CLIP embeddings share, relative to the part that differs
OPENAI = {  # embedding, side; layers, width, patch of images; context, vocabulary, width, heads, layers of texts
    "ViT-B/32": (512, 224, 12, 768, 32, 77, 49408, 512, 8, 12),
    "ViT-L/14": (768, 224, 24, 1024, 14, 77, 49408, 768, 12, 12),
    "ViT-L/14@336px": (768, 336, 24, 1024, 14, 77, 49408, 768, 12, 12),
    "RN50": (1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 8, 12),
}

State = dict[str, torch.Tensor]


def pixels(paths: list[Path], size: int) -> torch.Tensor:
    """[N, 3, size, size] uint8."""
    pictures = [np.array(Image.open(path).convert("RGB").resize((size, size), Image.BILINEAR)) for path in paths]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


@torch.no_grad()
def inception(photographs: list[Path], seed: int, output: Path, classes: int = CLASSES) -> None:
    """Writes a state dict with the layout of pt_inception-2015-12-05, or with other classes of torchvision's."""
    torch.manual_seed(seed)
    network = inception_v3(weights=None, num_classes=classes, aux_logits=False, init_weights=False)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.3)
    nn.init.normal_(network.fc.weight)
    nn.init.normal_(network.fc.bias)  # IS is defined without it
    state = network.state_dict()
    calibrated = Inception(state, "fid")
    for module in calibrated.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # the statistics of this one batch
    images = (pixels(photographs, SIDE).float() - 128) / 128
    calibrated.train()(images)
    features, _ = calibrated.eval()(images)
    for module in calibrated.modules():
        if isinstance(module, Conv):
            state |= {f"{module.name}.{key}": value for key, value in module.state_dict().items()}
    state["fc.weight"] = spread_logits(state["fc.weight"], features)
    torch.save({key: value.clone() for key, value in state.items()}, output)


def spread_logits(weight: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """Scales the rows, without their component along the mean features, which all pictures share."""
    common = F.normalize(features.mean(0), dim=0)
    weight = weight - torch.outer(weight @ common, common)
    return weight * (LOGITS_DEVIATION / (features @ weight.T).std(0, keepdim=True)).T


def lively(network: nn.Module) -> None:
    """Draws larger weights than at the start of training, so that the input affects the output."""
    towers = [network.transformer]
    if hasattr(network.visual, "transformer"):
        towers.insert(0, network.visual.transformer)
        nn.init.normal_(network.visual.conv1.weight, std=0.03)
    for tower in towers:
        deviation = len(tower.resblocks[0].ln_1.weight) ** -0.5
        for block in tower.resblocks:
            nn.init.normal_(block.attn.in_proj_weight, std=2 * deviation)
            nn.init.normal_(block.attn.out_proj.weight, std=2 * deviation)
            nn.init.normal_(block.mlp.c_fc.weight, std=deviation)
            nn.init.normal_(block.mlp.c_proj.weight, std=deviation)
            nn.init.normal_(block.mlp.c_fc.bias, std=0.1)
            nn.init.normal_(block.ln_1.weight, mean=1, std=0.1)
            nn.init.normal_(block.ln_2.bias, std=0.1)
    nn.init.normal_(network.token_embedding.weight, std=0.05)


def know(tower: nn.Module, images: torch.Tensor) -> None:
    """Draws a ResNet's weights. Batch norms take these images' statistics. Residual branches are small, as in trained
    networks: otherwise a hundred layers would amplify float32's rounding errors."""
    for name, module in tower.named_modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.3)
            module.momentum = 1.0
            if name.startswith("layer") and name.endswith("bn3"):
                module.weight *= BLOCK_SHARE
                module.bias *= BLOCK_SHARE
    tower.train()(images)
    tower.eval()


def recentre(bias: torch.Tensor, projection: torch.Tensor, embeddings: torch.Tensor, common: torch.Tensor) -> None:
    """Moves the embeddings' mean in the direction of `common`, with the bias before the projection."""
    length = (embeddings - embeddings.mean(0)).norm(dim=1).mean()
    wanted = COMMON_SHARE * length * common - embeddings.mean(0)
    bias += wanted @ torch.linalg.pinv(projection)


def last_of(tower: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """The last bias of an image tower, and the projection after it."""
    if hasattr(tower, "proj"):
        return tower.ln_post.bias, tower.proj
    return tower.attnpool.c_proj.bias, torch.eye(len(tower.attnpool.c_proj.bias))


@torch.no_grad()
def fill(network: nn.Module | SimpleNamespace, photographs: list[Path], tokens: torch.Tensor, side: int = 224) -> None:
    """Draws weights for a CLIP with the modules of OpenAI's, so that it tells these photographs and texts apart."""
    lively(network)
    images = pixels(photographs, side).float() / 127.5 - 1
    if not hasattr(network.visual, "transformer"):
        know(network.visual, images)
    common = F.normalize(torch.randn(network.text_projection.shape[1]), dim=0)
    recentre(*last_of(network.visual), network.encode_image(images), common)
    recentre(network.ln_final.bias, network.text_projection, network.encode_text(tokens), common)


def tokens_of(texts: list[str]) -> torch.Tensor:
    import clip

    return clip.tokenize(texts, truncate=True)


def seeded_clip(name: str, photographs: list[Path], texts: list[str], seed: int) -> nn.Module:
    from clip.model import CLIP

    torch.manual_seed(seed)
    network = CLIP(*OPENAI[name]).eval()
    fill(network, photographs, tokens_of(texts), side=OPENAI[name][1])
    return network


def openai_clip(name: str, photographs: list[Path], texts: list[str], seed: int, output: Path) -> None:
    """Writes an archive like OpenAI's."""
    import openai_archive

    openai_archive.save(seeded_clip(name, photographs, texts, seed), output)


def openai_clip_state(name: str, photographs: list[Path], texts: list[str], seed: int, output: Path) -> None:
    """Writes a state dict in half precision with OpenAI's names, which the `clip` package can also load."""
    state = seeded_clip(name, photographs, texts, seed).state_dict()
    torch.save({key: value.half() for key, value in state.items()}, output)


def open_clip_model(name: str, photographs: list[Path], texts: list[str], seed: int, output: Path) -> None:
    """Writes a state dict like open_clip's checkpoints."""
    import open_clip

    torch.manual_seed(seed)
    network = open_clip.create_model(name).eval()
    fill(network, photographs, tokens_of(texts))
    torch.save(network.state_dict(), output)


def dinov2(name: str, seed: int, output: Path, depth: int | None = None) -> None:
    """Writes a state dict like the original's, but in half precision, and with `depth` blocks if given. The weights are
    exact in it, so reading rounds nothing, and the file has half the size."""
    size = dinov2_weights.PUBLISHED[name]
    state = dinov2_weights.state(size if depth is None else replace(size, depth=depth), seed)
    torch.save({key: value.half() for key, value in state.items()}, output)
