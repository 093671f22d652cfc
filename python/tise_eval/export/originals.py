"""Runs the networks' original implementations, if available, to compare an archive with."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import torch

from .architectures.clip import HEAD_WIDTH, HEADS_BY_WIDTH, Clip, VisionTransformer
from .architectures.dinov2 import DinoV2, GatedFeedForward
from .weights import one_line

State = dict[str, torch.Tensor]


@dataclass
class Original:
    name: str
    outputs: dict[str, torch.Tensor]


def clip_original(network: torch.jit.ScriptModule | None, state: State, model: Clip, images: torch.Tensor,
                  tokens: torch.Tensor) -> Original | None:
    """Runs the TorchScript archive itself, or else open_clip's implementation. Returns None if neither runs."""
    if network is not None:
        try:
            to_float32_on_the_cpu(network)
            return Original("the TorchScript original", encode(network, images, tokens))
        except RuntimeError as error:
            print(f"cannot run the TorchScript original: {one_line(error)}")
    try:
        import open_clip  # noqa: F401
    except ImportError:
        return None
    gelu = "quick" if model.text.transformer.resblocks[0].mlp.quick_gelu else "exact"
    return Original(f"open_clip with the {gelu} GELU", encode(open_clip_model(state, model), images, tokens))


def encode(network, images: torch.Tensor, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"image": network.encode_image(images), "text": network.encode_text(tokens)}


def graphs_of(network: torch.jit.ScriptModule) -> list:
    """The graphs of all methods. If two methods were traced, a module used by both has `forward` and `forward1`."""
    return [module._c._get_method(name).graph for module in network.modules() for name in module._c._method_names()]


def to_float32_on_the_cpu(network: torch.jit.ScriptModule) -> None:
    """Moves the network to float32 on the CPU. OpenAI's archives were traced on a GPU in half precision, and their
    graphs contain both as constants."""
    on_cpu = torch.jit.trace(lambda x: torch.zeros(1, device="cpu") + x, torch.zeros(1), check_trace=False).graph
    device = next(n for n in on_cpu.findAllNodes("prim::Constant") if n.output().type().kind() == "DeviceObjType")
    half, single = 5, 6  # values of ScalarType
    network.float()
    for graph in graphs_of(network):
        for node in graph.findAllNodes("prim::Constant"):
            if node.output().type().kind() == "DeviceObjType":
                node.copyAttributes(device)
        for node in graph.findAllNodes("aten::to"):
            for constant in (value.node() for value in node.inputs()):
                is_number = constant.kind() == "prim::Constant" and constant.output().type().kind() == "IntType"
                if is_number and constant.i("value") == half:
                    constant.i_("value", single)


def open_clip_model(state: State, model: Clip) -> torch.nn.Module:
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    image, text = model.image, model.text
    width = image.conv1.out_channels
    if isinstance(image, VisionTransformer):
        blocks = image.transformer.resblocks
        heads = HEADS_BY_WIDTH.get(width, width // HEAD_WIDTH)
        vision = CLIPVisionCfg(layers=len(blocks), width=width, patch_size=image.conv1.kernel_size[0],
                               head_width=width // heads, mlp_ratio=blocks[0].mlp.c_fc.out_features / width + 1e-9,
                               image_size=image.resolution)
    else:
        layers = (len(image.layer1), len(image.layer2), len(image.layer3), len(image.layer4))
        vision = CLIPVisionCfg(layers=layers, width=2 * width, image_size=image.resolution)
    text_width = text.text_projection.shape[0]
    blocks = text.transformer.resblocks
    words = CLIPTextCfg(context_length=text.context_length, vocab_size=text.token_embedding.num_embeddings,
                        width=text_width, heads=text_width // HEAD_WIDTH, layers=len(blocks))
    quick_gelu = blocks[0].mlp.quick_gelu
    original = CLIP(text.text_projection.shape[1], vision, words, quick_gelu=quick_gelu)
    # Strict, except for the facts that OpenAI's files store among the weights.
    missing = original.load_state_dict(state, strict=False).missing_keys
    if [key for key in missing if key != "logit_scale"]:
        raise RuntimeError(f"open_clip needs {missing[0]}, which is not among the weights")
    return original.float().eval()


def dinov2_original(model: DinoV2, images: torch.Tensor) -> Original | None:
    """Runs timm's implementation, or else transformers', with the model's weights and its resampled positional table
    (both packages would resample differently). Returns None if neither runs."""
    for make in (timm_features, transformers_features):
        try:
            return make(model, images)
        except ImportError:
            continue
        except RuntimeError as error:  # another version, with other parameter names
            print(f"{make.__name__.removesuffix('_features')} cannot run these weights: {one_line(error)}")
    return None


def timm_features(model: DinoV2, images: torch.Tensor) -> Original:
    from timm.layers import SwiGLUPacked
    from timm.models.vision_transformer import VisionTransformer

    state, width = model.state_dict(), model.norm.normalized_shape[0]
    registers = state.pop("register_tokens")
    gated = isinstance(model.blocks[0].mlp, GatedFeedForward)
    options: dict = {"mlp_layer": SwiGLUPacked, "act_layer": torch.nn.SiLU} if gated else {}
    if model.registers:  # timm's class token includes its position, and its table has no entry for it
        options |= {"reg_tokens": model.registers, "no_embed_class": True}
        table = state["pos_embed"]
        state |= {"reg_token": registers, "cls_token": state["cls_token"] + table[:, :1], "pos_embed": table[:, 1:]}
    names = {".mlp.w12.": ".mlp.fc1.", ".mlp.w3.": ".mlp.fc2."}
    state = {renamed(key, names): value for key, value in state.items()}
    inner = len(state["blocks.0.mlp.fc1.bias"])
    original = VisionTransformer(model.side, model.patch, num_classes=0, global_pool="token", embed_dim=width,
                                 depth=len(model.blocks), num_heads=model.blocks[0].attn.heads,
                                 mlp_ratio=inner / width + 1e-9, init_values=1.0, **options)
    original.load_state_dict(state)
    return Original("timm", {"features": original.eval()(images)})


def transformers_features(model: DinoV2, images: torch.Tensor) -> Original:
    from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

    state, width = model.state_dict(), model.norm.normalized_shape[0]
    sizes = {"image_size": model.side, "patch_size": model.patch, "hidden_size": width,
             "num_hidden_layers": len(model.blocks), "num_attention_heads": model.blocks[0].attn.heads,
             "use_swiglu_ffn": isinstance(model.blocks[0].mlp, GatedFeedForward)}
    if not sizes["use_swiglu_ffn"]:  # the inner width of the gated one follows from the outer width
        sizes["mlp_ratio"] = model.blocks[0].mlp.fc1.out_features / width
    if model.registers:
        original = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=model.registers, **sizes))
    else:
        original = Dinov2Model(Dinov2Config(**sizes))
        del state["register_tokens"]
    names = {"cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
             "register_tokens": "embeddings.register_tokens", "patch_embed.": "embeddings.patch_embeddings.",
             ".patch_embeddings.proj.": ".patch_embeddings.projection.", "blocks.": "encoder.layer.",
             ".attn.proj.": ".attention.output.dense.", ".ls1.gamma": ".layer_scale1.lambda1",
             ".ls2.gamma": ".layer_scale2.lambda1", ".w12.": ".weights_in.", ".w3.": ".weights_out."}
    theirs = {"embeddings.mask_token": torch.zeros(1, width)}
    for key, value in state.items():
        key = "layernorm." + key[len("norm."):] if key.startswith("norm.") else renamed(key, names)
        if ".attn.qkv." in key:
            for name, part in zip(("query", "key", "value"), value.chunk(3)):
                theirs[key.replace(".attn.qkv.", f".attention.attention.{name}.")] = part
        else:
            theirs[key] = value
    original.load_state_dict(theirs)
    return Original("transformers", {"features": original.eval()(images).pooler_output})


def renamed(key: str, names: dict[str, str]) -> str:
    for ours, theirs in names.items():
        key = key.replace(ours, theirs)
    return key


def inception_original(state: State, variant: str, images: torch.Tensor) -> Original | None:
    """Runs the network of an installed package on uint8 images [N, 3, 299, 299]. Returns None if no package has it."""
    for make in (torchvision_outputs,) if variant == "torchvision" else (torch_fidelity_outputs, pytorch_fid_outputs):
        try:
            return make(state, images)
        except ImportError:
            continue
    return None


def torch_fidelity_outputs(state: State, images: torch.Tensor) -> Original:
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        torch.save(state, path)
        model = FeatureExtractorInceptionV3("original", ["2048", "logits_unbiased"],
                                            feature_extractor_weights_path=str(path))
    features, logits = model(images)
    return Original("torch-fidelity", {"features": features, "logits": logits})


def pytorch_fid_outputs(state: State, images: torch.Tensor) -> Original:
    from pytorch_fid.inception import InceptionV3

    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: state):
        model = InceptionV3(resize_input=False, normalize_input=False).eval()
    return Original("pytorch-fid", {"features": model((images.float() - 128) / 128)[0].flatten(1)})


def torchvision_outputs(state: State, images: torch.Tensor) -> Original:
    from torchvision.models import inception_v3

    model = inception_v3(weights=None, num_classes=len(state["fc.weight"]), transform_input=False,
                         aux_logits="AuxLogits.fc.weight" in state, init_weights=False)
    model.load_state_dict(state)
    seen = []
    model.avgpool.register_forward_hook(lambda _, __, output: seen.append(output.flatten(1)))
    logits = model.eval()((images.float() - 128) / 128)
    return Original("torchvision", {"features": seen[0], "logits": logits})


def maskrcnn_original(network: torch.nn.Module, images: list[torch.Tensor]) -> Original:
    """Runs torchvision's own network. Returns its detections of any score and the region proposals' logits on the
    finest level, concatenated over the images."""
    threshold, network.roi_heads.score_thresh = network.roi_heads.score_thresh, 0.0
    seen: list[torch.Tensor] = []
    hook = network.rpn.head.register_forward_hook(lambda _, __, output: seen.append(output[0][0].flatten()))
    found = [network([image])[0] for image in images]
    hook.remove()
    network.roi_heads.score_thresh = threshold
    outputs = {key: torch.cat([one[key] for one in found]) for key in ("boxes", "labels", "scores")}
    return Original("torchvision", {**outputs, "objectness": torch.cat(seen)})
