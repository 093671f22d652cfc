#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <numeric>
#include <optional>

#include "tise/image/decode.h"

namespace tise::image {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using Numbers = std::vector<std::uint32_t>;
using Pixel = std::vector<std::uint8_t>;

enum Tag : std::uint16_t {
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kCompression = 259,
  kColours = 262,
  kOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kRows = 278,
  kSizes = 279,
  kPlanes = 284,
  kPalette = 320,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileSizes = 325,
  kExtra = 338,
  kSampleFormat = 339,
};
enum Colour : std::uint32_t { kWhite = 0, kGrey = 1, kRgb = 2, kIndexed = 3, kCmyk = 5, kLab = 8 };

/// A little-endian TIFF or BigTIFF with these strips or tiles.
class File {
 public:
  File(std::uint32_t width, std::uint32_t height, Colour colours, std::vector<std::uint8_t> part) {
    tags = {{kWidth, {width}},     {kHeight, {height}}, {kBits, {8}},     {kCompression, {1}},
            {kColours, {colours}}, {kSamples, {1}},     {kRows, {height}}};
    parts = {std::move(part)};
  }
  File& with(Tag tag, Numbers values) {
    tags[tag] = std::move(values);
    return *this;
  }
  File& without(Tag tag) {
    tags.erase(tag);
    return *this;
  }

  std::vector<std::uint8_t> bytes() const {
    const bool is_tiled = tags.contains(kTileWidth);
    auto all = tags;
    std::uint32_t at = is_big ? 16 : 8;
    for (const auto& part : parts) {
      all[is_tiled ? kTileOffsets : kOffsets].push_back(at);
      all[is_tiled ? kTileSizes : kSizes].push_back(static_cast<std::uint32_t>(part.size()));
      at += static_cast<std::uint32_t>(part.size());
    }
    std::vector<std::uint8_t> file{'I', 'I'};
    put(file, is_big ? 43 : 42, 2);
    if (is_big) put(file, 8, 4);
    const std::size_t start = file.size();
    put(file, 0, is_big ? 8 : 4);
    for (const auto& part : parts) file.insert(file.end(), part.begin(), part.end());
    std::map<std::uint16_t, std::size_t> outside;
    for (const auto& [tag, values] : all) {
      if (values.size() * 4 <= inside()) continue;
      outside[tag] = file.size();
      for (const std::uint32_t value : values) put(file, value, 4);
    }
    const std::size_t directory = file.size();
    for (std::size_t i = 0; i < 4; ++i) file[start + i] = static_cast<std::uint8_t>(directory >> 8 * i);
    put(file, all.size() + (repeats ? 1 : 0), is_big ? 8 : 2);
    for (const auto& [tag, values] : all) {
      const int times = repeats == tag ? 2 : 1;
      for (int i = 0; i < times; ++i) put_entry(file, tag, values, outside);
    }
    put(file, 0, is_big ? 8 : 4);
    return file;
  }

  std::map<std::uint16_t, Numbers> tags;
  std::vector<std::vector<std::uint8_t>> parts;
  bool is_big = false;
  std::optional<Tag> repeats;

 private:
  std::size_t inside() const { return is_big ? 8 : 4; }
  static void put(std::vector<std::uint8_t>& file, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
  void put_entry(std::vector<std::uint8_t>& file, std::uint16_t tag, const Numbers& values,
                 const std::map<std::uint16_t, std::size_t>& outside) const {
    // Offsets, sizes and lists are longs, everything else shorts.
    const bool is_long = values.size() > 1 || tag == kOffsets || tag == kSizes;
    put(file, tag, 2);
    put(file, is_long ? 4 : 3, 2);
    put(file, values.size(), static_cast<int>(inside()));
    const std::size_t end = file.size() + inside();
    if (outside.contains(tag)) {
      put(file, outside.at(tag), static_cast<int>(inside()));
    } else {
      for (const std::uint32_t value : values) put(file, value, is_long ? 4 : 2);
    }
    file.resize(end);
  }
};

std::vector<std::uint8_t> deflated(const std::vector<std::uint8_t>& bytes) {
  uLongf size = compressBound(bytes.size());
  std::vector<std::uint8_t> packed(size);
  compress(packed.data(), &size, bytes.data(), bytes.size());
  packed.resize(size);
  return packed;
}

Pixel pixels_of(const File& file) { return decode(file.bytes()).rgb; }

std::string refusal_of(const std::vector<std::uint8_t>& bytes) {
  try {
    decode(bytes);
    return "";
  } catch (const DecodeError& error) {
    return error.what();
  }
}

std::string refusal_of(const File& file) { return refusal_of(file.bytes()); }

File two_by_two(Colour colours, std::uint32_t samples, std::vector<std::uint8_t> part) {
  return File(2, 2, colours, std::move(part)).with(kSamples, {samples}).with(kBits, Numbers(samples, 8));
}

const Pixel kRgbPixels{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};

File rgb() { return two_by_two(kRgb, 3, kRgbPixels); }

TEST(Tiff, is_read_with_strips_tiles_planes_and_as_big_tiff) {
  EXPECT_EQ(pixels_of(rgb()), kRgbPixels);
  File strips = rgb().with(kRows, {1});
  strips.parts = {{10, 20, 30, 40, 50, 60}, {70, 80, 90, 100, 110, 120}};
  EXPECT_EQ(pixels_of(strips), kRgbPixels);
  File planes = rgb().with(kPlanes, {2});
  planes.parts = {{10, 40, 70, 100}, {20, 50, 80, 110}, {30, 60, 90, 120}};
  EXPECT_EQ(pixels_of(planes), kRgbPixels);
  File big = rgb();
  big.is_big = true;
  EXPECT_EQ(pixels_of(big), kRgbPixels);
  File tile = two_by_two(kGrey, 1, std::vector<std::uint8_t>(256)).without(kRows);
  tile.with(kTileWidth, {16}).with(kTileHeight, {16});
  for (const std::size_t at : {0, 1, 16, 17}) tile.parts[0][at] = 99;
  EXPECT_EQ(pixels_of(tile), Pixel(12, 99));
}

TEST(Tiff, has_its_alpha_dropped_and_premultiplied_alpha_divided_out) {
  const std::vector<std::uint8_t> samples{10, 20, 30, 0, 40, 50, 60, 255, 70, 80, 90, 128, 100, 110, 120, 60};
  File file = two_by_two(kRgb, 4, samples);
  EXPECT_EQ(pixels_of(file.with(kExtra, {2})), kRgbPixels);
  EXPECT_EQ(pixels_of(file.with(kExtra, {0})), kRgbPixels);
  EXPECT_EQ(pixels_of(file.without(kExtra)), kRgbPixels);
  file.is_big = true;
  EXPECT_EQ(pixels_of(file.with(kExtra, {2})), kRgbPixels);
  EXPECT_THAT(pixels_of(file.with(kExtra, {1})),
              ElementsAreArray({0, 0, 0, 40, 50, 60, 139, 159, 179, 255, 255, 255}));
}

TEST(Tiff, of_every_color_space_is_rgb) {
  EXPECT_THAT(pixels_of(two_by_two(kGrey, 1, {1, 2, 3, 4})),
              ElementsAreArray({1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}));
  EXPECT_THAT(pixels_of(two_by_two(kWhite, 1, {1, 2, 3, 4})),
              ElementsAreArray({254, 254, 254, 253, 253, 253, 252, 252, 252, 251, 251, 251}));
  const File few = File(4, 1, kGrey, {0x1B}).with(kBits, {2});
  EXPECT_THAT(pixels_of(few), ElementsAreArray({0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255}));
  EXPECT_THAT(pixels_of(File(2, 1, kIndexed, {0x40})
                            .with(kBits, {1})
                            .with(kPalette, {0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000})),
              ElementsAreArray({0x10, 0x30, 0x50, 0x20, 0x40, 0x60}));
  EXPECT_THAT(pixels_of(File(1, 1, kCmyk, {0, 255, 128, 0}).with(kSamples, {4}).with(kBits, {8, 8, 8, 8})),
              ElementsAreArray({255, 0, 127}));
  EXPECT_THAT(
      pixels_of(File(1, 1, kRgb, {1, 10, 2, 20, 3, 30}).with(kSamples, {3}).with(kBits, {16, 16, 16})),
      ElementsAreArray({10, 20, 30}));
}

TEST(Tiff, is_turned_according_to_its_orientation) {
  const auto turned = [](std::uint32_t orientation) {
    const Pixels pixels = decode(File(3, 1, kGrey, {1, 2, 3}).with(kOrientation, {orientation}).bytes());
    Pixel seen;
    for (std::size_t i = 0; i < pixels.rgb.size(); i += 3) seen.push_back(pixels.rgb[i]);
    return std::pair(pixels.height, seen);
  };
  EXPECT_EQ(turned(1), std::pair(1, Pixel({1, 2, 3})));
  EXPECT_EQ(turned(2), std::pair(1, Pixel({3, 2, 1})));
  EXPECT_EQ(turned(3), std::pair(1, Pixel({3, 2, 1})));
  EXPECT_EQ(turned(4), std::pair(1, Pixel({1, 2, 3})));
  EXPECT_EQ(turned(6), std::pair(3, Pixel({1, 2, 3})));
  EXPECT_EQ(turned(8), std::pair(3, Pixel({3, 2, 1})));
}

TEST(Tiff, of_an_unsupported_kind_is_refused_by_name) {
  EXPECT_EQ(refusal_of(rgb().with(kCompression, {34712})),
            "a TIFF compressed with JPEG 2000 is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(rgb().with(kCompression, {50002})),
            "a TIFF compressed with JPEG XL is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(rgb().with(kCompression, {34933})),
            "a TIFF compressed with PNG is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(rgb().with(kCompression, {999})),
            "a TIFF compressed with scheme 999 is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(two_by_two(kLab, 3, kRgbPixels)),
            "a TIFF in CIELab is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(rgb().with(kSampleFormat, {2, 2, 2})),
            "a TIFF with floating-point or signed samples is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(File(2, 1, kGrey, std::vector<std::uint8_t>(8)).with(kBits, {32})),
            "a TIFF in grayscale with 32-bit samples is not supported; convert it to PNG");
  EXPECT_EQ(refusal_of(two_by_two(kGrey, 2, std::vector<std::uint8_t>(8))),
            "a TIFF in grayscale with 2 samples per pixel is not supported; convert it to PNG");
  Numbers bytes(768);
  std::iota(bytes.begin(), bytes.end(), 0);
  for (std::uint32_t& value : bytes) value %= 256;
  EXPECT_EQ(refusal_of(two_by_two(kIndexed, 1, {1, 2, 3, 4}).with(kPalette, bytes)),
            "a TIFF with 8-bit palette entries is not supported; convert it to PNG");
}

TEST(Tiff, with_damaged_compressed_data_is_corrupt) {
  File file = rgb().with(kCompression, {8});
  file.parts = {deflated(kRgbPixels)};
  ASSERT_EQ(pixels_of(file), kRgbPixels);
  for (std::size_t at = 0; at < file.parts[0].size(); ++at) {  // the checksum at the end catches every change
    File damaged = file;
    damaged.parts[0][at] ^= 0x55;
    EXPECT_NE(refusal_of(damaged), "") << at;
  }
  File lzw = rgb().with(kCompression, {5});
  lzw.parts = {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
  EXPECT_EQ(refusal_of(lzw), "corrupt: cannot be decoded");
}

TEST(Tiff, with_tags_that_contradict_its_data_is_corrupt) {
  EXPECT_EQ(refusal_of(rgb().with(kRows, {1})), "corrupt: TIFF strips or tiles are missing");
  File twice = rgb();
  twice.repeats = kSamples;
  EXPECT_EQ(refusal_of(twice), "corrupt: TIFF tag 277 appears twice");
  EXPECT_EQ(refusal_of(two_by_two(kIndexed, 1, {1, 2, 3, 4})),
            "corrupt: the TIFF palette has the wrong size");
  EXPECT_EQ(refusal_of(rgb().with(kOrientation, {1, 1})), "corrupt: TIFF tag 274 has several values");
  EXPECT_NE(refusal_of(rgb().without(kSamples)), "");
  EXPECT_NE(refusal_of(rgb().without(kColours)), "");
  EXPECT_NE(refusal_of(rgb().without(kCompression)), "");
}

TEST(Tiff, has_its_pixels_counted_before_decoding) {
  File file = File(30000, 30000, kGrey, deflated({0})).with(kCompression, {8});
  EXPECT_THAT(refusal_of(file), HasSubstr("30000 x 30000 pixels, more than"));
  file.is_big = true;
  EXPECT_THAT(refusal_of(file), HasSubstr("30000 x 30000 pixels, more than"));
}

}  // namespace
}  // namespace tise::image
