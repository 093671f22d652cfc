"""Writes TIFFs of every layout, including those that no library writes."""

import struct
import zlib

import imagecodecs
import numpy as np

NONE, LZW, JPEG, DEFLATE, PACKBITS, LZMA, ZSTD, WEBP = 1, 5, 7, 8, 32773, 34925, 50000, 50001
WHITE, BLACK, RGB, PALETTE, MASK, CMYK, YCBCR, LAB = 0, 1, 2, 3, 4, 5, 6, 8

# Compressions of arbitrary bytes.
BYTES = {
    NONE: lambda b: b,
    LZW: imagecodecs.lzw_encode,
    DEFLATE: zlib.compress,
    32946: zlib.compress,
    PACKBITS: lambda b: imagecodecs.packbits_encode(b),
    LZMA: imagecodecs.lzma_encode,
    ZSTD: imagecodecs.zstd_encode,
}
# Compressions of images.
PICTURES = {
    JPEG: lambda a: imagecodecs.jpeg8_encode(a, level=90, colorspace=None),
    WEBP: lambda a: imagecodecs.webp_encode(a, lossless=True),
    33003: imagecodecs.jpeg2k_encode,
    34712: imagecodecs.jpeg2k_encode,
    34933: imagecodecs.png_encode,
    34934: imagecodecs.jpegxr_encode,
    50002: lambda a: imagecodecs.jpegxl_encode(a, lossless=True),
}
REVERSED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))


def pack(samples, bits, order):
    """Rows of samples [height, n] as bytes; each row starts at a byte boundary."""
    if bits == 32:
        return samples.astype(order + ("f4" if samples.dtype.kind == "f" else samples.dtype.kind + "4")).tobytes()
    if bits == 16:
        return samples.astype(order + samples.dtype.kind + "2").tobytes()
    if bits == 8:
        return samples.astype(np.uint8).tobytes()
    shifts = np.arange(bits - 1, -1, -1)
    return np.packbits((samples[..., None] >> shifts & 1).astype(np.uint8).reshape(len(samples), -1), axis=1).tobytes()


def write(pixels, photometric, *, bits=8, compression=NONE, planes=False, rows=None, tile=None, big=False, order="<",
          reverse=False, predictor=False, extra=(), sample_format=None, palette=None, orientation=None, says=None,
          without=(), encode=None, subsampling=None):
    """The file's bytes for pixels [height, width, samples]. `says` overrides tags, `without` leaves some out."""
    height, width, samples = pixels.shape
    parts = []
    step_y, step_x = (tile or (rows or height, width))
    for plane in ([slice(i, i + 1) for i in range(samples)] if planes else [slice(None)]):
        for y in range(0, height, step_y):
            for x in range(0, width, step_x):
                part = pixels[y:y + step_y, x:x + step_x, plane]
                if tile:
                    part = np.pad(part, ((0, step_y - part.shape[0]), (0, step_x - part.shape[1]), (0, 0)))
                parts.append(encoded(part, bits, compression, order, predictor, reverse, encode))

    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [compression]),
            262: (3, [photometric]), 277: (3, [samples]), 284: (3, [2 if planes else 1])}
    if extra:
        tags[338] = (3, list(extra))
    if sample_format:
        tags[339] = (3, [sample_format] * samples)
    if predictor:
        tags[317] = (3, [2])
    if reverse:
        tags[266] = (3, [2])
    if orientation:
        tags[274] = (3, [orientation])
    if palette is not None:
        tags[320] = (3, list(palette.T.flatten()))
    if subsampling:
        tags[530] = (3, list(subsampling))
    places = (324, 325) if tile else (273, 279)
    tags[places[0]] = (16 if big else 4, [0] * len(parts))
    tags[places[1]] = (16 if big else 4, [len(part) for part in parts])
    if tile:
        tags |= {322: (4, [tile[1]]), 323: (4, [tile[0]])}
    else:
        tags[278] = (4, [step_y])
    tags |= says or {}
    for tag in without:
        del tags[tag]
    return assembled(tags, parts, places[0], big, order)


def encoded(part, bits, compression, order, predictor, reverse, encode):
    if encode:
        return encode(part)
    if compression in PICTURES:
        return PICTURES[compression](np.ascontiguousarray(part[..., 0] if part.shape[2] == 1 else part))
    if predictor:
        part = np.concatenate([part[:, :1], np.diff(part.astype(np.int64), axis=1) % (1 << bits)], axis=1).astype(part.dtype)
    packed = BYTES[compression](pack(part.reshape(len(part), -1), bits, order))
    return packed.translate(REVERSED) if reverse else packed


def assembled(tags, parts, offsets_tag, big, order):
    head = 16 if big else 8
    width = 8 if big else 4
    code = {1: "B", 3: "H", 4: "I", 5: "II", 11: "f", 16: "Q"}
    size = {1: 1, 3: 2, 4: 4, 5: 8, 11: 4, 16: 8}
    entry = 20 if big else 12
    behind = head + (8 if big else 2) + entry * len(tags) + width
    outside = {}
    for tag, (kind, values) in sorted(tags.items()):
        if size[kind] * len(values) > width:
            outside[tag] = behind
            behind += size[kind] * len(values) + size[kind] * len(values) % 2
    starts = []
    for part in parts:
        starts.append(behind)
        behind += len(part) + len(part) % 2
    if offsets_tag in tags:
        tags = tags | {offsets_tag: (tags[offsets_tag][0], starts)}

    mark = b"II" if order == "<" else b"MM"
    file = mark + (struct.pack(order + "HHHQ", 43, 8, 0, head) if big else struct.pack(order + "HI", 42, head))
    file += struct.pack(order + ("Q" if big else "H"), len(tags))
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(order + code[kind] * len(values), *values)
        place = struct.pack(order + ("Q" if big else "I"), outside[tag]) if tag in outside else packed.ljust(width, b"\0")
        file += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, len(values)) + place
    file += b"\0" * width
    for tag in sorted(outside):
        kind, values = tags[tag]
        file += struct.pack(order + code[kind] * len(values), *values)
        file += b"\0" * (len(file) % 2)
    for part in parts:
        file += part + b"\0" * (len(part) % 2)
    return file
