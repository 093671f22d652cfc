"""Makes an archive of any network that maps images to features; `tise_eval.export.encoder` calls this."""

from __future__ import annotations

import copy
import re
import warnings
from pathlib import Path
from typing import Callable

import torch
from torch import nn

from . import archive
from .errors import ExportError, fail
from .originals import graphs_of
from .preparation import RANGES, size_of
from .weights import check_output, compare, one_line

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.pt")
INPUT_FIELDS = ("steps", "range", "mean", "std")
PICTURES = 3
SAME = 1e-3  # the largest allowed difference between outputs for the same image, relative to the largest number

Network = Callable[[torch.Tensor], object]


@torch.no_grad()
def write(module: nn.Module, given: dict, output: Path, name: str | None, half: bool) -> dict:
    check_output(output)
    check_name(output)
    pictures = random_pictures(given)
    exact = copy.deepcopy(module).cpu().float()
    expected = features_of(exact, pictures, "the module")
    script = as_script(exact, pictures, expected)
    if names_a_device(script):
        print("note: the module was traced on the CPU and its operations refer to that device; the archive may not run "
              "on a GPU")
    card = {
        "kind": "encoder",
        "name": name or output.stem,
        "input": given,
        "feature_dim": expected.shape[1],
    }
    return archive.save(script.half() if half else script, card, output,
                        check=lambda saved: check(saved, pictures, expected, half))


def check_name(output: Path) -> None:
    if not FILE_NAME.fullmatch(output.name):
        fail(f"output {output}: an archive's name must end in .pt and consist of letters, digits, `.`, `_` and `-`")


def random_pictures(given: dict) -> torch.Tensor:
    """Seeded images of the size that the network takes. Raises ExportError if the card's `input` is invalid."""
    if missing := [key for key in INPUT_FIELDS if key not in given]:
        fail(f"input: {', '.join(missing)} missing; make the input with tise_eval.export.preparation.card_input")
    if given["range"] not in RANGES:
        fail(f"input: the range is {given['range']}, expected {' or '.join(RANGES)}")
    if len(given["mean"]) != 3 or len(given["std"]) != 3 or 0 in given["std"]:
        fail("input: expected a mean and a standard deviation above 0 for each of three channels")
    if (size := size_of(given)) is None:
        fail("input: the steps give images different sizes, but an encoder needs one size; end with a resize to a box, "
             "a crop or a pad")
    width, height = size
    return torch.randn(PICTURES, 3, height, width, generator=torch.Generator().manual_seed(0))


def features_of(network: Network, pictures: torch.Tensor, who: str) -> torch.Tensor:
    """The network's features for the images one by one, [N, F]. Raises ExportError if they have another shape, aren't
    finite, or differ from the features for the whole batch."""
    alone = torch.cat([answer_of(network, picture.unsqueeze(0), who) for picture in pictures])
    together = answer_of(network, pictures, who)
    largest = max(alone.abs().max().item(), 1e-12)
    if not (together - alone).abs().max().item() <= SAME * largest:
        hint = "; call its eval() first" if getattr(network, "training", False) else ""
        fail(f"{who} returns other features for an image in a batch of {len(pictures)} than for the image alone{hint}")
    return alone


def answer_of(network: Network, pictures: torch.Tensor, who: str) -> torch.Tensor:
    answer = network(pictures)
    wanted = f"expected [{len(pictures)}, F]; wrap it in a module that returns the features"
    if not isinstance(answer, torch.Tensor):
        fail(f"{who} returns a {type(answer).__name__}, not a tensor; {wanted}")
    if answer.ndim != 2 or answer.shape[1] == 0 or not answer.is_floating_point():
        fail(f"{who} returns {str(answer.dtype).removeprefix('torch.')} {list(answer.shape)}, {wanted}")
    if len(answer) != len(pictures):
        fail(f"{who} returns {len(answer)} rows for a batch of {len(pictures)}")
    if not answer.isfinite().all():
        fail(f"{who} returns numbers that are not finite")
    return answer.float()


def as_script(module: nn.Module, pictures: torch.Tensor, expected: torch.Tensor) -> torch.jit.ScriptModule:
    """The module scripted, or traced if the scripted one fails or computes something else."""
    if isinstance(module, torch.jit.ScriptModule):
        return module
    why = []
    for verb, convert in (("scripted", torch.jit.script), ("traced", lambda whole: traced(whole, pictures))):
        try:
            script = convert(module)
            difference = (features_of(script, pictures, "it") - expected).abs().max().item()
            if difference <= SAME * expected.abs().max().item():
                return script
            why.append(f"when {verb}, its output differs by {difference:.2e}")
        except Exception as error:  # scripting raises errors of many types
            why.append(f"it cannot be {verb}: {one_line(error)}")
    raise ExportError(f"cannot convert the module to TorchScript: {'; '.join(why)}")


def traced(module: nn.Module, pictures: torch.Tensor) -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # wrong outputs are detected later
        return torch.jit.trace(module, pictures, check_trace=False)


def names_a_device(script: torch.jit.ScriptModule) -> bool:
    constants = (node for graph in graphs_of(script) for node in graph.findAllNodes("prim::Constant"))
    return any(node.output().type().kind() == "DeviceObjType" for node in constants)


def check(path: Path, pictures: torch.Tensor, expected: torch.Tensor, half: bool) -> None:
    """Compares the archive with the module."""
    saved = torch.jit.load(str(path), map_location="cpu").float().eval()
    compare({"features": features_of(saved, pictures, "the archive")}, {"features": expected}, "the module", half)
