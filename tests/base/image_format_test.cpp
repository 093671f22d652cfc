#include "tise/base/image_format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "support/pictures.h"
#include "support/temp_folder.h"

namespace tise {
namespace {

using std::string_view_literals::operator""sv;

std::string start_of(const std::filesystem::path& path) {
  std::string start(kImageSignature, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(file.gcount()));
  return start;
}

TEST(ImageFormats, of_written_images_are_recognized) {
  const testing::TempFolder folder;
  const std::pair<const char*, ImageFormat> cases[]{
      {"a.png", ImageFormat::kPng},     {"a.jpg", ImageFormat::kJpeg},  {"a.webp", ImageFormat::kWebp},
      {"a.bmp", ImageFormat::kBmp},     {"a.tiff", ImageFormat::kTiff}, {"a.ppm", ImageFormat::kPnm},
      {"a.jp2", ImageFormat::kJpeg2000}};
  for (const auto& [name, format] : cases) {
    testing::write_picture(folder / name, 1);
    EXPECT_EQ(image_signature(start_of(folder / name)).format, format) << name;
    EXPECT_TRUE(starts_like_an_image(start_of(folder / name))) << name;
  }
}

TEST(ImageFormats, that_are_not_decoded_are_named) {
  const auto name = [](std::string_view start) {
    const ImageSignature signature = image_signature(start);
    EXPECT_EQ(signature.format, ImageFormat::kOther) << signature.name;
    return signature.name;
  };
  EXPECT_EQ(name("GIF89a"sv), "GIF");
  EXPECT_EQ(name("PF\n4 4\n-1.0\n"sv), "PFM (floats)");
  EXPECT_EQ(name("\x76\x2F\x31\x01"sv), "OpenEXR");
  EXPECT_EQ(name("\0\0\0\x0CJXL \r\n\x87\n"sv), "JPEG XL");
  EXPECT_EQ(name("\0\0\0\x20"
                 "ftypavif\0\0\0\0avifmif1"sv),
            "AVIF");
  EXPECT_EQ(name("\0\0\0\x20"
                 "ftypmif1\0\0\0\0mif1avif"sv),
            "AVIF");
  EXPECT_EQ(name("\0\0\0\x18"
                 "ftypheic\0\0\0\0mif1heic"sv),
            "HEIC");
  EXPECT_EQ(image_signature("\0\0\0\x18"
                            "ftypisom\0\0\0\0isomiso2"sv)
                .format,
            ImageFormat::kNone)
      << "a video";
  EXPECT_EQ(image_signature("MM\0+\0\x08"sv).format, ImageFormat::kTiff);
}

TEST(ImageFormats, are_not_seen_in_other_files) {
  for (const std::string_view start :
       {""sv, "P"sv, "BM"sv, "BMW is a car maker, and so on"sv, "P1 is the first of them"sv, "PF\nis short"sv,
        "\xFF\x0A"sv, "RIFF\0\0\0\0WAVEfmt "sv, "PK\x03\x04"sv, "{\"a\": 1}"sv}) {
    EXPECT_FALSE(starts_like_an_image(start)) << start;
  }
}

}  // namespace
}  // namespace tise
