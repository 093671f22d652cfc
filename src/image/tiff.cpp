// TIFF 6.0 and BigTIFF, read by libtiff: the first image in a file. The tags are checked against tables
// before any pixel is read, because libtiff returns black or garbage for much that it doesn't support, and
// because the result must be Pillow's bit for bit. Anything missing from the tables is refused by name.
//
// - Samples other than the colors are dropped, as in Pillow's convert("RGB"), after premultiplied alpha is
//   divided out.
// - 16-bit samples keep their upper byte. For grayscale this departs from Pillow, which clips them to white.
// - Unlike JPEG's and PNG's, a TIFF's orientation is applied, as Pillow does when it loads a TIFF.

#include "tiff.h"

#include <tiffio.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tise::image {
namespace {

[[noreturn]] void undecodable() { throw DecodeError("corrupt: cannot be decoded"); }

/// Throws DecodeError if a strip or tile is missing or lies beyond the file's end.
void check_parts(const Tiff& tiff, const TiffDirectory& directory, Bytes bytes) {
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  const std::uint32_t parts = is_tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (const std::uint32_t tag : {is_tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS,
                                  is_tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS}) {
    if (directory.count(tag) != parts) throw DecodeError("corrupt: TIFF strips or tiles are missing");
  }
  constexpr std::uint32_t kAllRows = 0xFFFFFFFF;
  const auto rows = tiff.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, kAllRows);
  if (rows > 0x7FFFFFFF && rows != kAllRows) throw DecodeError("corrupt: too many rows per TIFF strip");
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint64_t at = TIFFGetStrileOffset(tiff, part);
    const std::uint64_t size = TIFFGetStrileByteCount(tiff, part);
    if (Tiff::has_complained() || at == 0 || size == 0)
      throw DecodeError("corrupt: TIFF strips or tiles are missing");
    if (at > bytes.size() || size > bytes.size() - at) truncated(bytes.size());
  }
}

/// Throws DecodeError unless each part is a complete zlib stream with the right checksum. libtiff itself
/// stops as soon as it has its rows.
void check_deflated(const Tiff& tiff, Bytes bytes) {
  const std::uint32_t parts = TIFFIsTiled(tiff) != 0 ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const bool is_reversed = tiff.tag<std::uint16_t>(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) == FILLORDER_LSB2MSB;
  std::array<std::uint8_t, 1 << 14> block;
  for (std::uint32_t part = 0; part < parts; ++part) {
    const Bytes compressed =
        bytes.subspan(TIFFGetStrileOffset(tiff, part), TIFFGetStrileByteCount(tiff, part));
    std::vector<std::uint8_t> copy(compressed.begin(), compressed.end());
    if (is_reversed) TIFFReverseBits(copy.data(), static_cast<tmsize_t>(copy.size()));
    z_stream stream{};
    inflateInit(&stream);
    stream.next_in = copy.data();
    stream.avail_in = static_cast<uInt>(copy.size());
    int state = Z_OK;
    while (state == Z_OK) {
      stream.next_out = block.data();
      stream.avail_out = block.size();
      state = inflate(&stream, Z_NO_FLUSH);
    }
    inflateEnd(&stream);
    if (state != Z_STREAM_END) undecodable();
  }
}

/// A strip or tile.
struct Part {
  std::int64_t width = 0, height = 0, row_bytes = 0, x = 0, y = 0;
  int plane = 0;
};

void read_part(const Tiff& tiff, const TiffLayout& layout, const Part& part,
               std::vector<std::uint8_t>& buffer) {
  const auto x = static_cast<std::uint32_t>(part.x);
  const auto y = static_cast<std::uint32_t>(part.y);
  const auto plane = static_cast<std::uint16_t>(part.plane);
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  const std::int64_t rows = is_tiled ? part.height : std::min(part.height, layout.size.height - part.y);
  const auto size = static_cast<tmsize_t>(rows * part.row_bytes);
  const tmsize_t got =
      is_tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), buffer.data(), size)
               : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), buffer.data(), size);
  if (got != size || Tiff::has_complained()) undecodable();
}

/// The i-th sample of a row.
std::uint8_t sample(const TiffLayout& layout, const std::uint8_t* row, std::int64_t i) {
  if (layout.bits == 8) return row[i];
  if (layout.bits == 16) {
    std::uint16_t value = 0;
    std::memcpy(&value, row + 2 * i, sizeof value);
    return static_cast<std::uint8_t>(value >> 8U);
  }
  const std::int64_t bit = i * layout.bits;
  return static_cast<std::uint8_t>(row[bit / 8] >> (8 - layout.bits - bit % 8) & ((1 << layout.bits) - 1));
}

void place(const TiffLayout& layout, const Part& part, const std::vector<std::uint8_t>& buffer,
           std::vector<std::uint8_t>& samples) {
  const std::int64_t rows = std::min(part.height, layout.size.height - part.y);
  const std::int64_t columns = std::min(part.width, layout.size.width - part.x);
  const std::int64_t in_part = layout.is_in_planes ? 1 : layout.samples;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::uint8_t* from = buffer.data() + row * part.row_bytes;
    std::uint8_t* to =
        samples.data() + ((part.y + row) * layout.size.width + part.x) * layout.samples + part.plane;
    for (std::int64_t column = 0; column < columns; ++column, to += layout.samples) {
      for (std::int64_t k = 0; k < in_part; ++k) to[k] = sample(layout, from, column * in_part + k);
    }
  }
}

/// The samples of an image as bytes, [height, width, samples]. 16-bit samples are reduced to their upper
/// byte; samples of fewer than 8 bits aren't scaled.
std::vector<std::uint8_t> samples_of(const Tiff& tiff, const TiffLayout& layout) {
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  const std::int64_t width = layout.size.width;
  const std::int64_t height = layout.size.height;
  Part part;
  part.width = is_tiled ? tiff.tag<std::uint32_t>(TIFFTAG_TILEWIDTH, 0) : width;
  part.height =
      is_tiled ? tiff.tag<std::uint32_t>(TIFFTAG_TILELENGTH, 0)
               : std::min<std::int64_t>(tiff.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, 0xFFFFFFFF), height);
  part.row_bytes = is_tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
  const std::int64_t in_part = layout.is_in_planes ? 1 : layout.samples;
  // Tiles may be larger than the image, but only up to a limit.
  constexpr std::int64_t kMostPixels = 1 << 26;
  const std::int64_t most = std::max(kMostPixels, width * height);
  if (part.width <= 0 || part.height <= 0 || part.width > most / part.height) undecodable();
  if (part.row_bytes < (part.width * in_part * layout.bits + 7) / 8) undecodable();
  std::vector<std::uint8_t> samples(static_cast<std::size_t>(width * height * layout.samples));
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(part.row_bytes * part.height));
  for (part.plane = 0; part.plane < (layout.is_in_planes ? layout.samples : 1); ++part.plane) {
    for (part.y = 0; part.y < height; part.y += part.height) {
      for (part.x = 0; part.x < width; part.x += part.width) {
        read_part(tiff, layout, part, buffer);
        place(layout, part, buffer, samples);
      }
    }
  }
  return samples;
}

using Rgb = std::array<std::uint8_t, 3>;

/// The upper bytes of a palette's colors.
std::vector<Rgb> palette_of(const Tiff& tiff, int bits) {
  std::array<const std::uint16_t*, 3> channels{};
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) != 1) {
    throw DecodeError("corrupt: the TIFF palette is missing");
  }
  std::vector<Rgb> palette(std::size_t{1} << static_cast<unsigned>(bits));
  unsigned any = 0;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      palette[i][c] = static_cast<std::uint8_t>(channels[c][i] >> 8U);
      any |= channels[c][i];
    }
  }
  if (any > 0 && any < 256) unsupported("with 8-bit palette entries");  // written by some old programs
  return palette;
}

/// Calls `colour` with the samples of each pixel and the three bytes to set.
template <class Colour>
void for_each_pixel(const std::vector<std::uint8_t>& samples, int per_pixel, Pixels& pixels,
                    const Colour& colour) {
  const std::uint8_t* from = samples.data();
  for (std::size_t i = 0; i < pixels.rgb.size(); i += 3, from += per_pixel) colour(from, &pixels.rgb[i]);
}

/// Undoes premultiplication as Pillow does for mode RGBa.
std::uint8_t divided(int colour, int alpha) {
  if (alpha == 0) return 0;
  return static_cast<std::uint8_t>(std::min(colour * 255 / alpha, 255));
}

void colour_in(const Tiff& tiff, const TiffLayout& layout, Pixels& pixels) {
  const std::vector<std::uint8_t> samples = samples_of(tiff, layout);
  const auto each = [&](const auto& colour) { for_each_pixel(samples, layout.samples, pixels, colour); };
  switch (layout.colours.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: {
      const int step = layout.bits < 8 ? 255 / ((1 << layout.bits) - 1) : 1;
      const int flip = layout.colours.photometric == PHOTOMETRIC_MINISWHITE ? 255 : 0;
      each([&](const std::uint8_t* s, std::uint8_t* rgb) {
        std::fill_n(rgb, 3, static_cast<std::uint8_t>(s[0] * step ^ flip));
      });
      break;
    }
    case PHOTOMETRIC_PALETTE: {
      const std::vector<Rgb> palette = palette_of(tiff, layout.bits);
      each([&](const std::uint8_t* s, std::uint8_t* rgb) { std::copy_n(palette[s[0]].begin(), 3, rgb); });
      break;
    }
    case PHOTOMETRIC_SEPARATED:
      each([](const std::uint8_t* s, std::uint8_t* rgb) { cmyk_to_rgb(s, rgb); });
      break;
    default:
      each([&](const std::uint8_t* s, std::uint8_t* rgb) {
        for (int c = 0; c < 3; ++c) rgb[c] = layout.is_premultiplied ? divided(s[c], s[3]) : s[c];
      });
  }
}

/// Turns and mirrors an image according to its orientation (1 to 8, as in EXIF).
Pixels oriented(Pixels&& pixels, int orientation) {
  if (orientation <= 1 || orientation > 8) return std::move(pixels);
  const bool is_turned = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Pixels turned{pixels.width, pixels.height, std::vector<std::uint8_t>(pixels.rgb.size())};
  if (is_turned) std::swap(turned.width, turned.height);
  std::uint8_t* to = turned.rgb.data();
  for (int row = 0; row < turned.height; ++row) {
    for (int column = 0; column < turned.width; ++column, to += 3) {
      int x = is_turned ? row : column;
      int y = is_turned ? column : row;
      if (from_right) x = pixels.width - 1 - x;
      if (from_bottom) y = pixels.height - 1 - y;
      std::copy_n(&pixels.rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.width) +
                                   static_cast<std::size_t>(x))],
                  3, to);
    }
  }
  return turned;
}

}  // namespace

Size inspect_tiff(Bytes bytes) {
  const Tiff tiff(bytes);
  const TiffDirectory directory(bytes);
  const TiffLayout layout = layout_of(tiff, directory);
  check_parts(tiff, directory, bytes);
  return layout.size;
}

Pixels decode_tiff(Bytes bytes) {
  const Tiff tiff(bytes);
  const TiffLayout layout = layout_of(tiff, TiffDirectory(bytes));
  Pixels pixels{static_cast<int>(layout.size.width), static_cast<int>(layout.size.height), {}};
  pixels.rgb.resize(static_cast<std::size_t>(3 * layout.size.width * layout.size.height));
  const bool is_deflated =
      layout.compression == COMPRESSION_DEFLATE || layout.compression == COMPRESSION_ADOBE_DEFLATE;
  if (is_deflated) check_deflated(tiff, bytes);
  if (layout.compression == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  colour_in(tiff, layout, pixels);
  return oriented(std::move(pixels), layout.orientation);
}

}  // namespace tise::image
