"""Exports the trained models as archives with half-precision weights. Their figures are measured with those weights."""

import copy
from pathlib import Path

import clip
import detector
import torch
import views
import words
from classifier import FEATURE_DIM, Classifier
from classifier import MEAN as CLASSIFIER_MEAN
from classifier import STD as CLASSIFIER_STD
from classifier import prepare as prepare_for_classifier
from figures import classifier_figures, clip_figures, detector_figures, views_figures, words_figures
from layout import SIDE
from scenes import LABELS
from tise_eval.export import archive
from tise_eval.export.architectures.maskrcnn import BoxDetector
from tise_eval.export.preparation import card_input, center_crop, squash
from tokenizer import Tokenizer
from torch import nn
from train_clip import MAX_SCALE

SOURCE = {"recipe": "scripts/shapes"}

Inputs = torch.Tensor | list[torch.Tensor]


def export_clip(work: Path, output: Path) -> None:
    """Writes clip.pt."""
    merges = (work / "merges.txt").read_text(encoding="utf-8")
    tokenizer = Tokenizer(merges)
    model = clip.Clip(tokenizer.vocabulary_size)
    _load_rounded(model, work / "clip.pt")
    card = {
        "kind": "clip",
        "name": "shapes-clip",
        "source": SOURCE,
        "input": card_input(center_crop(SIDE, "pillow-bicubic"), [clip.MEAN] * 3, [clip.STD] * 3),
        "embed_dim": clip.EMBED_DIM,
        "context_length": clip.CONTEXT_LENGTH,
        "logit_scale": min(model.log_scale.exp().item(), MAX_SCALE),
        "figures": clip_figures(model, tokenizer, work),
    }
    archive.save(_halved(model), card, output, merges)
    loaded = torch.jit.load(output).float().eval()
    images = clip.prepare(torch.load(work / "clip_test.pt")["images"][:8])
    tokens = torch.tensor(tokenizer.rows(["a photo depicts two red circles", "one star"], clip.CONTEXT_LENGTH))
    _compare("image", loaded.image, model.image, images)
    _compare("text", loaded.text, model.text, tokens)
    print(f"{output}: {output.stat().st_size} bytes, {card['figures']}")


def export_classifier(work: Path, output: Path) -> None:
    """Writes inception.pt."""
    model = Classifier()
    _load_rounded(model, work / "classifier.pt")
    temperature, figures = classifier_figures(model, work)
    card = {
        "kind": "inception",
        "name": "shapes-classifier",
        "source": SOURCE,
        "input": card_input(squash(SIDE, "tf1-bilinear"), [CLASSIFIER_MEAN] * 3, [CLASSIFIER_STD] * 3, "0..255"),
        "feature_dim": FEATURE_DIM,
        "classes": len(LABELS),
        "labels": LABELS,
        "temperature": temperature,
        "figures": figures,
    }
    archive.save(_halved(model), card, output)
    images = prepare_for_classifier(torch.load(work / "class_test.pt")["images"][:8])
    _compare("classifier", torch.jit.load(output).float().eval(), model, images)
    print(f"{output}: {output.stat().st_size} bytes, temperature {temperature:.6f}, {figures}")


def export_detector(work: Path, output: Path) -> None:
    """Writes maskrcnn.pt."""
    network = detector.build()
    _load_rounded(network, work / "detector.pt")
    model = BoxDetector(network, detector.OVERLAP).eval()
    card = {
        "kind": "detector",
        "name": "shapes-maskrcnn",
        "source": SOURCE,
        "input": card_input([], [0] * 3, [1] * 3),
        "labels": LABELS,
        "overlap": {"within_class": network.roi_heads.nms_thresh, "any_class": detector.OVERLAP},
        "figures": detector_figures(model, work),
    }
    archive.save(_halved(model), card, output)
    images = [detector.prepare(pixels) for pixels in torch.load(work / "detector_test.pt")["images"][:8]]
    _compare("detector", torch.jit.load(output).float().eval(), model, images)
    print(f"{output}: {output.stat().st_size} bytes, {card['figures']}")


def export_views(work: Path, output: Path) -> None:
    """Writes views.pt."""
    model = views.ViewsEncoder()
    _load_rounded(model, work / "views.pt")
    card = {
        "kind": "encoder",
        "name": "shapes-views",
        "source": SOURCE,
        "input": card_input(squash(SIDE, "pillow-bicubic"), views.MEAN, views.STD),
        "feature_dim": views.FEATURE_DIM,
        "figures": views_figures(model, work),
    }
    _save_encoder(model, card, views.prepare(torch.load(work / "encoder_test.pt")["images"][:8]), output)


def export_words(work: Path, output: Path) -> None:
    """Writes words.pt."""
    model, head = words.WordsEncoder(), nn.Linear(words.FEATURE_DIM, words.NGRAMS)
    _load_rounded(model, work / "words.pt")
    head.load_state_dict(torch.load(work / "words_head.pt"))
    card = {
        "kind": "encoder",
        "name": "shapes-words",
        "source": SOURCE,
        "input": card_input(squash(SIDE, "pillow-bilinear"), [words.MEAN] * 3, [words.STD] * 3, "0..255"),
        "feature_dim": words.FEATURE_DIM,
        "figures": words_figures(model, head, work),
    }
    _save_encoder(model, card, words.prepare(torch.load(work / "encoder_test.pt")["images"][:8]), output)


def _save_encoder(model: nn.Module, card: dict, images: torch.Tensor, output: Path) -> None:
    archive.save(_halved(model), card, output)
    _drop_debug_records(output)
    _compare(card["name"], torch.jit.load(output).float().eval(), model, images)
    print(f"{output}: {output.stat().st_size} bytes, {card['figures']}")


def _drop_debug_records(output: Path) -> None:
    """Rewrites the archive without the records that name the source file of each line on this machine."""
    reader = torch._C.PyTorchFileReader(str(output))
    kept = [name for name in reader.get_all_records() if not name.endswith(".debug_pkl")]
    written_anyway = (".data/serialization_id", "version")
    records = {name: reader.get_record(name) for name in kept if name not in written_anyway}
    writer = torch._C.PyTorchFileWriter(str(output))
    for name, data in records.items():
        writer.write_record(name, data, len(data))
    writer.write_end_of_file()


def _load_rounded(model: nn.Module, path: Path) -> None:
    """Loads the weights, rounded to half precision as in the archive."""
    model.load_state_dict(torch.load(path))
    model.half().float().eval()


def _halved(model: nn.Module) -> torch.jit.ScriptModule:
    """A scripted copy in half precision. Without the copy, it would share the model's weights."""
    return torch.jit.script(copy.deepcopy(model).half())


@torch.no_grad()
def _compare(name: str, loaded: torch.jit.ScriptModule, model: nn.Module, inputs: Inputs) -> None:
    """Prints the largest difference between the model and its archive, also when frozen or optimized."""
    expected = _tensors(model(inputs))
    variants = {
        "loaded": loaded,
        "frozen": torch.jit.freeze(loaded),
        "optimized": torch.jit.optimize_for_inference(loaded),
    }
    for variant, module in variants.items():
        for _ in range(3):  # the first runs only profile
            answer = module(inputs)
        pairs = zip(expected, _tensors(answer), strict=True)
        difference = max((a - b).abs().max().item() for a, b in pairs if a.numel())
        print(f"{name} {variant}: largest difference {difference:.2e}")


def _tensors(answer: torch.Tensor | tuple | list | dict) -> list[torch.Tensor]:
    """All tensors in a model's output."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    parts = answer.values() if isinstance(answer, dict) else answer
    return [tensor for part in parts for tensor in _tensors(part)]
