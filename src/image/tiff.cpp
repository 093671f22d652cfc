// TIFF 6.0 and BigTIFF, read by libtiff: the first picture of a file. What its tags ask for is looked up in
// tables before a pixel is read, since libtiff makes black or garbage of much that it doesn't know, and so
// that the result is Pillow's to the bit. What isn't in the tables is refused by name.
//
// - Samples beyond the colours are dropped, as Pillow's convert("RGB") does; premultiplied alpha is divided
//   out first.
// - Of 16 bits the upper byte is taken. For grey that is a departure: Pillow clips to white.
// - Unlike JPEG's and PNG's, a TIFF's orientation is applied, as Pillow does when it loads one.

#include <tiffio.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "formats.h"
#include "tiff_directory.h"

namespace tise::image {
namespace {

[[noreturn]] void unsupported(const std::string& what) {
  throw DecodeError("a TIFF " + what + " is not supported");
}

[[noreturn]] void undecodable() { throw DecodeError("corrupt: it can't be decoded"); }

/// Whether libtiff has complained on this thread. Its functions often succeed all the same.
thread_local bool complained = false;

void complain(const char*, const char*, va_list) { complained = true; }

/// For the whole program. OpenCV sets handlers of its own when it first looks for a decoder, so that it is
/// let do so before.
bool set_handlers() {
  cv::imdecode(cv::Mat::zeros(1, 16, CV_8U), cv::IMREAD_COLOR);
  TIFFSetErrorHandler(&complain);
  TIFFSetWarningHandler(nullptr);
  return true;
}

/// What libtiff reads from: a file in memory.
struct Source {
  Bytes bytes;
  std::size_t at = 0;
};

tmsize_t read_source(thandle_t handle, void* buffer, tmsize_t size) {
  auto& [bytes, at] = *static_cast<Source*>(handle);
  const std::size_t count =
      std::min(static_cast<std::size_t>(size), bytes.size() - std::min(at, bytes.size()));
  if (count > 0) std::memcpy(buffer, bytes.data() + at, count);
  at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_source(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_source(thandle_t handle, toff_t offset, int whence) {
  auto& [bytes, at] = *static_cast<Source*>(handle);
  const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at : bytes.size();
  return at = from + offset;
}

int close_source(thandle_t) { return 0; }

toff_t size_of_source(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }

int map_source(thandle_t handle, void** data, toff_t* size) {
  const Bytes bytes = static_cast<Source*>(handle)->bytes;
  *data = const_cast<std::uint8_t*>(bytes.data());
  *size = bytes.size();
  return 1;
}

void unmap_source(thandle_t, void*, toff_t) {}

/// An open file. What libtiff objects to when it opens one is an error.
class Tiff {
 public:
  explicit Tiff(Bytes bytes) : source_{bytes} {
    [[maybe_unused]] static const bool kSet = set_handlers();
    complained = false;
    // "c": strips as they are in the file, not cut into smaller ones.
    tiff_.reset(TIFFClientOpen("", "rc", &source_, &read_source, &write_source, &seek_source, &close_source,
                               &size_of_source, &map_source, &unmap_source));
    if (!tiff_ || complained) throw DecodeError("corrupt: a TIFF with a directory that can't be read");
  }

  operator TIFF*() const { return tiff_.get(); }  // NOLINT(google-explicit-constructor)

  template <class T>
  T tag(std::uint32_t name, T otherwise) const {
    T value{};
    return TIFFGetFieldDefaulted(tiff_.get(), name, &value) == 1 ? value : otherwise;
  }

 private:
  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };
  Source source_;
  std::unique_ptr<TIFF, Close> tiff_;
};

/// What libtiff decodes as Pillow does.
constexpr std::array<std::uint16_t, 9> kCompressions{
    COMPRESSION_NONE, COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,
    COMPRESSION_JPEG, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS,  COMPRESSION_ADOBE_DEFLATE,
};

/// Those that people meet of the others. libtiff decodes LZMA and Zstandard, but doesn't look at their
/// checksums. Names are those of the registry that libtiff's tiff.h keeps.
constexpr std::array<std::pair<std::uint16_t, const char*>, 12> kOtherCompressions{{
    {6, "old-style JPEG"},
    {33003, "JPEG 2000"},
    {33005, "JPEG 2000"},
    {34661, "JBIG"},
    {34712, "JPEG 2000"},
    {34887, "LERC"},
    {34925, "LZMA"},
    {34933, "PNG"},
    {34934, "JPEG XR"},
    {50000, "Zstandard"},
    {50001, "WebP"},
    {50002, "JPEG XL"},
}};

struct Colours {
  std::uint16_t photometric;
  const char* name;
  int samples;  ///< per pixel; 0 if not supported
  std::array<int, 5> bits;
};

constexpr std::array<Colours, 12> kColours{{
    {PHOTOMETRIC_MINISWHITE, "with white as 0", 1, {1, 2, 4, 8}},
    {PHOTOMETRIC_MINISBLACK, "of grey", 1, {1, 2, 4, 8, 16}},
    {PHOTOMETRIC_RGB, "of RGB", 3, {8, 16}},
    {PHOTOMETRIC_PALETTE, "with a palette", 1, {1, 2, 4, 8}},
    {PHOTOMETRIC_SEPARATED, "of CMYK", 4, {8, 16}},
    {PHOTOMETRIC_YCBCR, "of YCbCr", 3, {8}},
    {PHOTOMETRIC_MASK, "mask", 0, {}},
    {PHOTOMETRIC_CIELAB, "of CIELab", 0, {}},
    {PHOTOMETRIC_ICCLAB, "of ICCLab", 0, {}},
    {PHOTOMETRIC_ITULAB, "of ITULab", 0, {}},
    {PHOTOMETRIC_LOGL, "of LogL", 0, {}},
    {PHOTOMETRIC_LOGLUV, "of LogLuv", 0, {}},
}};

/// What a picture's tags say of it.
struct Layout {
  Size size;
  Colours colours{};
  int bits = 0;     ///< of a sample
  int samples = 0;  ///< per pixel
  bool is_in_planes = false;
  bool is_premultiplied = false;
  std::uint16_t compression = COMPRESSION_NONE;
  int orientation = 1;
};

void check_compression(std::uint16_t compression) {
  const bool is_known =
      std::find(kCompressions.begin(), kCompressions.end(), compression) != kCompressions.end();
  if (is_known && TIFFIsCODECConfigured(compression) == 1) return;
  const auto* other = std::find_if(kOtherCompressions.begin(), kOtherCompressions.end(),
                                   [&](const auto& named) { return named.first == compression; });
  unsupported("compressed with " + (other == kOtherCompressions.end()
                                        ? "scheme " + std::to_string(compression)
                                        : std::string(other->second)));
}

/// As the file has them: without its palette, libtiff takes such a picture for a grey one.
Colours colours_of(const TiffDirectory& directory) {
  const auto photometric = directory.number(TIFFTAG_PHOTOMETRIC);
  if (!photometric) unsupported("without a colour space");
  const auto* colours = std::find_if(kColours.begin(), kColours.end(),
                                     [&](const Colours& c) { return c.photometric == photometric; });
  if (colours == kColours.end()) unsupported("of colour space " + std::to_string(*photometric));
  if (colours->samples == 0) unsupported(colours->name);
  return *colours;
}

/// libtiff passes over tags that it can't make sense of, and then guesses.
void check_tags(const Layout& layout, const TiffDirectory& directory) {
  for (const std::uint32_t tag :
       {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_COMPRESSION, TIFFTAG_PHOTOMETRIC, TIFFTAG_FILLORDER,
        TIFFTAG_ORIENTATION, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_ROWSPERSTRIP, TIFFTAG_PLANARCONFIG,
        TIFFTAG_PREDICTOR, TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH}) {
    if (directory.count(tag) > 1)
      throw DecodeError("corrupt: a TIFF with several values of tag " + std::to_string(tag));
  }
  const std::uint64_t colours = directory.count(TIFFTAG_COLORMAP);
  const bool is_palette = layout.colours.photometric == PHOTOMETRIC_PALETTE;
  if ((is_palette || colours > 0) && colours != std::uint64_t{3} << static_cast<unsigned>(layout.bits)) {
    throw DecodeError("corrupt: a TIFF with a palette of another size");
  }
  const std::uint64_t extra = directory.count(TIFFTAG_EXTRASAMPLES);
  const int samples = layout.samples - static_cast<int>(std::min<std::uint64_t>(extra, 99));
  const bool has_undeclared = extra == 0 && samples == 4 && layout.colours.photometric == PHOTOMETRIC_RGB;
  if (samples != layout.colours.samples && !has_undeclared) {
    unsupported(std::string(layout.colours.name) + " with a number of samples per pixel of " +
                std::to_string(layout.samples));
  }
}

/// Whether what comes after the colours is alpha that they were multiplied with.
bool is_premultiplied(const Tiff& tiff, const Layout& layout) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  const bool is_grey = layout.colours.photometric == PHOTOMETRIC_MINISBLACK;
  const bool is_white_0 = layout.colours.photometric == PHOTOMETRIC_MINISWHITE;
  const bool only_alpha = is_grey || layout.is_in_planes;
  const auto is_unknown = [](std::uint16_t kind) { return kind == EXTRASAMPLE_UNSPECIFIED; };
  const bool has_several = count > 1 && !std::all_of(kinds + 1, kinds + count, is_unknown);
  if (count > 0 && (has_several || is_white_0 || (only_alpha && kinds[0] != EXTRASAMPLE_UNASSALPHA))) {
    unsupported(std::string(layout.colours.name) + " with other samples than alpha");
  }
  if (count == 0 || kinds[0] != EXTRASAMPLE_ASSOCALPHA) return false;
  if (layout.colours.photometric != PHOTOMETRIC_RGB) {
    unsupported(std::string(layout.colours.name) + " with premultiplied alpha");
  }
  return true;
}

Layout layout_of(const Tiff& tiff, const TiffDirectory& directory) {
  Layout layout;
  layout.size = {tiff.tag<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0),
                 tiff.tag<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0)};
  layout.compression = tiff.tag<std::uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (directory.count(TIFFTAG_COMPRESSION) == 0) unsupported("that doesn't say how it is compressed");
  check_compression(layout.compression);
  layout.colours = colours_of(directory);
  layout.bits = tiff.tag<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = tiff.tag<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.is_in_planes =
      layout.samples > 1 &&
      tiff.tag<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  layout.orientation = tiff.tag<std::uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  if (tiff.tag<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) != SAMPLEFORMAT_UINT) {
    unsupported("of floats or signed numbers");
  }
  const auto& bits = layout.colours.bits;
  const bool is_deep = std::find(bits.begin(), bits.end(), layout.bits) != bits.end();
  if (!is_deep || layout.bits == 0 || (layout.bits < 8 && layout.samples > 1)) {
    unsupported(std::string(layout.colours.name) + " with " + std::to_string(layout.bits) + "-bit samples");
  }
  check_tags(layout, directory);
  layout.is_premultiplied = is_premultiplied(tiff, layout);
  if (layout.colours.photometric == PHOTOMETRIC_YCBCR &&
      (layout.compression != COMPRESSION_JPEG || layout.is_in_planes)) {
    unsupported("of YCbCr that isn't a JPEG's");
  }
  return layout;
}

/// Throws DecodeError if a strip or tile is missing or lies beyond the file's end.
void check_parts(const Tiff& tiff, const TiffDirectory& directory, Bytes bytes) {
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  const std::uint32_t parts = is_tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (const std::uint32_t tag : {is_tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS,
                                  is_tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS}) {
    if (directory.count(tag) != parts) throw DecodeError("corrupt: a TIFF without all of its pixels");
  }
  constexpr std::uint32_t kAllRows = 0xFFFFFFFF;
  const auto rows = tiff.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, kAllRows);
  if (rows > 0x7FFFFFFF && rows != kAllRows)
    throw DecodeError("corrupt: a TIFF with too many rows per strip");
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint64_t at = TIFFGetStrileOffset(tiff, part);
    const std::uint64_t size = TIFFGetStrileByteCount(tiff, part);
    if (complained || at == 0 || size == 0) throw DecodeError("corrupt: a TIFF without all of its pixels");
    if (at > bytes.size() || size > bytes.size() - at) truncated(bytes.size());
  }
}

/// Throws DecodeError unless each part is a whole zlib stream with the right checksum: libtiff stops as soon
/// as it has its rows.
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

/// The samples of a picture as bytes, [height, width, samples]: of 16 bits the upper ones, of fewer than 8 as
/// they are.
class Samples {
 public:
  Samples(const Tiff& tiff, const Layout& layout)
      : tiff_(tiff),
        layout_(layout),
        bytes_(static_cast<std::size_t>(layout.size.width * layout.size.height * layout.samples)) {
    const bool is_tiled = TIFFIsTiled(tiff) != 0;
    Part part;
    part.width = is_tiled ? tiff.tag<std::uint32_t>(TIFFTAG_TILEWIDTH, 0) : layout.size.width;
    part.height = is_tiled ? tiff.tag<std::uint32_t>(TIFFTAG_TILELENGTH, 0)
                           : std::min<std::int64_t>(tiff.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, 0xFFFFFFFF),
                                                    layout.size.height);
    part.row_bytes = is_tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
    const std::int64_t in_part = layout.is_in_planes ? 1 : layout.samples;
    // Tiles may be larger than the picture, but not by any factor.
    constexpr std::int64_t kMostPixels = 1 << 26;
    const std::int64_t most = std::max(kMostPixels, layout.size.width * layout.size.height);
    if (part.width <= 0 || part.height <= 0 || part.width > most / part.height) undecodable();
    if (part.row_bytes < (part.width * in_part * layout.bits + 7) / 8) undecodable();
    std::vector<std::uint8_t> buffer(static_cast<std::size_t>(part.row_bytes * part.height));
    for (part.plane = 0; part.plane < (layout.is_in_planes ? layout.samples : 1); ++part.plane) {
      for (part.y = 0; part.y < layout.size.height; part.y += part.height) {
        for (part.x = 0; part.x < layout.size.width; part.x += part.width) {
          is_tiled ? read_tile(part, buffer) : read_strip(part, buffer);
          place(part, buffer);
        }
      }
    }
  }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  /// A strip or tile.
  struct Part {
    std::int64_t width = 0, height = 0, row_bytes = 0, x = 0, y = 0;
    int plane = 0;
  };

  void read_tile(const Part& part, std::vector<std::uint8_t>& buffer) const {
    const std::uint32_t tile =
        TIFFComputeTile(tiff_, static_cast<std::uint32_t>(part.x), static_cast<std::uint32_t>(part.y), 0,
                        static_cast<std::uint16_t>(part.plane));
    const auto size = static_cast<tmsize_t>(buffer.size());
    if (TIFFReadEncodedTile(tiff_, tile, buffer.data(), size) != size || complained) undecodable();
  }

  void read_strip(const Part& part, std::vector<std::uint8_t>& buffer) const {
    const std::uint32_t strip =
        TIFFComputeStrip(tiff_, static_cast<std::uint32_t>(part.y), static_cast<std::uint16_t>(part.plane));
    const auto size =
        static_cast<tmsize_t>(std::min(part.height, layout_.size.height - part.y) * part.row_bytes);
    if (TIFFReadEncodedStrip(tiff_, strip, buffer.data(), size) != size || complained) undecodable();
  }

  void place(const Part& part, const std::vector<std::uint8_t>& buffer) {
    const std::int64_t rows = std::min(part.height, layout_.size.height - part.y);
    const std::int64_t columns = std::min(part.width, layout_.size.width - part.x);
    const std::int64_t in_part = layout_.is_in_planes ? 1 : layout_.samples;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::uint8_t* from = buffer.data() + row * part.row_bytes;
      std::uint8_t* to =
          bytes_.data() + ((part.y + row) * layout_.size.width + part.x) * layout_.samples + part.plane;
      for (std::int64_t column = 0; column < columns; ++column, to += layout_.samples) {
        for (std::int64_t k = 0; k < in_part; ++k) to[k] = sample(from, column * in_part + k);
      }
    }
  }

  std::uint8_t sample(const std::uint8_t* row, std::int64_t i) const {
    if (layout_.bits == 8) return row[i];
    if (layout_.bits == 16) {
      std::uint16_t value = 0;
      std::memcpy(&value, row + 2 * i, sizeof value);
      return static_cast<std::uint8_t>(value >> 8U);
    }
    const std::int64_t bit = i * layout_.bits;
    return static_cast<std::uint8_t>(row[bit / 8] >> (8 - layout_.bits - bit % 8) &
                                     ((1 << layout_.bits) - 1));
  }

  const Tiff& tiff_;
  const Layout& layout_;
  std::vector<std::uint8_t> bytes_;
};

using Rgb = std::array<std::uint8_t, 3>;

/// The upper bytes of a palette's colours.
std::vector<Rgb> palette_of(const Tiff& tiff, int bits) {
  std::array<const std::uint16_t*, 3> channels{};
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) != 1) {
    throw DecodeError("corrupt: a TIFF without its palette");
  }
  std::vector<Rgb> palette(std::size_t{1} << static_cast<unsigned>(bits));
  unsigned any = 0;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      palette[i][c] = static_cast<std::uint8_t>(channels[c][i] >> 8U);
      any |= channels[c][i];
    }
  }
  if (any > 0 && any < 256) unsupported("with a palette of 8-bit numbers");  // as some old programs write
  return palette;
}

/// Calls `colour` with each pixel's samples and the three bytes that it shall set.
template <class Colour>
void for_each_pixel(const Samples& samples, int per_pixel, Pixels& pixels, const Colour& colour) {
  const std::uint8_t* from = samples.bytes().data();
  for (std::size_t i = 0; i < pixels.rgb.size(); i += 3, from += per_pixel) colour(from, &pixels.rgb[i]);
}

/// A premultiplied colour as Pillow's mode RGBa is taken apart.
std::uint8_t divided(int colour, int alpha) {
  if (alpha == 0) return 0;
  return static_cast<std::uint8_t>(std::min(colour * 255 / alpha, 255));
}

void colour_in(const Tiff& tiff, const Layout& layout, Pixels& pixels) {
  const Samples samples(tiff, layout);
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

/// Turned and mirrored as the orientation (1 to 8, as in EXIF) says.
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
  const Layout layout = layout_of(tiff, directory);
  check_parts(tiff, directory, bytes);
  return layout.size;
}

Pixels decode_tiff(Bytes bytes) {
  const Tiff tiff(bytes);
  const Layout layout = layout_of(tiff, TiffDirectory(bytes));
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
