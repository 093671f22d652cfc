#!/usr/bin/env python3
"""Writes an image as every kind of file that people have, and some that nobody should have.

    draw.py FOLDER       # writes the files, and index.json next to FOLDER, which describes each
"""

import io
import json
import struct
import sys
import warnings
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import tiff_writer as tiff
from PIL import Image

HEIGHT, WIDTH = 37, 53
FILES = {}


def draw(name, container, kind, content, same_as=None):
    """`same_as` names a file with the same pixels, for files that Pillow reads wrong or not at all."""
    assert name not in FILES, name
    FILES[name] = {"container": container, "kind": kind, "content": bytes(content), "same_as": same_as}


# --- the image ---------------------------------------------------------------------------------------------


def smooth(depth):
    """RGB with gradients, edges and some noise: [HEIGHT, WIDTH, 3], `depth` bits per sample."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = np.random.default_rng(3).normal(0, 0.04, (HEIGHT, WIDTH, 3))
    waves = np.stack([x / WIDTH, y / HEIGHT, ((x // 7 + y // 5) % 3) / 2], axis=2) * 0.9 + 0.05 + noise
    return np.clip(np.round(waves * ((1 << depth) - 1)), 0, (1 << depth) - 1).astype(np.uint16 if depth > 8 else np.uint8)


def grey(depth):
    return smooth(depth)[..., :1]


def alpha(depth):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return ((x + y) * ((1 << depth) - 1) // (HEIGHT + WIDTH - 2)).astype(np.uint16 if depth > 8 else np.uint8)[..., None]


def with_alpha(pixels, depth=8):
    return np.concatenate([pixels, alpha(depth)], axis=2)


def palette(bits):
    return np.random.default_rng(bits).integers(0, 65536, (1 << bits, 3))


RGB8 = Image.fromarray(smooth(8))


def saved(picture, format_, **options):
    stream = io.BytesIO()
    picture.save(stream, format_, **options)
    return stream.getvalue()


# --- TIFF --------------------------------------------------------------------------------------------------

COMPRESSIONS = {"none": tiff.NONE, "LZW": tiff.LZW, "deflate": tiff.DEFLATE, "old deflate": 32946, "PackBits": tiff.PACKBITS,
                "LZMA": tiff.LZMA, "Zstandard": tiff.ZSTD}


def colour_spaces():
    cmyk = np.concatenate([smooth(8), 255 - grey(8)], axis=2)
    deep_cmyk = np.concatenate([smooth(16), 65535 - grey(16)], axis=2)
    premultiplied = (smooth(8) * (alpha(8) / 255.0)).astype(np.uint8)
    for bits in (1, 2, 4, 8):
        yield f"grayscale, {bits} bit", grey(bits), tiff.BLACK, {"bits": bits}
        yield f"grayscale, white is 0, {bits} bit", grey(bits), tiff.WHITE, {"bits": bits}
        yield f"palette, {bits} bit", grey(bits), tiff.PALETTE, {"bits": bits, "palette": palette(bits)}
    yield "grayscale, 16 bit", grey(16), tiff.BLACK, {"bits": 16}
    yield "grayscale, white is 0, 16 bit", grey(16), tiff.WHITE, {"bits": 16}
    yield "grayscale and alpha, 8 bit", with_alpha(grey(8)), tiff.BLACK, {"extra": [2]}
    yield "RGB, 8 bit", smooth(8), tiff.RGB, {}
    yield "RGB, 16 bit", smooth(16), tiff.RGB, {"bits": 16}
    yield "RGB and alpha, 8 bit", with_alpha(smooth(8)), tiff.RGB, {"extra": [2]}
    yield "RGB and alpha, 16 bit", with_alpha(smooth(16), 16), tiff.RGB, {"bits": 16, "extra": [2]}
    yield "RGB and premultiplied alpha, 8 bit", with_alpha(premultiplied), tiff.RGB, {"extra": [1]}
    yield "RGB and premultiplied alpha, 16 bit", with_alpha(smooth(16), 16), tiff.RGB, {"bits": 16, "extra": [1]}
    yield "RGB and an unknown sample, 8 bit", with_alpha(smooth(8)), tiff.RGB, {"extra": [0]}
    yield "RGB and an undeclared sample, 8 bit", with_alpha(smooth(8)), tiff.RGB, {}
    yield "RGB, alpha and an unknown sample, 8 bit", with_alpha(with_alpha(smooth(8))), tiff.RGB, {"extra": [2, 0]}
    yield "palette and alpha, 8 bit", with_alpha(grey(8)), tiff.PALETTE, {"palette": palette(8), "extra": [2]}
    yield "CMYK, 8 bit", cmyk, tiff.CMYK, {}
    yield "CMYK, 16 bit", deep_cmyk, tiff.CMYK, {"bits": 16}
    yield "CMYK and an unknown sample, 8 bit", with_alpha(cmyk), tiff.CMYK, {"extra": [0]}
    yield "CIELab, 8 bit", smooth(8), tiff.LAB, {}
    yield "YCbCr, 8 bit", smooth(8), tiff.YCBCR, {"subsampling": [1, 1]}
    yield "mask, 1 bit", grey(1), tiff.MASK, {"bits": 1}
    yield "grayscale, 12 bit", grey(16) >> 4, tiff.BLACK, {"bits": 12}
    yield "grayscale, 32 bit", grey(16).astype(np.uint32) << 16, tiff.BLACK, {"bits": 32}
    yield "grayscale, signed 8 bit", grey(8), tiff.BLACK, {"sample_format": 2}
    yield "grayscale, signed 16 bit", grey(16), tiff.BLACK, {"bits": 16, "sample_format": 2}
    yield "grayscale, float", grey(8).astype(np.float32), tiff.BLACK, {"bits": 32, "sample_format": 3}
    yield "RGB, float", smooth(8).astype(np.float32) / 255, tiff.RGB, {"bits": 32, "sample_format": 3}
    yield "RGB, 4 bit", smooth(4), tiff.RGB, {"bits": 4}


def draw_tiffs():
    for kind, pixels, photometric, options in colour_spaces():
        stem = kind.replace(", ", "-").replace(" ", "-")
        plain = f"{stem}-none.tif"

        def also(suffix, container, **layout):
            draw(f"{stem}-{suffix}.tif", container, kind, tiff.write(pixels, photometric, **options, **layout), same_as=plain)

        for title, compression in COMPRESSIONS.items():
            also(title.replace(" ", "-"), f"TIFF, {title}", compression=compression, rows=11)
        also("big", "BigTIFF", big=True, rows=11)
        also("mm", "TIFF, big-endian", order=">")
        also("tiles", "TIFF, tiles", tile=(16, 32))
        also("tiles-lzw", "TIFF, tiles, LZW", tile=(16, 16), compression=tiff.LZW)
        if pixels.shape[2] > 1:
            also("planes", "TIFF, planes", planes=True, rows=8)
            also("planes-deflate", "TIFF, planes, deflate", planes=True, rows=8, compression=tiff.DEFLATE)
        if options.get("bits", 8) in (8, 16):
            also("predictor", "TIFF, LZW, predictor", compression=tiff.LZW, predictor=True)
        if options.get("bits", 8) <= 8:
            also("reversed", "TIFF, reversed bits", reverse=True, compression=tiff.PACKBITS)
    draw_odd_tiffs()


def jpeg_of_same_colours(pixels):
    if pixels.shape[2] == 1:
        return imagecodecs.jpeg8_encode(np.ascontiguousarray(pixels[..., 0]), level=90)
    return imagecodecs.jpeg8_encode(np.ascontiguousarray(pixels), level=90, colorspace="RGB", outcolorspace="RGB")


def draw_odd_tiffs():
    rgb = smooth(8)
    for title, compression in {"JPEG 2000": 34712, "JPEG 2000 (Aperio)": 33003, "PNG": 34933, "JPEG XR": 34934, "JPEG XL": 50002,
                               "WebP": tiff.WEBP}.items():
        draw(f"rgb-{compression}.tif", f"TIFF, {title}", "RGB, 8 bit", tiff.write(rgb, tiff.RGB, compression=compression))
    for kind, pixels, photometric in (("grayscale, 8 bit", grey(8), tiff.BLACK), ("RGB, 8 bit", rgb, tiff.RGB)):
        for title, layout in (("TIFF, JPEG", {}), ("TIFF, tiles, JPEG", {"tile": (16, 32)})):
            draw(f"{kind.split(',')[0]}-{title.split(', ', 1)[1].replace(', ', '-')}.tif", title, kind,
                 tiff.write(pixels, photometric, compression=tiff.JPEG, encode=jpeg_of_same_colours, **layout))
    for sampling, factors in (("444", [1, 1]), ("422", [2, 1]), ("420", [2, 2])):
        draw(f"ycbcr-{sampling}-jpeg.tif", "TIFF, JPEG", f"YCbCr {sampling}, 8 bit",
             tiff.write(rgb, tiff.YCBCR, compression=tiff.JPEG, subsampling=factors,
                        encode=lambda a: imagecodecs.jpeg8_encode(a, level=90, subsampling=sampling)))
    for name in ("tiff_ccitt", "group3", "group4"):
        draw(f"{name}.tif", "TIFF, CCITT", f"grayscale, 1 bit, {name}", saved(RGB8.convert("1"), "TIFF", compression=name))
    draw("pillow-jpeg.tif", "TIFF, JPEG", "as written by Pillow", saved(RGB8, "TIFF", compression="jpeg"))
    draw("pillow-jpeg-cmyk.tif", "TIFF, JPEG", "CMYK, as written by Pillow", saved(RGB8.convert("CMYK"), "TIFF", compression="jpeg"))
    for orientation in range(1, 9):
        draw(f"orientation-{orientation}.tif", "TIFF, none", f"RGB, orientation {orientation}",
             tiff.write(rgb, tiff.RGB, orientation=orientation))
    draw("two-pages.tif", "TIFF, none", "two pages", saved(RGB8, "TIFF", save_all=True, append_images=[RGB8.rotate(180)]))
    draw("old-palette.tif", "TIFF, none", "8-bit palette entries",
         tiff.write(grey(8), tiff.PALETTE, palette=palette(8) >> 8))
    for title, says in {"float sample format, stated once": {339: (3, [3])}, "16 bits per sample, stated once": {258: (3, [16])},
                        "samples with different bits": {258: (3, [8, 8, 16])}, "more samples than bit depths": {277: (3, [5])},
                        "width 0": {256: (4, [0])}, "0 rows per strip": {278: (4, [0])},
                        "an unknown color space": {262: (3, [999])}, "an unknown compression": {259: (3, [999])},
                        "two extra samples that don't exist": {338: (3, [2, 2])}, "a floating-point predictor": {317: (3, [3]), 259: (3, [5])},
                        "fill order 7": {266: (3, [7])}, "planar configuration 7": {284: (3, [7])}}.items():
        draw(f"says-{title.replace(' ', '-')}.tif", "TIFF, wrong tags", title, tiff.write(rgb, tiff.RGB, says=says))
    for tag, title in {256: "width", 258: "bits", 262: "color space", 273: "offsets", 277: "samples", 278: "rows per strip",
                       279: "sizes"}.items():
        draw(f"without-{tag}.tif", "TIFF, wrong tags", f"without {title}", tiff.write(rgb, tiff.RGB, without=[tag]))


# --- PNG ---------------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels, bits, colour, interlaced, *, extra=b"", before_data=b""):
    data = b""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        part = pixels[y::dy, x::dx]
        for row in part if part.size else []:
            data += b"\0" + tiff.pack(row.reshape(1, -1), bits, ">")
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], bits, colour, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + before_data + chunk(b"IDAT", zlib.compress(data)) +
            chunk(b"IEND", b""))


def draw_pngs():
    kinds = [(f"grayscale, {b} bit", grey(b), b, 0) for b in (1, 2, 4, 8, 16)]
    kinds += [(f"RGB, {b} bit", smooth(b), b, 2) for b in (8, 16)]
    kinds += [(f"palette, {b} bit", grey(b), b, 3) for b in (1, 2, 4, 8)]
    kinds += [(f"grayscale and alpha, {b} bit", with_alpha(grey(b), b), b, 4) for b in (8, 16)]
    kinds += [(f"RGB and alpha, {b} bit", with_alpha(smooth(b), b), b, 6) for b in (8, 16)]
    for kind, pixels, bits, colour in kinds:
        plte = chunk(b"PLTE", (palette(bits) >> 8).astype(np.uint8).tobytes()) if colour == 3 else b""
        stem = kind.replace(", ", "-").replace(" ", "-")
        for interlaced in (0, 1):
            draw(f"{stem}{'-adam7' * interlaced}.png", "PNG, interlaced" if interlaced else "PNG", kind,
                 png(pixels, bits, colour, interlaced, extra=plte))
        transparent = {0: struct.pack(">H", 1), 2: struct.pack(">HHH", *(int(v) for v in pixels[0, 0])) if colour == 2 else b"",
                       3: bytes(range(min(1 << bits, 256)))}
        if colour in transparent:
            draw(f"{stem}-trns.png", "PNG, transparency", kind,
                 png(pixels, bits, colour, 0, extra=plte, before_data=chunk(b"tRNS", transparent[colour])))
    rgb = smooth(8)
    for title, extra in {"gamma": chunk(b"gAMA", struct.pack(">I", 100000)), "sRGB": chunk(b"sRGB", b"\0"),
                         "background": chunk(b"bKGD", struct.pack(">HHH", 1, 2, 3)), "significant bits": chunk(b"sBIT", b"\5\6\5"),
                         "an unknown chunk": chunk(b"prVt", b"x"), "a wrong checksum outside the pixels": b"\0\0\0\1tEXta\0\0\0\0",
                         "an animation": chunk(b"acTL", struct.pack(">II", 1, 0)),
                         "a wrong color profile": chunk(b"iCCP", b"p\0\0" + zlib.compress(b"nonsense"))}.items():
        draw(f"with-{title.replace(' ', '-')}.png", "PNG", f"RGB with {title}", png(rgb, 8, 2, 0, extra=extra))
    draw("animated.png", "PNG", "RGB, two frames", saved(RGB8, "PNG", save_all=True, append_images=[RGB8.rotate(180)]))
    draw("exif-6.png", "PNG", "RGB, EXIF orientation 6", saved(RGB8, "PNG", exif=exif(6)))
    draw("short.png", "PNG, damaged", "fewer rows than its header claims", png(rgb, 8, 2, 0).replace(
        chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
        chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT + 5, 8, 2, 0, 0, 0))))
    bad = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rgb))
    bad = bad[:len(bad) // 2] + b"\xff\xff\xff\xff" + bad[len(bad) // 2 + 4:]
    draw("bad-zlib.png", "PNG, damaged", "data that can't be inflated", b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) + chunk(b"IDAT", bad) + chunk(b"IEND", b""))


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


# --- JPEG --------------------------------------------------------------------------------------------------


def draw_jpegs():
    rgb = smooth(8)
    for sampling in ("444", "422", "420", "440", "411"):
        kind = f"YCbCr {sampling}"
        draw(f"{sampling}.jpg", "JPEG", kind, imagecodecs.jpeg8_encode(rgb, level=85, subsampling=sampling))
        if sampling in ("444", "422", "420"):
            draw(f"{sampling}-progressive.jpg", "JPEG, progressive", kind,
                 saved(RGB8, "JPEG", quality=85, subsampling=("444", "422", "420").index(sampling), progressive=True))
    draw("grey.jpg", "JPEG", "grayscale", saved(RGB8.convert("L"), "JPEG"))
    draw("grey-progressive.jpg", "JPEG, progressive", "grayscale", saved(RGB8.convert("L"), "JPEG", progressive=True))
    draw("kept-rgb.jpg", "JPEG", "RGB", saved(RGB8, "JPEG", keep_rgb=True))
    draw("restarts.jpg", "JPEG", "YCbCr 420, restart markers", saved(RGB8, "JPEG", restart_marker_blocks=2))
    draw("exif-6.jpg", "JPEG", "YCbCr 420, EXIF orientation 6", saved(RGB8, "JPEG", exif=exif(6)))
    draw("trailing.jpg", "JPEG", "YCbCr 420, bytes after its end", saved(RGB8, "JPEG") + b"after the end")
    whole = saved(RGB8, "JPEG", quality=95)
    draw("extraneous.jpg", "JPEG", "YCbCr 420, bytes before a marker", whole[:-2] + b"\x00\x01\x02\x03" + whole[-2:])
    draw("cmyk.jpg", "JPEG", "CMYK (Adobe)", saved(RGB8.convert("CMYK"), "JPEG", quality=90))
    draw("cmyk-progressive.jpg", "JPEG, progressive", "CMYK (Adobe)", saved(RGB8.convert("CMYK"), "JPEG", progressive=True))
    cmyk = np.array(RGB8.convert("CMYK"))
    ycck = imagecodecs.jpeg8_encode(cmyk, level=90, colorspace="CMYK", outcolorspace="YCCK")
    draw("ycck.jpg", "JPEG", "YCCK (Adobe)", ycck)
    draw("cmyk-without-adobe.jpg", "JPEG", "CMYK without Adobe's marker",
         saved(RGB8.convert("CMYK"), "JPEG").replace(b"Adobe", b"adobe"))
    draw("12-bit.jpg", "JPEG", "YCbCr, 12 bit", imagecodecs.jpeg8_encode(smooth(12), level=90, bitspersample=12))
    draw("lossless.jpg", "JPEG", "lossless", imagecodecs.jpeg8_encode(rgb, lossless=True))
    draw("lossless-16-bit.jpg", "JPEG", "lossless, 16 bit", imagecodecs.ljpeg_encode(grey(16)[..., 0]))
    draw("ls.jls", "JPEG-LS", "RGB", imagecodecs.jpegls_encode(rgb))
    draw("mpo.jpg", "JPEG", "two images (MPO)", saved(RGB8, "MPO", save_all=True, append_images=[RGB8.rotate(180)]))
    draw("cut.jpg", "JPEG, damaged", "cut in the middle", whole[:len(whole) // 2])
    draw("height-0.jpg", "JPEG, damaged", "height 0", with_height(whole, 0))
    draw("taller.jpg", "JPEG, damaged", "taller than its data", with_height(whole, 4 * HEIGHT))


def with_height(jpeg, height):
    at = jpeg.index(b"\xff\xc0")
    return jpeg[:at + 5] + struct.pack(">H", height) + jpeg[at + 7:]


# --- the others --------------------------------------------------------------------------------------------


def bmp(pixels, bits, *, header=40, compression=0, top_down=False, colours=b"", masks=b"", data=None):
    height, width = pixels.shape[:2]
    if data is None:
        rows = pixels if top_down else pixels[::-1]
        if bits <= 8:
            packed = [tiff.pack(row.reshape(1, -1), bits, "<") for row in rows]
        else:
            packed = [row.tobytes() for row in rows]
        data = b"".join(row + b"\0" * (-len(row) % 4) for row in packed)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, len(data), 2835,
                           2835, 0, 0)
        info += masks if header == 40 else masks.ljust(header - 40, b"\0")
    offset = 14 + len(info) + len(colours)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + colours + data


def rle8(pixels):
    data = b""
    for row in pixels[::-1, :, 0]:
        data += b"".join(bytes([1, value]) for value in row) + b"\0\0"
    return data + b"\0\1"


def rle4(pixels):
    data = b""
    for row in pixels[::-1, :, 0]:
        data += b"".join(bytes([1, value << 4]) for value in row) + b"\0\0"
    return data + b"\0\1"


def draw_bmps():
    bgr = smooth(8)[..., ::-1]
    for bits in (1, 4, 8):
        quads = b"".join(bytes(c) + b"\0" for c in (palette(bits) >> 8).astype(np.uint8))
        triples = b"".join(bytes(c) for c in (palette(bits) >> 8).astype(np.uint8))
        draw(f"palette-{bits}.bmp", "BMP", f"palette, {bits} bit", bmp(grey(bits), bits, colours=quads))
        draw(f"os2-{bits}.bmp", "BMP, OS/2", f"palette, {bits} bit", bmp(grey(bits), bits, header=12, colours=triples))
    quads = b"".join(bytes(c) + b"\0" for c in (palette(8) >> 8).astype(np.uint8))
    draw("rle8.bmp", "BMP, RLE", "palette, 8 bit", bmp(grey(8), 8, compression=1, colours=quads, data=rle8(grey(8))))
    draw("rle8-cut.bmp", "BMP, damaged", "RLE cut in the middle",
         bmp(grey(8), 8, compression=1, colours=quads, data=rle8(grey(8))[:900]))
    draw("rle4.bmp", "BMP, RLE", "palette, 4 bit", bmp(grey(4), 4, compression=2, colours=quads[:64], data=rle4(grey(4))))
    draw("rgb.bmp", "BMP", "RGB, 8 bit", bmp(bgr, 24))
    draw("os2.bmp", "BMP, OS/2", "RGB, 8 bit", bmp(bgr, 24, header=12))
    draw("top-down.bmp", "BMP", "RGB, 8 bit, top down", bmp(bgr, 24, top_down=True))
    bgra = np.concatenate([bgr, alpha(8)], axis=2)
    draw("32-bit.bmp", "BMP", "RGB and a fourth byte", bmp(bgra, 32))
    masks = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    draw("32-fields.bmp", "BMP, bit fields", "RGB of 32 bits", bmp(bgra, 32, compression=3, masks=masks))
    draw("32-alpha.bmp", "BMP, bit fields", "RGB and alpha, version 5",
         bmp(bgra, 32, header=124, compression=3, masks=masks + struct.pack("<I", 0xFF000000)))
    draw("32-alpha-4.bmp", "BMP, bit fields", "RGB and alpha, version 4",
         bmp(bgra, 32, header=108, compression=3, masks=masks + struct.pack("<I", 0xFF000000)))
    rgba = np.concatenate([smooth(8), alpha(8)], axis=2)
    draw("32-swapped.bmp", "BMP, bit fields", "RGB in reverse order",
         bmp(rgba, 32, compression=3, masks=struct.pack("<III", 0xFF, 0xFF00, 0xFF0000)))
    r, g, b = (smooth(8)[..., i].astype(np.uint16) for i in range(3))
    draw("555.bmp", "BMP", "RGB of 15 bits", bmp(((r >> 3) << 10 | (g >> 3) << 5 | b >> 3).astype("<u2"), 16))
    draw("565.bmp", "BMP, bit fields", "RGB of 16 bits", bmp(((r >> 3) << 11 | (g >> 2) << 5 | b >> 3).astype("<u2"), 16, compression=3,
                                                             masks=struct.pack("<III", 0xF800, 0x07E0, 0x1F)))
    draw("png-inside.bmp", "BMP", "PNG inside", bmp(bgr, 24, compression=5, data=saved(RGB8, "PNG")))


def draw_pnms():
    def plain(pixels):
        return b"\n".join(b" ".join(str(v).encode() for v in row.reshape(-1)) for row in pixels)

    size = f"{WIDTH} {HEIGHT}".encode()
    for maximum in (1, 15, 255, 1023, 65535):
        deep = maximum > 255
        scaled = (smooth(16).astype(np.float64) * maximum / 65535).round().astype(">u2" if deep else np.uint8)
        for kind, pixels in (("grayscale", scaled[..., :1]), ("RGB", scaled)):
            text, raw = (b"P2", b"P5") if kind == "grayscale" else (b"P3", b"P6")
            head = b"\n" + size + b"\n" + str(maximum).encode() + b"\n"
            draw(f"{kind}-{maximum}.pnm", "PNM", f"{kind}, maximum {maximum}", raw + head + pixels.tobytes())
            draw(f"{kind}-{maximum}-plain.pnm", "PNM, plain", f"{kind}, maximum {maximum}", text + head + plain(pixels))
    bits = grey(1)
    draw("bits.pbm", "PNM", "1 bit", b"P4\n" + size + b"\n" + tiff.pack(1 - bits.reshape(HEIGHT, -1), 1, "<"))
    draw("bits-plain.pbm", "PNM, plain", "1 bit", b"P1\n" + size + b"\n" + plain(1 - bits))
    draw("bits-glued.pbm", "PNM, plain", "1 bit, without spaces",
         b"P1\n" + size + b"\n" + b"\n".join(b"".join(str(v).encode() for v in row.reshape(-1)) for row in 1 - bits))
    draw("comments.ppm", "PNM", "RGB with comments", b"P6\n# a\n" + size + b"\n# b\n255\n" + smooth(8).tobytes())
    draw("cut-plain.pnm", "PNM, damaged", "plain, cut", b"P3\n" + size + b"\n255\n" + plain(smooth(8))[:900])
    draw("cut.ppm", "PNM, damaged", "cut", b"P6\n" + size + b"\n255\n" + smooth(8).tobytes()[:900])
    draw("rgb.pam", "PAM", "RGB", b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" % (WIDTH, HEIGHT) +
         smooth(8).tobytes())
    draw("rgb.pfm", "PFM", "RGB floats", b"PF\n" + size + b"\n-1.0\n" + (smooth(8)[::-1] / 255).astype("<f4").tobytes())
    draw("grey.pfm", "PFM", "grayscale floats", b"Pf\n" + size + b"\n-1.0\n" + (grey(8)[::-1] / 255).astype("<f4").tobytes())


def draw_webps():
    rgba = Image.fromarray(with_alpha(smooth(8)))
    draw("lossy.webp", "WebP", "lossy", saved(RGB8, "WEBP", quality=80))
    draw("lossless.webp", "WebP", "lossless", saved(RGB8, "WEBP", lossless=True))
    draw("lossy-alpha.webp", "WebP", "lossy with alpha", saved(rgba, "WEBP", quality=80, exact=True))
    draw("lossless-alpha.webp", "WebP", "lossless with alpha", saved(rgba, "WEBP", lossless=True, exact=True))
    draw("exif.webp", "WebP", "lossy, EXIF orientation 6", saved(RGB8, "WEBP", exif=exif(6)))
    animation = {"save_all": True, "append_images": [RGB8.rotate(180)]}
    draw("animated.webp", "WebP", "animated, lossy", saved(RGB8, "WEBP", **animation))
    draw("animated-lossless.webp", "WebP", "animated, lossless", saved(RGB8, "WEBP", lossless=True, **animation))
    draw("animated-alpha.webp", "WebP", "animated, with alpha", saved(rgba, "WEBP", **animation))
    island = Image.new("RGBA", (RGB8.width + 30, RGB8.height + 20))
    island.paste(rgba, (14, 8))
    draw("animated-part.webp", "WebP", "animated, first frame smaller than the canvas", saved(island, "WEBP", save_all=True, append_images=[island.rotate(180)]))


def draw_jpeg2000s():
    for container, codec in (("JPEG 2000, JP2", "jp2"), ("JPEG 2000, codestream", "j2k")):
        for kind, pixels in (("grayscale, 8 bit", grey(8)[..., 0]), ("RGB, 8 bit", smooth(8)), ("RGB, 16 bit", smooth(16)),
                             ("grayscale, 16 bit", grey(16)[..., 0]), ("RGB and alpha, 8 bit", with_alpha(smooth(8)))):
            draw(f"{kind.replace(', ', '-').replace(' ', '-')}.{codec}", container, kind,
                 imagecodecs.jpeg2k_encode(pixels, codecformat=codec, reversible=True, level=0))
    draw("irreversible.jp2", "JPEG 2000, JP2", "RGB, 8 bit, irreversible", saved(RGB8, "JPEG2000", irreversible=True, quality_layers=[20]))
    draw("palette.jp2", "JPEG 2000, JP2", "grayscale and alpha, 8 bit", saved(Image.fromarray(with_alpha(grey(8))), "JPEG2000"))
    draw("tiles.jp2", "JPEG 2000, JP2", "RGB, 8 bit, tiles", saved(RGB8, "JPEG2000", tile_size=(16, 16)))
    draw("ycc.jp2", "JPEG 2000, JP2", "YCbCr, 8 bit", saved(RGB8.convert("YCbCr"), "JPEG2000"))
    whole = saved(RGB8, "JPEG2000")
    draw("cut.jp2", "JPEG 2000, damaged", "cut in the middle", whole[:len(whole) // 2])


def draw_others():
    rgb = smooth(8)
    sun = struct.pack(">IIIIIIII", 0x59A66A95, WIDTH, HEIGHT, 24, 0, 1, 0, 0) + b"".join(r.tobytes() + b"\0" for r in rgb[..., ::-1])
    draw("sun.ras", "Sun raster", "RGB", sun)
    draw("rgbe.hdr", "Radiance HDR", "RGB", imagecodecs.rgbe_encode(rgb.astype(np.float32) / 255))
    draw("open.exr", "OpenEXR", "signature only", b"\x76\x2f\x31\x01\2\0\0\0" + b"\0" * 60)
    draw("ls.dcm", "DICOM", "signature only", b"\0" * 128 + b"DICM" + b"\0" * 60)
    draw("boxed.heic", "HEIC", "signature only", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60)
    draw("page.html", "HTML", "a web page", b"<html><body>404</body></html>")
    draw("zeros.png", "none", "zeros", b"\0" * 4000)
    draw("xl.jxl", "JPEG XL", "RGB", imagecodecs.jpegxl_encode(rgb, lossless=True))
    draw("xr.jxr", "JPEG XR", "RGB", imagecodecs.jpegxr_encode(rgb))
    draw("ok.qoi", "QOI", "RGB", imagecodecs.qoi_encode(rgb))
    for format_, suffix in (("GIF", "gif"), ("AVIF", "avif"), ("ICO", "ico"), ("DDS", "dds"), ("SGI", "sgi"), ("PCX", "pcx"),
                            ("TGA", "tga"), ("ICNS", "icns"), ("PDF", "pdf"), ("DIB", "dib"), ("EPS", "eps"), ("BLP", "blp")):
        picture = RGB8.convert("P") if format_ in ("GIF", "BLP") else RGB8
        draw(f"pillow.{suffix}", format_, "as written by Pillow", saved(picture, format_))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    for part in (draw_tiffs, draw_pngs, draw_jpegs, draw_bmps, draw_pnms, draw_webps, draw_jpeg2000s, draw_others):
        part()
    index = {}
    for name, file in FILES.items():
        (folder / name).write_bytes(file["content"])
        index[name] = {key: value for key, value in file.items() if key != "content"}
    (folder.parent / "index.json").write_text(json.dumps(index, indent=0))
    print(f"{len(index)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
