"""The demo classifier, which replaces Inception: features for FID, logits of 36 classes for IS."""

from pathlib import Path

import torch
import torch.nn.functional as F
from layers import conv_stem
from scenes import LABELS
from torch import nn
from training import Progress, descend, optimiser, set_learning_rate

FEATURE_DIM = 128
STEPS = 1500
BATCH = 128
MEAN, STD = 128.0, 128.0  # of the input's preparation, pixels 0..255


class Classifier(nn.Module):
    """[N, 3, H, W] → (features [N, 128], logits [N, 36])."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_stem(FEATURE_DIM)
        self.head = nn.Linear(FEATURE_DIM, len(LABELS))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.stem(image).mean((2, 3))
        return features, self.head(features)


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """[N, 3, 64, 64] uint8 → the classifier's input."""
    return (pixels.float() - MEAN) / STD


def train(work: Path, steps: int = STEPS) -> None:
    """Writes classifier.pt to the work folder."""
    torch.manual_seed(0)
    data = torch.load(work / "class_train.pt")
    images, classes = data["images"], data["classes"]
    model = Classifier().to(memory_format=torch.channels_last)
    optim = optimiser([model], 2e-3, 0.05)
    progress = Progress("classifier", steps, 100)
    for step in range(steps):
        set_learning_rate(optim, 2e-3, step, steps)
        rows = torch.randint(len(images), (BATCH,))
        batch = prepare(images[rows]).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(batch)[1]
        loss = F.cross_entropy(logits.float(), classes[rows], label_smoothing=0.05)
        descend(optim, loss)
        if progress.due(step):
            right = (logits.argmax(1) == classes[rows]).float().mean().item()
            progress.line(step, f"loss {loss.item():.3f} accuracy {right:.3f}")
    torch.save(model.state_dict(), work / "classifier.pt")


def fit_temperature(logits: torch.Tensor, classes: torch.Tensor) -> float:
    """The T that minimizes the NLL of softmax(logits / T): logits [N, C], classes [N]."""
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optim = torch.optim.LBFGS([log_t], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optim.zero_grad()
        loss = F.cross_entropy(logits.double() / log_t.exp(), classes)
        loss.backward()
        return loss

    optim.step(closure)
    return log_t.exp().item()
