#include "tise/image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string_view>

#include "image/golden.h"
#include "support/long_tests.h"
#include "tise/image/open.h"

namespace tise::image {
namespace {

using namespace std::string_view_literals;
using testing::bytes_of;
using ::testing::ElementsAre;
using testing::expected;
using ::testing::StartsWith;

std::string complaint_about(const std::vector<std::uint8_t>& bytes) {
  try {
    decode(bytes);
    return "";
  } catch (const DecodeError& error) {
    return error.what();
  }
}

std::string complaint_about(std::string_view text) {
  return complaint_about(std::vector<std::uint8_t>(text.begin(), text.end()));
}

/// The first `kept` bytes of a file.
std::vector<std::uint8_t> cut(const std::string& name, std::size_t kept) {
  std::vector<std::uint8_t> bytes = bytes_of("decode/" + name);
  bytes.resize(kept);
  return bytes;
}

TEST(Decode, every_kind_of_file_gives_pillows_pixels) {
  for (const nlohmann::json& file : expected("decode")) {
    const std::string name = file.at("file");
    Pixels pixels;
    try {
      pixels = decode(bytes_of("decode/" + name));
    } catch (const DecodeError& error) {
      ADD_FAILURE() << name << ": " << error.what();
      continue;
    }
    EXPECT_EQ(pixels.width, file.at("width")) << name;
    EXPECT_EQ(pixels.height, file.at("height")) << name;
    EXPECT_EQ(sha256_hex(pixels.rgb.data(), pixels.rgb.size()), file.at("sha256")) << name;
  }
}

TEST(Decode, red_comes_first) {
  const std::vector<std::uint8_t> red = {'P', '6', '\n', '1',  ' ', '1', '\n',
                                         '2', '5', '5',  '\n', 200, 100, 50};
  EXPECT_THAT(decode(red).rgb, ElementsAre(200, 100, 50));
}

TEST(Decode, a_pixmap_whose_pixels_look_like_another_format_is_a_pixmap) {
  std::string text = "P6\n16 16\n255\n" + std::string(3 * 16 * 16, 'x');
  text.replace(128, 4, "DICM");
  EXPECT_EQ(complaint_about(text), "");
}

TEST(BadImage, half_a_file_is_an_error_in_every_format) {
  for (const nlohmann::json& file : expected("decode")) {
    const std::string name = file.at("file");
    EXPECT_NE(complaint_about(cut(name, bytes_of("decode/" + name).size() / 2)), "") << name;
  }
}

TEST(BadImage, a_truncated_file_is_reported_with_its_size) {
  for (const char* name : {"grey.jpg", "progressive.jpg", "restarts.jpg", "lossless.webp", "colour.bmp",
                           "colour.tif", "colour.png", "interlaced.png"}) {
    EXPECT_EQ(complaint_about(cut(name, 900)), "truncated after 900 bytes") << name;
  }
  EXPECT_EQ(complaint_about(cut("colour.png", 3700)), "truncated after 3 kB");
}

TEST(BadImage, the_last_byte_of_a_jpeg_or_a_png_counts) {
  for (const char* name : {"grey.jpg", "progressive.jpg", "colour.png"}) {
    const std::size_t size = bytes_of(std::string("decode/") + name).size();
    EXPECT_THAT(complaint_about(cut(name, size - 1)), StartsWith("truncated after")) << name;
  }
}

TEST(BadImage, an_empty_file_and_one_that_is_not_an_image_are_told_apart) {
  EXPECT_EQ(complaint_about(""sv), "empty file");
  EXPECT_EQ(complaint_about("<html><body>404"sv), "not an image (starts with \"<html><body>…\")");
  EXPECT_EQ(complaint_about("\x01\x02!"sv), "not an image (starts with \"..!\")");
}

TEST(BadImage, a_header_that_claims_too_much_is_refused_before_anything_is_allocated) {
  std::vector<std::uint8_t> jpeg = bytes_of("decode/grey.jpg");
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin("\xFF\xC0"), std::begin("\xFF\xC0") + 2,
                                 [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  ASSERT_NE(frame, jpeg.end());
  std::copy_n("\xFD\xE8\xFD\xE8", 4, frame + 5);
  EXPECT_EQ(complaint_about(jpeg),
            "the header claims 65000 x 65000 pixels, more than --max-pixels 268435456");
  std::copy_n("\0\0\0\1", 4, frame + 5);
  EXPECT_EQ(complaint_about(jpeg), "the header claims 1 x 0 pixels");
}

TEST(BadImage, each_header_is_read) {
  const auto bmp = "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xE8\xFD\0\0\xE8\xFD\0\0\1\0\x18\0\0\0\0\0"sv;
  EXPECT_THAT(complaint_about(bmp), StartsWith("the header claims 65000 x 65000"));
  const auto webp = "RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\xE7\xFD\0\xE7\xFD\0"sv;
  EXPECT_THAT(complaint_about(webp), StartsWith("the header claims 65000 x 65000"));
  const auto lossless = "RIFF\x1A\0\0\0WEBPVP8L\x0E\0\0\0\x2F\xFF\xFF\xFF\x0F\0\0\0\0\0\0\0\0\0"sv;
  EXPECT_EQ(complaint_about(lossless), "corrupt: cannot be decoded");  // 16384 x 16384 is still allowed
}

TEST(BadImage, a_png_with_a_wrong_checksum_is_corrupt) {
  std::vector<std::uint8_t> png = bytes_of("decode/colour.png");
  png[png.size() / 2] ^= 1;
  EXPECT_EQ(complaint_about(png), "corrupt: wrong checksum in PNG chunk IDAT");
}

TEST(BadImage, files_that_would_decode_differently_from_pillow_are_refused) {
  EXPECT_EQ(complaint_about("GIF89a"sv), "GIF is not supported; convert it to PNG");
  EXPECT_EQ(complaint_about("RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\2\0\0\0\1\0\0\1\0\0"sv),
            "corrupt: an animated WebP without frames");
}

TEST(BadImage, of_a_known_format_is_refused_by_name) {
  const std::vector<std::pair<std::string_view, const char*>> kinds{
      {"\0\0\0\x1C"
       "ftypavif\0\0\0\0"sv,
       "AVIF"},
      {"\0\0\0\x18"
       "ftypheic\0\0\0\0"sv,
       "HEIC"},
      {"\xFF\x0A\0\0"sv, "JPEG XL"},
      {"\0\0\0\x0CJXL \r\n\x87\n"sv, "JPEG XL"},
      {"PF\n2 2\n-1.0\n"sv, "PFM (floats)"},
      {"P7\nWIDTH 2\n"sv, "PAM"},
      {"#?RADIANCE\n"sv, "Radiance HDR"},
      {"\x76\x2F\x31\x01\2\0\0\0"sv, "OpenEXR"},
      {"\x59\xA6\x6A\x95\0\0\0\1"sv, "Sun raster"}};
  for (const auto& [start, name] : kinds)
    EXPECT_EQ(complaint_about(start), std::string(name) + " is not supported; convert it to PNG");
}

TEST(BadImage, a_jpeg_of_an_unsupported_process_is_refused_by_name) {
  std::vector<std::uint8_t> jpeg = bytes_of("decode/grey.jpg");
  constexpr std::array<std::uint8_t, 2> kFrame{0xFF, 0xC0};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), kFrame.begin(), kFrame.end());
  ASSERT_NE(frame, jpeg.end());
  *(frame + 4) = 12;
  EXPECT_EQ(complaint_about(jpeg), "a JPEG with 12 bits per sample is not supported; convert it to PNG");
  *(frame + 1) = 0xC3;
  EXPECT_EQ(complaint_about(jpeg), "a lossless JPEG is not supported; convert it to PNG");
}

TEST(BadImage, a_bitmap_that_opencv_reads_wrong_is_refused) {
  const auto bitmap = [](char bits, char compression, std::string_view red) {
    std::string bytes("BM\0\0\0\0\0\0\0\0\x42\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0"sv);
    bytes += std::string{bits, 0, compression, 0, 0, 0};
    bytes += std::string(20, '\0');
    return bytes + std::string(red) + std::string("\0\xFF\0\0"sv) + std::string("\xFF\0\0\0"sv) + "abcd";
  };
  EXPECT_EQ(complaint_about(bitmap(32, 3, "\0\0\xFF\0"sv)), "");
  EXPECT_EQ(
      complaint_about(bitmap(32, 3, "\xFF\0\0\0"sv)),
      "a BMP with bit fields in an order other than blue, green, red is not supported; convert it to PNG");
  EXPECT_EQ(complaint_about(bitmap(16, 0, "\0\0\xFF\0"sv)),
            "a BMP with 16 bits per pixel is not supported; convert it to PNG");
  EXPECT_EQ(complaint_about(bitmap(32, 5, "\0\0\xFF\0"sv)),
            "a BMP with compression 5 is not supported; convert it to PNG");
}

TEST(BadImage, a_pixmap_with_another_maximum_is_refused) {
  EXPECT_EQ(complaint_about("P6 1 1 65535 abcdef"sv),
            "a PNM with maximum value 65535 is not supported, only 255; convert it to PNG");
  EXPECT_EQ(complaint_about("P6\n# 2 by 1\n2 1\n255\nabcde"sv), "truncated after 25 bytes");
}

TEST(BadImage, has_more_pixels_than_allowed) {
  const auto bytes = bytes_of("decode/colour.png");
  const Pixels pixels = decode(bytes);
  const std::int64_t count = std::int64_t{pixels.width} * pixels.height;
  EXPECT_NO_THROW(decode(bytes, count));
  EXPECT_THROW(decode(bytes, count - 1), DecodeError);
  EXPECT_THROW(look_over(bytes, {.max_pixels = count - 1}), DecodeError);
}

/// Damages files at random.
class Damaged {
 public:
  explicit Damaged(unsigned seed) : random_(seed) {}

  std::vector<std::uint8_t> operator()(std::vector<std::uint8_t> bytes) {
    for (std::size_t wounds = 1 + below(3); wounds > 0 && !bytes.empty(); --wounds) wound(bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  /// Half of the time within the headers.
  std::size_t place(const std::vector<std::uint8_t>& bytes) {
    return below(2) == 0 ? below(std::min<std::size_t>(bytes.size(), 64)) : below(bytes.size());
  }
  void wound(std::vector<std::uint8_t>& bytes) {
    const std::size_t at = place(bytes);
    const std::size_t length = std::min(1 + below(16), bytes.size() - at);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    switch (below(7)) {
      case 0:
        *begin ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        *begin = static_cast<std::uint8_t>(below(256));
        break;
      case 2:
        std::fill(begin, end, std::uint8_t{0xFF});
        break;
      case 3:
        std::fill(begin, end, std::uint8_t{0});
        break;
      case 4:
        bytes.erase(begin, end);
        break;
      case 5: {
        const std::vector<std::uint8_t> copy(begin, end);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())), copy.begin(),
                     copy.end());
        break;
      }
      default:
        bytes.resize(at);
    }
  }
  std::mt19937 random_;
};

TEST(DamagedImages, are_errors_or_pictures) {
  const int each = tise::testing::times(12, 2000);
  std::size_t pictures = 0;
  std::size_t errors = 0;
  for (const nlohmann::json& file : expected("decode")) {
    const std::vector<std::uint8_t> whole = bytes_of("decode/" + file.at("file").get<std::string>());
    Damaged damaged(static_cast<unsigned>(whole.size()));
    for (int i = 0; i < each; ++i) {
      try {
        const Pixels pixels = decode(damaged(whole), 1 << 24);
        EXPECT_EQ(pixels.rgb.size(), 3U * static_cast<std::size_t>(pixels.width * pixels.height));
        ++pictures;
      } catch (const DecodeError&) {
        ++errors;
      }
    }
  }
  std::cout << "[ damaged  ] " << errors << " files were errors, " << pictures << " pictures\n";
  EXPECT_GT(errors, pictures);
}

TEST(BadImage, neither_a_flipped_byte_nor_a_cut_crashes_the_decoder) {
  for (const nlohmann::json& file : expected("decode")) {
    const std::vector<std::uint8_t> whole = bytes_of("decode/" + file.at("file").get<std::string>());
    for (std::size_t at = 0; at < std::min<std::size_t>(whole.size(), 120); at += 3) {
      std::vector<std::uint8_t> bytes = whole;
      bytes[at] ^= 0xFF;
      complaint_about(bytes);
      bytes.resize(at);
      EXPECT_NE(complaint_about(bytes), "");
    }
  }
}

}  // namespace
}  // namespace tise::image
