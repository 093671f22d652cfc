"""Writes a CLIP in the form that OpenAI published: a TorchScript archive in half precision, traced on a GPU, which its
code and its tensors name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import torch
from clip.model import CLIP, convert_weights

@torch.no_grad()
def save(network: CLIP, output: Path) -> None:
    """Also rounds the network's weights, and adds three of its sizes to them."""
    side, context, vocabulary = network.visual.input_resolution, network.context_length, network.vocab_size
    convert_weights(network)
    del network.context_length, network.vocab_size
    for name, value in (("input_resolution", side), ("context_length", context), ("vocab_size", vocabulary)):
        network.register_buffer(name, torch.tensor(value))
    images, tokens = torch.zeros(2, 3, side, side), torch.zeros(2, context, dtype=torch.long)
    inputs = {"forward": (images, tokens), "encode_image": images, "encode_text": tokens}
    on_cpu = output.with_suffix(".cpu")
    torch.jit.trace_module(network, inputs, check_trace=False).save(str(on_cpu))
    as_from_gpu(on_cpu, output)
    on_cpu.unlink()


def as_from_gpu(archive: Path, output: Path) -> None:
    """Replaces the CPU by a GPU in the archive's code and pickles, so that no GPU is needed here."""
    changes = 0
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(output, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            for old, new in ((b'torch.device("cpu")', b'torch.device("cuda:0")'),
                             (b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")):
                if entry.filename.endswith((".py", ".pkl")):
                    changes += content.count(old)
                    content = content.replace(old, new)
            target.writestr(entry.filename, content)
    if not changes:
        raise RuntimeError(f"{archive}: names no device")
