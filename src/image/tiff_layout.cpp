#include <algorithm>
#include <string>
#include <utility>

#include "tiff.h"

namespace tise::image {
namespace {

/// The compressions that libtiff decodes as Pillow does.
constexpr std::array<std::uint16_t, 9> kCompressions{
    COMPRESSION_NONE, COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,
    COMPRESSION_JPEG, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS,  COMPRESSION_ADOBE_DEFLATE,
};

/// Other compressions that people meet, named as in the registry in libtiff's tiff.h. libtiff decodes LZMA
/// and Zstandard, but doesn't check their checksums.
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

constexpr std::array<TiffColours, 12> kColours{{
    {PHOTOMETRIC_MINISWHITE, "in grayscale (0 is white)", 1, {1, 2, 4, 8}},
    {PHOTOMETRIC_MINISBLACK, "in grayscale", 1, {1, 2, 4, 8, 16}},
    {PHOTOMETRIC_RGB, "in RGB", 3, {8, 16}},
    {PHOTOMETRIC_PALETTE, "in indexed color", 1, {1, 2, 4, 8}},
    {PHOTOMETRIC_SEPARATED, "in CMYK", 4, {8, 16}},
    {PHOTOMETRIC_YCBCR, "in YCbCr", 3, {8}},
    {PHOTOMETRIC_MASK, "mask", 0, {}},
    {PHOTOMETRIC_CIELAB, "in CIELab", 0, {}},
    {PHOTOMETRIC_ICCLAB, "in ICCLab", 0, {}},
    {PHOTOMETRIC_ITULAB, "in ITULab", 0, {}},
    {PHOTOMETRIC_LOGL, "in LogL", 0, {}},
    {PHOTOMETRIC_LOGLUV, "in LogLuv", 0, {}},
}};

void check_compression(std::uint16_t compression) {
  const bool is_known = std::ranges::find(kCompressions, compression) != kCompressions.end();
  if (is_known && TIFFIsCODECConfigured(compression) == 1) return;
  const auto* other =
      std::ranges::find_if(kOtherCompressions, [&](const auto& named) { return named.first == compression; });
  unsupported("compressed with " + (other == kOtherCompressions.end()
                                        ? "scheme " + std::to_string(compression)
                                        : std::string(other->second)));
}

/// The color space as stored in the file. If the palette is missing, libtiff reports grayscale instead.
TiffColours colours_of(const TiffDirectory& directory) {
  const auto photometric = directory.number(TIFFTAG_PHOTOMETRIC);
  if (!photometric) unsupported("without a color space");
  const auto* colours = std::ranges::find(kColours, photometric, &TiffColours::photometric);
  if (colours == kColours.end()) unsupported("in color space " + std::to_string(*photometric));
  if (colours->samples == 0) unsupported(colours->name);
  return *colours;
}

/// libtiff skips tags that it doesn't understand, and then guesses.
void check_tags(const TiffLayout& layout, const TiffDirectory& directory) {
  for (const std::uint32_t tag :
       {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_COMPRESSION, TIFFTAG_PHOTOMETRIC, TIFFTAG_FILLORDER,
        TIFFTAG_ORIENTATION, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_ROWSPERSTRIP, TIFFTAG_PLANARCONFIG,
        TIFFTAG_PREDICTOR, TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH}) {
    if (directory.count(tag) > 1)
      throw DecodeError("corrupt: TIFF tag " + std::to_string(tag) + " has several values");
  }
  const std::uint64_t colours = directory.count(TIFFTAG_COLORMAP);
  const bool is_palette = layout.colours.photometric == PHOTOMETRIC_PALETTE;
  if ((is_palette || colours > 0) && colours != std::uint64_t{3} << static_cast<unsigned>(layout.bits)) {
    throw DecodeError("corrupt: the TIFF palette has the wrong size");
  }
  const std::uint64_t extra = directory.count(TIFFTAG_EXTRASAMPLES);
  const int samples = layout.samples - static_cast<int>(std::min<std::uint64_t>(extra, 99));
  const bool has_undeclared = extra == 0 && samples == 4 && layout.colours.photometric == PHOTOMETRIC_RGB;
  if (samples != layout.colours.samples && !has_undeclared) {
    unsupported(std::string(layout.colours.name) + " with " + std::to_string(layout.samples) +
                (layout.samples == 1 ? " sample per pixel" : " samples per pixel"));
  }
}

/// Whether the sample after the colors is alpha that they were multiplied with.
bool is_premultiplied(const Tiff& tiff, const TiffLayout& layout) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  const bool is_grey = layout.colours.photometric == PHOTOMETRIC_MINISBLACK;
  const bool is_white_0 = layout.colours.photometric == PHOTOMETRIC_MINISWHITE;
  const bool only_alpha = is_grey || layout.is_in_planes;
  const auto is_unknown = [](std::uint16_t kind) { return kind == EXTRASAMPLE_UNSPECIFIED; };
  const bool has_several = count > 1 && !std::all_of(kinds + 1, kinds + count, is_unknown);
  if (count > 0 && (has_several || is_white_0 || (only_alpha && kinds[0] != EXTRASAMPLE_UNASSALPHA))) {
    unsupported(std::string(layout.colours.name) + " with extra samples other than alpha");
  }
  if (count == 0 || kinds[0] != EXTRASAMPLE_ASSOCALPHA) return false;
  if (layout.colours.photometric != PHOTOMETRIC_RGB) {
    unsupported(std::string(layout.colours.name) + " with premultiplied alpha");
  }
  return true;
}

}  // namespace

TiffLayout layout_of(const Tiff& tiff, const TiffDirectory& directory) {
  TiffLayout layout;
  layout.size = {tiff.tag<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0),
                 tiff.tag<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0)};
  layout.compression = tiff.tag<std::uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (directory.count(TIFFTAG_COMPRESSION) == 0) unsupported("without a compression tag");
  check_compression(layout.compression);
  layout.colours = colours_of(directory);
  layout.bits = tiff.tag<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = tiff.tag<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.is_in_planes =
      layout.samples > 1 &&
      tiff.tag<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  layout.orientation = tiff.tag<std::uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  if (tiff.tag<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) != SAMPLEFORMAT_UINT) {
    unsupported("with floating-point or signed samples");
  }
  const auto& bits = layout.colours.bits;
  const bool is_deep = std::ranges::find(bits, layout.bits) != bits.end();
  if (!is_deep || layout.bits == 0 || (layout.bits < 8 && layout.samples > 1)) {
    unsupported(std::string(layout.colours.name) + " with " + std::to_string(layout.bits) + "-bit samples");
  }
  check_tags(layout, directory);
  layout.is_premultiplied = is_premultiplied(tiff, layout);
  if (layout.colours.photometric == PHOTOMETRIC_YCBCR &&
      (layout.compression != COMPRESSION_JPEG || layout.is_in_planes)) {
    unsupported("in YCbCr without interleaved JPEG compression");
  }
  return layout;
}

}  // namespace tise::image
