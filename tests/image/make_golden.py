#!/usr/bin/env python3
"""Writes tests/image/data: images, and what the reference implementations make of them.

    pip install torch torchvision "pillow<13" numpy scikit-image torch-fidelity clean-fid
    python tests/image/make_golden.py

Pillow 13 resizes rows first if an image gets wider and less high. Published numbers were made with earlier
versions, which always resize columns first.

The images are crops of scikit-image's samples (public domain or CC0: astronaut, coffee, chelsea).
"""

import hashlib
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import skimage
import torch
import torch.nn.functional as F
import torchvision.transforms as T
from cleanfid.resize import build_resizer
from PIL import Image, ImageOps
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

HERE = Path(__file__).parent / "data"
SAMPLES = Path(skimage.__file__).parent / "data"
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
IMAGENET_BYTES = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def photo(name, box, size=None):
    picture = Image.open(SAMPLES / name).convert("RGB").crop(box)
    return picture.resize(size, Image.LANCZOS) if size else picture


# --- preparation ------------------------------------------------------------------------------------------


def card(steps, range_, mean, std):
    return {"steps": steps, "range": range_, "mean": list(mean), "std": list(std)}


def box(width, height, filter_):
    return {"resize": "box", "width": width, "height": height, "filter": filter_}


def clip_card(filter_):
    steps = [{"resize": "shorter", "size": 224, "filter": filter_}, {"crop": "center", "size": 224}]
    return card(steps, "0..1", CLIP_MEAN, CLIP_STD)


def clip_transform(picture, interpolation=T.InterpolationMode.BICUBIC):
    return T.Compose([T.Resize(224, interpolation=interpolation), T.CenterCrop(224), T.ToTensor(),
                      T.Normalize(CLIP_MEAN, CLIP_STD)])(picture)


def bytes_tensor(picture):
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()


def torch_fidelity(picture):
    x = interpolate_bilinear_2d_like_tensorflow1x(bytes_tensor(picture), size=(299, 299), align_corners=False)
    return ((x - 128) / 128)[0]


def pytorch_fid(picture):
    x = T.ToTensor()(picture)[None]
    return (2 * F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False) - 1)[0]


def clean_fid(picture):
    x = torch.from_numpy(build_resizer("clean")(np.array(picture))).permute(2, 0, 1)
    return (x - 128) / 128


def stretch(picture):
    return T.Compose([T.Resize((48, 64), interpolation=T.InterpolationMode.BICUBIC), T.ToTensor(),
                      T.Normalize(IMAGENET_MEAN, IMAGENET_STD)])(picture)


def cmmd(picture):
    """As io_util.py of google-research's cmmd: the square's offset is rounded down, then Pillow's resize."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side)).resize((336, 336), Image.BICUBIC)
    return T.Compose([T.ToTensor(), T.Normalize(CLIP_MEAN, CLIP_STD)])(square)


def dgm(picture):
    """As dgm-eval's DINOv2."""
    return T.Compose([T.Resize((224, 224), interpolation=T.InterpolationMode.BICUBIC), T.ToTensor(),
                      T.Normalize(IMAGENET_MEAN, IMAGENET_STD)])(picture)


def edm2(picture):
    """As EDM2's calculate_metrics.py, which resizes 0..255 and scales afterwards."""
    x = F.interpolate(bytes_tensor(picture), size=(224, 224), mode="bicubic", antialias=True) / 255
    return T.Normalize(IMAGENET_MEAN, IMAGENET_STD)(x[0])


def prx(picture):
    """As PRX's feature_extractors.py."""
    x = F.interpolate(T.ToTensor()(picture)[None], size=(518, 518), mode="bicubic", align_corners=False)
    return T.Normalize(IMAGENET_MEAN, IMAGENET_STD)(x[0])


def hpsv2(picture):
    """As HPSv2's ResizeMaxSize, with antialiasing, torchvision's default since 0.17."""
    x = T.ToTensor()(picture)
    scale = 224 / max(x.shape[1:])
    height, width = (round(side * scale) for side in x.shape[1:])
    x = F.interpolate(x[None], size=(height, width), mode="bicubic", antialias=True)[0]
    left, top = (224 - width) // 2, (224 - height) // 2
    x = F.pad(x, (left, 224 - width - left, top, 224 - height - top))
    return T.Normalize(CLIP_MEAN, CLIP_STD)(x)


REFERENCES = {
    "clip": (clip_transform, clip_card("pillow-bicubic")),
    "clip-bilinear": (lambda p: clip_transform(p, T.InterpolationMode.BILINEAR), clip_card("pillow-bilinear")),
    "stretch": (stretch, card([box(64, 48, "pillow-bicubic")], "0..1", IMAGENET_MEAN, IMAGENET_STD)),
    "torch-fidelity": (torch_fidelity, card([box(299, 299, "tf1-bilinear")], "0..255", (128,) * 3, (128,) * 3)),
    "pytorch-fid": (pytorch_fid, card([box(299, 299, "torch-bilinear")], "0..1", (0.5,) * 3, (0.5,) * 3)),
    "clean-fid": (clean_fid, card([box(299, 299, "pillow-float-bicubic")], "0..255", (128,) * 3, (128,) * 3)),
    "cmmd": (cmmd, card([{"crop": "square", "offset": "floor"}, box(336, 336, "pillow-bicubic")], "0..1",
                        CLIP_MEAN, CLIP_STD)),
    "dgm": (dgm, card([box(224, 224, "pillow-bicubic")], "0..1", IMAGENET_MEAN, IMAGENET_STD)),
    "edm2": (edm2, card([box(224, 224, "torch-bicubic-antialias")], "0..255", *IMAGENET_BYTES)),
    "prx": (prx, card([box(518, 518, "torch-bicubic")], "0..1", IMAGENET_MEAN, IMAGENET_STD)),
    "hpsv2": (hpsv2, card([{"resize": "longer", "size": 224, "filter": "torch-bicubic-antialias"},
                           {"pad": "center", "size": 224, "value": 0}], "0..1", CLIP_MEAN, CLIP_STD)),
    "detector": (T.ToTensor(), card([], "0..1", (0,) * 3, (1,) * 3)),
}
# These round differently from ours: they divide by 255 after the resize and before the normalization, we don't.
NEARLY = {"edm2": 300}  # how many samples are compared instead of the hash


def edges():
    """Blocks of pure colours: resizing them overshoots."""
    blocks = np.random.default_rng(7).integers(0, 2, (12, 16, 3)).astype(np.uint8) * 255
    return Image.fromarray(blocks.repeat(5, 0).repeat(3, 1))


def pictures():
    return {
        "1x1": photo("coffee.png", (100, 100, 101, 101)),
        "1x200": photo("astronaut.png", (250, 40, 251, 240)),
        "200x1": photo("astronaut.png", (140, 100, 340, 101)),
        "37x91": photo("chelsea.png", (100, 100, 137, 191)),
        "128x64": photo("coffee.png", (200, 100, 328, 164)),
        "edges-48x60": edges(),
        "224x224": photo("chelsea.png", (60, 20, 284, 244)),
        "299x299": photo("astronaut.png", (100, 0, 399, 299)),
        "340x257": photo("coffee.png", (150, 50, 490, 307)),
        "501x333": photo("coffee.png", (20, 20, 600, 400), (501, 333)),
    }


def make_preparations():
    folder, cases = HERE / "prepare", []
    for name, picture in pictures().items():
        picture.save(folder / f"{name}.png", optimize=True)
        for reference, (prepare, its_card) in REFERENCES.items():
            tensor = prepare(picture).contiguous()
            assert tensor.dtype == torch.float32
            flat = tensor.flatten()
            at = [int(i) for i in np.linspace(0, flat.numel() - 1, NEARLY.get(reference, 7))]
            cases.append({"picture": f"{name}.png", "reference": reference, "input": its_card, "shape": list(tensor.shape),
                          "sha256": "" if reference in NEARLY else hashlib.sha256(tensor.numpy().tobytes()).hexdigest(),
                          "samples": [[i, float(flat[i])] for i in at]})
    write_lines(folder / "expected.json", cases)


# --- transforms and orientations -----------------------------------------------------------------------------


def drawn(width, height):
    """A test image; golden.h draws the same one."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return Image.fromarray(((x * x + 3 * y * y + x * y * (c + 1) + 41 * c) % 256).astype(np.uint8))


def square(picture):
    return T.CenterCrop(min(picture.size))(picture)


def longer(picture, side, filter_):
    scale = side / max(picture.size)
    return picture.resize([max(round(n * scale), 1) for n in picture.size], filter_)


def padded(picture, side, value):
    canvas = Image.new("RGB", (side, side), (value,) * 3)
    canvas.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return canvas


TRANSFORMS = {
    "square,resize=256:lanczos": lambda p: square(p).resize((256, 256), Image.LANCZOS),
    "square,resize=64:box,crop=48x40": lambda p: T.CenterCrop((40, 48))(square(p).resize((64, 64), Image.BOX)),
    "resize=100:bicubic": T.Resize(100, interpolation=T.InterpolationMode.BICUBIC),
    "resize=91x37:bilinear": lambda p: p.resize((91, 37), Image.BILINEAR),
    "resize-longer=160:lanczos,pad=160:127": lambda p: padded(longer(p, 160, Image.LANCZOS), 160, 127),
}


def make_transforms():
    random, cases = np.random.default_rng(34), []
    sizes = [(int(w) * 2 + 1, int(h) * 2 + 1) for w, h in random.integers(10, 400, (46, 2))]
    for width, height in [(1, 1), (1, 301), (301, 1), (255, 256), *sizes]:
        for transform, take in TRANSFORMS.items():
            result = take(drawn(width, height))
            cases.append({"width": width, "height": height, "transform": transform, "size": list(result.size),
                          "sha256": hashlib.sha256(result.tobytes()).hexdigest()})
    write_lines(HERE / "transform" / "expected.json", cases)


def make_turns():
    cases = []
    for orientation in range(1, 9):
        picture = drawn(31, 17)
        picture.getexif()[0x0112] = orientation
        result = ImageOps.exif_transpose(picture)
        cases.append({"orientation": orientation, "size": list(result.size),
                      "sha256": hashlib.sha256(result.tobytes()).hexdigest()})
    write_lines(HERE / "turn" / "expected.json", cases)


# --- decoding ---------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, interlace, data, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def rows_of(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def interlaced(picture):
    array, data = np.array(picture), b""
    for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        data += rows_of(array[y::dy, x::dx])
    return png(picture.width, picture.height, 8, 2, 1, data)


def saved(picture, format_, **options):
    stream = io.BytesIO()
    picture.save(stream, format_, **options)
    return stream.getvalue()


def with_orientation(picture, format_="JPEG"):
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(picture, format_, exif=exif)


def animated(picture, format_, **options):
    return saved(picture, format_, save_all=True, append_images=[picture.rotate(180)], **options)


def island(picture):
    """The image on a larger transparent canvas, so that an animation's first frame covers only a part of it."""
    canvas = Image.new("RGBA", (picture.width + 20, picture.height + 10))
    canvas.paste(picture, (12, 6))
    return canvas


def tiff16(array):
    """16-bit RGB, big-endian, one strip."""
    height, width, _ = array.shape
    bits = 8 + 2 + 9 * 12 + 4  # position of the three 16s
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2),
            (273, 4, 1, bits + 6), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, array.nbytes)]
    packed = [struct.pack(">HHI", *tag[:3]) + (struct.pack(">I", tag[3]) if tag[1] == 4 or tag[2] > 1 else
                                               struct.pack(">HH", tag[3], 0)) for tag in tags]
    return (b"MM\0*" + struct.pack(">IH", 8, 9) + b"".join(packed) + struct.pack(">IHHH", 0, 16, 16, 16) +
            array.astype(">u2").tobytes())


def files():
    rgb = photo("chelsea.png", (100, 80, 200, 155), (53, 40))
    grey, palette = rgb.convert("L"), rgb.quantize(50)
    ramp = np.linspace(0, 255, 53 * 40).astype(np.uint8).reshape(40, 53)
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(ramp))
    deep = (np.array(rgb).astype(">u2") * 257 + 100).clip(0, 65535).astype(">u2")
    two_bits = png(8, 2, 2, 0, 0, b"\0\x1b\xe4\0\xff\x05")
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    return {
        "grey.jpg": saved(grey, "JPEG", quality=90),
        "colour-420.jpg": saved(rgb, "JPEG", quality=85),
        "colour-444.jpg": saved(rgb, "JPEG", quality=95, subsampling=0),
        "colour-422.jpg": saved(rgb, "JPEG", quality=75, subsampling=1),
        "progressive.jpg": saved(rgb, "JPEG", quality=80, progressive=True),
        "restarts.jpg": saved(rgb, "JPEG", quality=80, restart_marker_blocks=2),
        "kept-rgb.jpg": saved(rgb, "JPEG", quality=80, keep_rgb=True),
        "orientation.jpg": with_orientation(rgb),
        "trailing-bytes.jpg": saved(rgb, "JPEG") + b"after the end",
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG", quality=90),
        "grey.png": saved(grey, "PNG"),
        "grey-alpha.png": saved(rgba.convert("LA"), "PNG"),
        "grey-two-bits.png": two_bits,
        "grey-transparent.png": saved(grey, "PNG", transparency=100),
        "grey-16-bits.png": png(53, 40, 16, 0, 0, rows_of(deep[:, :, 0])),
        "one-bit.png": saved(grey.convert("1"), "PNG"),
        "colour.png": saved(rgb, "PNG"),
        "alpha.png": saved(rgba, "PNG"),
        "transparent-colour.png": saved(rgb, "PNG", transparency=rgb.getpixel((3, 3))),
        "colour-16-bits.png": png(53, 40, 16, 2, 0, rows_of(deep)),
        "interlaced.png": interlaced(rgb),
        "gamma.png": png(53, 40, 8, 2, 0, rows_of(np.array(rgb)), gamma),
        "palette.png": saved(palette, "PNG"),
        "palette-four-bits.png": saved(rgb.quantize(9), "PNG", bits=4),
        "palette-transparent.png": saved(palette, "PNG", transparency=bytes(range(0, 250, 5))),
        "orientation.png": with_orientation(rgb, "PNG"),
        "lossy.webp": saved(rgb, "WEBP", quality=80),
        "lossy-alpha.webp": saved(rgba, "WEBP", quality=80, exact=True),
        "lossless.webp": saved(rgb, "WEBP", lossless=True),
        "lossless-alpha.webp": saved(rgba, "WEBP", lossless=True, exact=True),
        "animated.webp": animated(rgb, "WEBP", quality=80),
        "animated-lossless.webp": animated(rgb, "WEBP", lossless=True),
        "animated-island.webp": animated(island(rgba), "WEBP", quality=80),
        "animated.png": animated(rgb, "PNG"),
        "colour.bmp": saved(rgb, "BMP"),
        "alpha.bmp": saved(rgba, "BMP"),
        "grey.bmp": saved(grey, "BMP"),
        "palette.bmp": saved(palette, "BMP"),
        "one-bit.bmp": saved(grey.convert("1"), "BMP"),
        "colour.tif": saved(rgb, "TIFF"),
        "alpha.tif": saved(rgba, "TIFF"),
        "grey.tif": saved(grey, "TIFF"),
        "palette.tif": saved(palette, "TIFF"),
        "one-bit.tif": saved(grey.convert("1"), "TIFF"),
        "lzw.tif": saved(rgb, "TIFF", compression="tiff_lzw"),
        "deflate.tif": saved(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "cmyk.tif": saved(rgb.convert("CMYK"), "TIFF"),
        "grey-16-bits.tif": saved(Image.fromarray(deep[:, :, 0].astype(np.uint16)), "TIFF"),
        "colour-16-bits.tif": tiff16(deep),
        "orientation.tif": saved(rgb, "TIFF", tiffinfo={0x0112: 6}),
        "colour.ppm": saved(rgb, "PPM"),
        "grey.pgm": saved(grey, "PPM"),
        "one-bit.pbm": saved(grey.convert("1"), "PPM"),
        "colour.jp2": saved(rgb, "JPEG2000"),
        "one-pixel.png": saved(rgb.crop((0, 0, 1, 1)), "PNG"),
        "one-pixel.jpg": saved(rgb.crop((0, 0, 1, 1)), "JPEG"),
    }


def make_files():
    folder, cases = HERE / "decode", []
    for name, content in files().items():
        (folder / name).write_bytes(content)
        picture = Image.open(io.BytesIO(content))
        if picture.mode.startswith("I"):  # Pillow clips; users want the upper byte
            picture = Image.fromarray((np.array(picture).astype(np.uint32) >> 8).astype(np.uint8))
        picture = picture.convert("RGB")
        case = {"file": name, "width": picture.width, "height": picture.height,
                "sha256": hashlib.sha256(picture.tobytes()).hexdigest()}
        cases.append(case)
    write_lines(folder / "expected.json", cases)


def write_lines(path, cases):
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    assert int(Image.__version__.split(".")[0]) < 13
    for part in ("decode", "prepare", "transform", "turn"):
        (HERE / part).mkdir(parents=True, exist_ok=True)
    make_files()
    make_preparations()
    make_transforms()
    make_turns()
    print(f"Pillow {Image.__version__}, torch {torch.__version__}", file=sys.stderr)
