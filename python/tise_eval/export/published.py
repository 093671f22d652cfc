"""The published weights that the exports use: their URLs, hashes and sizes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A file. `sha256` is the whole hash, or the part in the file's name. `size` is in bytes; None if unknown."""

    url: str
    sha256: str
    size: int | None = None

    @property
    def file(self) -> str:
        return self.url.rsplit("/", 1)[-1]


def openai(sha256: str, file: str, size: int | None = None) -> Published:
    """OpenAI's URLs contain the SHA-256."""
    return Published(f"https://openaipublic.azureedge.net/clip/models/{sha256}/{file}", sha256, size)


# URLs and hashes from clip.py in OpenAI's package `clip`.
CLIP = {
    "RN50": openai("afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", "RN50.pt"),
    "RN101": openai("8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599", "RN101.pt"),
    "RN50x4": openai("7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd", "RN50x4.pt"),
    "RN50x16": openai("52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa", "RN50x16.pt"),
    "RN50x64": openai("be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c", "RN50x64.pt"),
    "ViT-B/32": openai("40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", "ViT-B-32.pt", 353_976_522),
    "ViT-B/16": openai("5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", "ViT-B-16.pt"),
    "ViT-L/14": openai("b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", "ViT-L-14.pt", 932_768_134),
    "ViT-L/14@336px": openai("3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", "ViT-L-14-336px.pt"),
}
CLIP_MERGES = Published(
    "https://raw.githubusercontent.com/openai/CLIP/main/clip/bpe_simple_vocab_16e6.txt.gz",
    "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a", 1_356_917)

# The URL is pytorch-fid's; torch-fidelity publishes the same file.
INCEPTION = Published(
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2", 95_628_359)

# URLs from torchvision's MaskRCNN_ResNet50_FPN_Weights and MaskRCNN_ResNet50_FPN_V2_Weights, which contain only this
# part of the hash.
MASK_RCNN = {
    "v1": Published("https://download.pytorch.org/models/maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth", "bf2d0c1e",
                    178_090_079),
    "v2": Published("https://download.pytorch.org/models/maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth", "73cbd019"),
}

# URLs from the original code. No hashes are published.
DINOV2 = {
    f"dinov2_vit{size}14{registers}": "https://dl.fbaipublicfiles.com/dinov2/"
    f"dinov2_vit{size}14/dinov2_vit{size}14{'_reg4' if registers else ''}_pretrain.pth"
    for registers in ("", "_reg") for size in "sblg"
}
