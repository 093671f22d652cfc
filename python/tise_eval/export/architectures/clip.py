"""CLIP's towers (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021).

The image tower is a vision transformer or a ResNet with attention pooling; the text tower is a causal transformer.
All sizes come from the weights. Parameters have the same names as in OpenAI's and open_clip's checkpoints.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

HEAD_WIDTH = 64
# open_clip's largest vision transformers (H, g, bigG) have 16 heads, whatever their width.
HEADS_BY_WIDTH = {1280: 16, 1408: 16, 1664: 16}

State = dict[str, torch.Tensor]


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, causal: bool):
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, length, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out_proj(mixed.transpose(1, 2).reshape(n, length, width))


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int, quick_gelu: bool):
        super().__init__()
        self.quick_gelu = quick_gelu
        self.c_fc = nn.Linear(width, inner)
        self.c_proj = nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.c_fc(x)
        x = x * torch.sigmoid(1.702 * x) if self.quick_gelu else F.gelu(x)
        return self.c_proj(x)


class Block(nn.Module):
    def __init__(self, width: int, inner: int, heads: int, causal: bool, quick_gelu: bool):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads, causal)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width, inner, quick_gelu)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """Has the number and the width of the blocks in the weights `transformer.resblocks.*`."""

    def __init__(self, state: State, heads: int, causal: bool, quick_gelu: bool):
        super().__init__()
        inner, width = state["transformer.resblocks.0.mlp.c_fc.weight"].shape
        layers = len({key.split(".")[2] for key in state if key.startswith("transformer.resblocks.")})
        self.resblocks = nn.Sequential(*[Block(width, inner, heads, causal, quick_gelu) for _ in range(layers)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resblocks(x)


class VisionTransformer(nn.Module):
    """[N, 3, H, W] → [N, D]: patches and a class token, whose projected last state is the embedding."""

    def __init__(self, state: State, quick_gelu: bool):
        super().__init__()
        width, _, patch, _ = state["conv1.weight"].shape
        places = len(state["positional_embedding"])
        heads = HEADS_BY_WIDTH.get(width, width // HEAD_WIDTH)
        self.resolution = patch * math.isqrt(places - 1)
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(places, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(state, heads, causal=False, quick_gelu=quick_gelu)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.empty_like(state["proj"]))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        patches = self.conv1(image).flatten(2).transpose(1, 2)
        summary = self.class_embedding.expand(patches.shape[0], 1, -1)
        x = torch.cat([summary, patches], 1) + self.positional_embedding
        x = self.transformer(self.ln_pre(x))
        return self.ln_post(x[:, 0]) @ self.proj


class Bottleneck(nn.Module):
    """A residual block. A stride above 1 is an average pool followed by a convolution of stride 1."""

    def __init__(self, channels: int, inner: int, stride: int):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(channels, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, 4 * inner, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * inner)
        same = stride == 1 and channels == 4 * inner
        self.downsample = nn.Sequential() if same else nn.Sequential(
            nn.Conv2d(channels, 4 * inner, 1, bias=False), nn.BatchNorm2d(4 * inner))

    def pool(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x, self.stride) if self.stride > 1 else x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = F.relu(self.bn1(self.conv1(x)))
        inner = F.relu(self.bn2(self.conv2(inner)))
        inner = self.bn3(self.conv3(self.pool(inner)))
        return F.relu(inner + self.downsample(self.pool(x)))


class AttentionPool(nn.Module):
    """[N, C, H, W] → [N, D]: the query is the map's mean; keys and values are the mean and all cells."""

    def __init__(self, channels: int, cells: int, embed_dim: int):
        super().__init__()
        self.heads = channels // HEAD_WIDTH
        self.positional_embedding = nn.Parameter(torch.empty(cells + 1, channels))
        self.q_proj = nn.Linear(channels, channels)
        self.k_proj = nn.Linear(channels, channels)
        self.v_proj = nn.Linear(channels, channels)
        self.c_proj = nn.Linear(channels, embed_dim)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, [self.heads, x.shape[2] // self.heads]).transpose(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cells = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([cells.mean(1, keepdim=True), cells], 1) + self.positional_embedding
        q = self.split(self.q_proj(tokens[:, :1]))
        k = self.split(self.k_proj(tokens))
        v = self.split(self.v_proj(tokens))
        return self.c_proj(F.scaled_dot_product_attention(q, k, v).flatten(1))


class ResNet(nn.Module):
    """[N, 3, H, W] → [N, D]: a stem of three convolutions, four stages of bottlenecks, attention pooling."""

    def __init__(self, state: State):
        super().__init__()
        width = state["layer1.0.conv1.weight"].shape[0]
        cells = len(state["attnpool.positional_embedding"]) - 1
        self.resolution = 32 * math.isqrt(cells)
        self.conv1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.layer1 = self.stage(state, "layer1", width, width, 1)
        self.layer2 = self.stage(state, "layer2", 4 * width, 2 * width, 2)
        self.layer3 = self.stage(state, "layer3", 8 * width, 4 * width, 2)
        self.layer4 = self.stage(state, "layer4", 16 * width, 8 * width, 2)
        self.attnpool = AttentionPool(32 * width, cells, len(state["attnpool.c_proj.weight"]))

    @staticmethod
    def stage(state: State, name: str, channels: int, inner: int, stride: int) -> nn.Sequential:
        blocks = len({key.split(".")[1] for key in state if key.startswith(name + ".")})
        rest = [Bottleneck(4 * inner, inner, 1) for _ in range(blocks - 1)]
        return nn.Sequential(Bottleneck(channels, inner, stride), *rest)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(image)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.avg_pool2d(F.relu(self.bn3(self.conv3(x))), 2)
        return self.attnpool(self.layer4(self.layer3(self.layer2(self.layer1(x)))))


class TextTower(nn.Module):
    """[N, L] int64 → [N, D], L at most the context length: the state at the end token, which has the greatest id."""

    def __init__(self, state: State, quick_gelu: bool):
        super().__init__()
        vocabulary, width = state["token_embedding.weight"].shape
        self.context_length = len(state["positional_embedding"])
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.empty(self.context_length, width))
        heads = width // HEAD_WIDTH
        self.transformer = Transformer(state, heads, causal=True, quick_gelu=quick_gelu)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty_like(state["text_projection"]))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        x = self.transformer(x)
        end = x[torch.arange(tokens.shape[0], device=tokens.device), tokens.argmax(1)]
        return self.ln_final(end) @ self.text_projection


class Clip(nn.Module):
    """Both towers, with the weights of a checkpoint. Raises KeyError or RuntimeError if the weights don't fit."""

    def __init__(self, state: State, quick_gelu: bool):
        super().__init__()
        visual = {key[len("visual."):]: value for key, value in state.items() if key.startswith("visual.")}
        text = {key: value for key, value in state.items() if not key.startswith("visual.")}
        is_transformer = "proj" in visual
        self.image = VisionTransformer(visual, quick_gelu) if is_transformer else ResNet(visual)
        self.text = TextTower(text, quick_gelu)
        self.image.load_state_dict(visual)
        self.text.load_state_dict(text)

    def forward(self, image: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.image(image), self.text(tokens)
