"""A full-size CLIP with random weights, made without CLIP's packages."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import torch
from seeded_weights import OPENAI, State, fill
from tise_eval.export.architectures.clip import Clip

END = 20  # position of the end token in the texts that the weights are fitted to


def drawn_transformer(layers: int, width: int) -> State:
    state = {}
    for i in range(layers):
        layer = {"attn.in_proj_weight": torch.empty(3 * width, width), "attn.in_proj_bias": torch.zeros(3 * width)}
        for name, rows, columns in (("attn.out_proj", width, width), ("mlp.c_fc", 4 * width, width),
                                    ("mlp.c_proj", width, 4 * width)):  # fmt: skip
            layer |= {f"{name}.weight": torch.empty(rows, columns), f"{name}.bias": torch.zeros(rows)}
        layer |= drawn_norm("ln_1", width) | drawn_norm("ln_2", width)
        state |= {f"transformer.resblocks.{i}.{key}": value for key, value in layer.items()}
    return state


def drawn_norm(name: str, width: int) -> State:
    return {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}


def drawn_clip(name: str) -> State:
    """A vision transformer and a text tower in OpenAI's layout. Tensors that `fill` draws are left empty."""
    embed, side, layers, width, patch, context, vocabulary, text_width, _, text_layers = OPENAI[name]
    places = (side // patch) ** 2 + 1
    visual = {"conv1.weight": torch.empty(width, 3, patch, patch), "class_embedding": torch.randn(width) * width**-0.5,
              "positional_embedding": torch.randn(places, width) * width**-0.5,
              "proj": torch.randn(width, embed) * width**-0.5, **drawn_norm("ln_pre", width),
              **drawn_norm("ln_post", width), **drawn_transformer(layers, width)}  # fmt: skip
    text = {"token_embedding.weight": torch.empty(vocabulary, text_width),
            "positional_embedding": torch.randn(context, text_width) * 0.01,
            "text_projection": torch.randn(text_width, embed) * text_width**-0.5,
            **drawn_norm("ln_final", text_width), **drawn_transformer(text_layers, text_width)}  # fmt: skip
    return {**{f"visual.{key}": value for key, value in visual.items()}, **text}


@torch.no_grad()
def save(name: str, photographs: list[Path], seed: int, output: Path) -> None:
    """Writes a state dict like those in OpenAI's archives, for a CLIP with a vision transformer."""
    torch.manual_seed(seed)
    network = Clip(drawn_clip(name), quick_gelu=True).eval()
    image, text = network.image, network.text
    side, context, vocabulary = image.resolution, text.context_length, text.token_embedding.num_embeddings
    tokens = torch.randint(1, vocabulary - 2, (8, context))
    tokens[:, 0], tokens[:, END] = vocabulary - 2, vocabulary - 1
    parts = SimpleNamespace(visual=image, transformer=text.transformer, token_embedding=text.token_embedding,
                            ln_final=text.ln_final, text_projection=text.text_projection, encode_image=image,
                            encode_text=text)  # fmt: skip
    fill(parts, photographs, tokens)
    state = {**{f"visual.{key}": value for key, value in image.state_dict().items()}, **text.state_dict()}
    # The `clip` package rounds weights to half precision when it loads them.
    torch.save({**{key: value.half() for key, value in state.items()}, "logit_scale": torch.tensor(math.log(100.0)),
                "input_resolution": torch.tensor(side), "context_length": torch.tensor(context),
                "vocab_size": torch.tensor(vocabulary)}, output)  # fmt: skip
