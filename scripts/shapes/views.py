"""The demo encoder that learns from images alone, a small counterpart of DINOv2: two views of a picture must agree.

The loss is that of Barlow Twins (Zbontar et al., ICML 2021): over a batch, each feature of one view should correlate
with the same feature of the other view, and with no other feature. Unlike there, the loss is on the features
themselves, without a projector, so that they are decorrelated and span all their dimensions.

Views are never flipped or blurred: left and right differ in this world, and the features should detect blur.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from layers import conv_stem
from torch import nn
from training import Progress, descend, optimiser, set_learning_rate

FEATURE_DIM = 64
STEPS = 800
BATCH = 128
VIEW_SIDE = 56
GREY_SHARE = 0.2  # share of views without colours: otherwise the features would encode little else
REDUNDANCY = 0.02  # weight of the correlations between different features
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the input's preparation, pixels 0..1; those of DINOv2

_WIDTH = 96


class ViewsEncoder(nn.Module):
    """[N, 3, H, W] → [N, 64]: convolutions, the mean over the map, features of mean 0 and variance 1."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_stem(_WIDTH)
        self.project = nn.Linear(_WIDTH, FEATURE_DIM, bias=False)
        self.standardise = nn.BatchNorm1d(FEATURE_DIM, affine=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.standardise(self.project(self.stem(image).mean((2, 3))))


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """[N, 3, 64, 64] uint8 → the encoder's input."""
    return (pixels.float() / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def random_view(pixels: torch.Tensor) -> torch.Tensor:
    """A crop of each picture, [N, 3, 64, 64] uint8 → [N, 3, 56, 56], with random light and background, some of them
    without colours."""
    n, _, side, _ = pixels.shape
    corners = torch.randint(side - VIEW_SIDE + 1, (n, 2)).tolist()
    crops = [p[:, y : y + VIEW_SIDE, x : x + VIEW_SIDE] for p, (y, x) in zip(pixels, corners)]
    contrast = torch.empty(n, 1, 1, 1).uniform_(0.8, 1.2)
    light = torch.empty(n, 1, 1, 1).uniform_(-50, 50) + torch.empty(n, 3, 1, 1).uniform_(-15, 15)
    clouds = F.interpolate(30 * torch.randn(n, 1, 5, 5), size=VIEW_SIDE, mode="bicubic", align_corners=True)
    view = torch.stack(crops).float()
    is_grey = torch.rand(n, 1, 1, 1) < GREY_SHARE
    view = torch.where(is_grey, view.mean(1, keepdim=True), view)
    return ((view - 128) * contrast + 128 + light + clouds).clamp(0, 255)


def twins_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Barlow Twins' loss of the features [N, 64] of two views, standardized over the batch."""
    correlation = a.t() @ b / len(a)
    diagonal = correlation.diagonal()
    between = correlation.square().sum() - diagonal.square().sum()
    return (1 - diagonal).square().sum() + REDUNDANCY * between


def train(work: Path, steps: int = STEPS) -> None:
    """Writes views.pt to the work folder."""
    torch.manual_seed(0)
    images = torch.load(work / "encoder_train.pt")["images"]
    model = ViewsEncoder()
    optim = optimiser([model], 2e-3, 0.05)
    progress = Progress("views", steps, 100)
    for step in range(steps):
        set_learning_rate(optim, 2e-3, step, steps)
        pixels = images[torch.randint(len(images), (BATCH,))]
        first, second = (model(prepare(random_view(pixels))) for _ in range(2))
        loss = twins_loss(first, second)
        descend(optim, loss)
        if progress.due(step):
            agreement = (first * second).mean().item()  # the mean correlation of a feature with itself
            progress.line(step, f"loss {loss.item():.3f} agreement {agreement:.3f}")
    torch.save(model.state_dict(), work / "views.pt")
