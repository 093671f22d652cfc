// Images in the array arr_0 of an .npz, as guided-diffusion's samplers write it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "data/files.h"
#include "support/arrays.h"
#include "support/pictures.h"
#include "tise/data/images.h"
#include "tise/image/decode.h"

namespace tise::data {
namespace {

using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tise::testing::image_rows;
using tise::testing::npy;
using tise::testing::TempFolder;
using tise::testing::write_npz;
namespace fs = std::filesystem;

class ImageArrays : public ::testing::TestWithParam<bool> {
 protected:
  fs::path write(const std::vector<tise::testing::NamedArray>& arrays) const {
    write_npz(folder_ / "set.npz", arrays, GetParam());
    return folder_ / "set.npz";
  }
  std::string refusal(const std::string& content) const {
    const fs::path path = write({{"arr_0", content}});
    return complaint([&] { list_images(path, "images"); });
  }
  const TempFolder folder_;
};

TEST_P(ImageArrays, hold_an_image_per_row_named_by_its_number) {
  const std::string rows = image_rows(12, 3, 2);
  const auto images =
      list_images(write({{"arr_1", npy("<i8", "(0,)", "")}, {"arr_0", npy("|u1", "(12, 3, 2, 3)", rows)}}),
                  "images")
          .images;
  ASSERT_EQ(images.size(), 12U);
  EXPECT_EQ(images.front().name, "00");
  EXPECT_EQ(images.back().name, "11");
  EXPECT_EQ(images.back().path, (folder_ / "set.npz/11").string());
  for (const std::size_t i : {5U, 0U, 11U, 3U}) {
    const image::Pixels pixels = image::decode(read_image(images[i], "image"));
    EXPECT_EQ(pixels.width, 2);
    EXPECT_EQ(pixels.height, 3);
    EXPECT_EQ(std::string(pixels.rgb.begin(), pixels.rgb.end()), rows.substr(18 * i, 18)) << i;
  }
}

TEST_P(ImageArrays, are_read_by_several_threads_in_any_order) {
  constexpr std::size_t kCount = 400;
  const std::string rows = image_rows(kCount, 2, 2);
  const auto images = list_images(write({{"arr_0", npy("|u1", "(400, 2, 2, 3)", rows)}}), "images").images;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < kCount; i = next++) {
          const image::Pixels pixels = image::decode(read_image(images[i], "image"));
          if (std::string(pixels.rgb.begin(), pixels.rgb.end()) != rows.substr(12 * i, 12)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0U);
}

TEST_P(ImageArrays, of_anything_but_color_images_are_refused) {
  const std::string pixels = image_rows(2, 4, 4);
  const std::string said = "; images must be uint8 [N, H, W, 3], the format of guided-diffusion's samplers";
  EXPECT_EQ(refusal(npy("<f4", "(1, 2, 4, 3)", pixels)),
            "images set.npz: \"arr_0\" is float32 [1, 2, 4, 3]" + said);
  EXPECT_EQ(refusal(npy("|u1", "(2, 3, 4, 4)", pixels)),
            "images set.npz: \"arr_0\" is uint8 [2, 3, 4, 4]" + said);
  EXPECT_EQ(refusal(npy("|u1", "(96,)", pixels)), "images set.npz: \"arr_0\" is uint8 [96]" + said);
  EXPECT_EQ(refusal(npy("|u1", "(0, 4, 4, 3)", "")),
            "images set.npz: \"arr_0\" is uint8 [0, 4, 4, 3], which has no pixels");
  EXPECT_THAT(refusal(npy("|u1", "(2, 4, 4, 3)", pixels, true)), HasSubstr("in Fortran order"));
  EXPECT_THAT(refusal(npy("|u1", "(99999999, 9, 4, 3)", "")), HasSubstr("which is too large"));
  EXPECT_THAT(refusal("no array"), HasSubstr("\"arr_0\": not a numpy array"));
}

TEST_P(ImageArrays, that_are_missing_are_refused_with_the_names_of_the_others) {
  const fs::path path = write({{"mu", npy("<f8", "(0,)", "")}, {"sigma", npy("<f8", "(0, 0)", "")}});
  EXPECT_EQ(complaint([&] { list_images(path, "images"); }),
            "images set.npz: has no image array \"arr_0\"; its arrays: mu, sigma");
}

TEST_P(ImageArrays, that_are_cut_off_are_refused_before_anything_is_read) {
  EXPECT_EQ(refusal(npy("|u1", "(3, 4, 4, 3)", image_rows(2, 4, 4))),
            "images set.npz: \"arr_0\" is uint8 [3, 4, 4, 3], but truncated: it has 96 of 144 bytes");
}

TEST_P(ImageArrays, give_any_row_no_matter_how_many_are_skipped) {
  constexpr std::size_t kCount = 700;
  const std::string rows = image_rows(kCount, 2, 2);
  const auto images = list_images(write({{"arr_0", npy("|u1", "(700, 2, 2, 3)", rows)}}), "images").images;
  for (const std::size_t i : {600U, 3U, 699U, 0U, 299U}) {
    const image::Pixels pixels = image::decode(read_image(images[i], "image"));
    EXPECT_EQ(std::string(pixels.rgb.begin(), pixels.rgb.end()), rows.substr(12 * i, 12)) << i;
  }
}

TEST_P(ImageArrays, with_more_data_than_rows_are_refused_at_the_last_row) {
  const auto images =
      list_images(write({{"arr_0", npy("|u1", "(2, 4, 4, 3)", image_rows(3, 4, 4))}}), "images").images;
  EXPECT_NO_THROW(read_image(images[0], "image"));
  EXPECT_THAT(complaint([&] { read_image(images[1], "image"); }),
              HasSubstr("more data than its header states"));
}

TEST_P(ImageArrays, of_one_name_twice_are_refused) {
  const std::string array = npy("|u1", "(2, 4, 4, 3)", image_rows(2, 4, 4));
  const fs::path path = write({{"arr_0", array}, {"arr_0", array}});
  EXPECT_EQ(complaint([&] { list_images(path, "images"); }), "images set.npz: has \"arr_0\" twice");
}

TEST_P(ImageArrays, of_larger_images_than_are_allowed_are_refused) {
  const auto images =
      list_images(write({{"arr_0", npy("|u1", "(2, 4, 4, 3)", image_rows(2, 4, 4))}}), "images").images;
  EXPECT_THAT(complaint([&] { read_image(images[0], "image", 20); }), HasSubstr("larger than 20 bytes"));
}

INSTANTIATE_TEST_SUITE_P(StoredAndDeflated, ImageArrays, ::testing::Bool(),
                         [](const auto& deflates) { return deflates.param ? "deflated" : "stored"; });

TEST(ImageArray, whose_bytes_have_changed_is_refused_by_its_checksum) {
  const TempFolder folder;
  const std::string rows = image_rows(2, 4, 4);
  write_npz(folder / "set.npz", {{"arr_0", npy("|u1", "(2, 4, 4, 3)", rows)}});
  std::fstream file(folder / "set.npz", std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  file.seekp(static_cast<std::streamoff>(bytes.find(rows)) + 5);
  file.put('!').flush();
  const auto images = list_images(folder / "set.npz", "images").images;
  read_image(images[0], "image");
  EXPECT_THAT(complaint([&] { read_image(images[1], "image"); }), HasSubstr("truncated or damaged"));
}

TEST(ImageArray, that_is_not_a_zip_is_refused) {
  const TempFolder folder;
  tise::testing::write_file(folder / "set.npz", "not a zip");
  EXPECT_THAT(complaint([&] { list_images(folder / "set.npz", "images"); }),
              HasSubstr("damaged, or not an .npz"));
}

}  // namespace
}  // namespace tise::data
