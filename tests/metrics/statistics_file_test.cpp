#include "tise/metrics/statistics_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "metrics/samples_of.h"
#include "support/archives.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/zip.h"

namespace tise::metrics {
namespace {

using testing::TempFolder;

Statistics some_statistics() {
  MomentsAccumulator accumulator;
  accumulator.add(testing::golden_rows(1, 30, 5));
  return {.images = {accumulator.moments(), "abc123", "tf1-bilinear ± ünïcode", "a set"},
          .objects = {},
          .path = ""};
}

std::string why(const std::filesystem::path& path) {
  try {
    read_statistics(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "read without complaint";
}

std::filesystem::path foreign(const std::string& name) {
  return std::filesystem::path(TISE_TEST_DATA) / "metrics/npz" / name;
}

TEST(StatisticsFile, reads_back_what_was_written) {
  const TempFolder folder;
  const Statistics written = some_statistics();
  write_statistics(folder / "real.npz", written);
  const Statistics read = read_statistics(folder / "real.npz");
  EXPECT_TRUE(read.images.moments.mean.equal(written.images.moments.mean));
  EXPECT_TRUE(read.images.moments.covariance.allclose(written.images.moments.covariance, 0, 1e-15));
  EXPECT_EQ(read.images.moments.count, 30);
  EXPECT_EQ(read.images.model_sha256, written.images.model_sha256);
  EXPECT_EQ(read.images.preparation, written.images.preparation);
  EXPECT_TRUE(holds_statistics(folder / "real.npz"));
}

TEST(StatisticsFile, reads_back_objects_beside_images) {
  const TempFolder folder;
  Statistics written = some_statistics();
  MomentsAccumulator accumulator;
  accumulator.add(testing::golden_rows(2, 40, 3));
  written.objects = FeatureStatistics{accumulator.moments(), "def456", "crops at 0.5", "a set"};
  write_statistics(folder / "real.npz", written);
  const Statistics read = read_statistics(folder / "real.npz");
  ASSERT_TRUE(read.objects.has_value());
  EXPECT_TRUE(read.objects->moments.mean.equal(written.objects->moments.mean));
  EXPECT_EQ(read.objects->moments.count, 40);
  EXPECT_EQ(read.objects->model_sha256, "def456");
  EXPECT_EQ(read.objects->preparation, "crops at 0.5");
  EXPECT_EQ(read.objects->set, "a set");
  EXPECT_EQ(read.images.moments.count, 30);
}

TEST(StatisticsFile, has_the_images_that_were_skipped) {
  const TempFolder folder;
  Statistics written = some_statistics();
  written.images.skipped = {"a.png: empty", "é.png: not an image"};
  write_statistics(folder / "real.npz", written);
  EXPECT_EQ(read_statistics(folder / "real.npz").images.skipped, written.images.skipped);
}

TEST(StatisticsFile, is_the_same_bytes_for_the_same_statistics) {
  const TempFolder folder;
  write_statistics(folder / "a.npz", some_statistics());
  write_statistics(folder / "b.npz", some_statistics());
  EXPECT_EQ(read_bytes(folder / "a.npz", "a"), read_bytes(folder / "b.npz", "b"));
}

TEST(StatisticsFile, reads_numpys_compressed_and_stored_arrays_of_any_layout) {
  // make_npz.py: sigma = [[2, .5], [.5, 1]], mu = [1, 2]
  for (const char* name :
       {"compressed.npz", "stored_float32.npz", "big_endian_fortran.npz", "foreign_count.npz",
        "headers_2_and_3.npz", "spaced_header.npz", "zip64.npz", "streamed.npz"}) {
    const Statistics statistics = read_statistics(foreign(name));
    EXPECT_TRUE(statistics.images.moments.mean.equal(torch::tensor({1.0, 2.0}, at::kDouble))) << name;
    EXPECT_TRUE(
        statistics.images.moments.covariance.equal(torch::tensor({{2.0, 0.5}, {0.5, 1.0}}, at::kDouble)))
        << name;
    EXPECT_EQ(statistics.images.moments.count, 0) << name;
    EXPECT_FALSE(statistics.images.model_sha256) << name;
  }
}

TEST(StatisticsFile, reads_ours_as_numpy_saves_them_again) {
  for (const char* name : {"ours_sorted.npz", "ours_reversed.npz", "ours_lists_of_one.npz",
                           "ours_small_count.npz", "ours_big_endian.npz"}) {
    const Statistics statistics = read_statistics(foreign(name));
    EXPECT_TRUE(statistics.images.moments.mean.equal(torch::tensor({1.0, 2.0}, at::kDouble))) << name;
    EXPECT_EQ(statistics.images.moments.count, 30) << name;
    EXPECT_EQ(statistics.images.model_sha256, "abc123") << name;
    EXPECT_EQ(statistics.images.preparation, "{}") << name;
    EXPECT_EQ(statistics.images.set, "a set") << name;
  }
}

TEST(StatisticsFile, is_read_whatever_the_order_of_its_arrays) {
  const TempFolder folder;
  Statistics written = some_statistics();
  MomentsAccumulator accumulator;
  accumulator.add(testing::golden_rows(2, 40, 3));
  written.objects = FeatureStatistics{accumulator.moments(), "def456", "crops at 0.5", "a set"};
  write_statistics(folder / "real.npz", written);
  std::vector<testing::ArchiveEntry> arrays;
  visit_zip(folder / "real.npz", "statistics",
            [&](const auto& name, std::int64_t size, const ByteSource& bytes) {
              std::string content(static_cast<std::size_t>(size), '\0');
              EXPECT_EQ(bytes(content.data(), content.size()), content.size());
              arrays.push_back({name, content});
            });
  ASSERT_EQ(arrays.size(), 13U);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    std::rotate(arrays.begin(), arrays.begin() + 1, arrays.end());
    testing::write_archive(folder / "again.zip", arrays);
    const Statistics read = read_statistics(folder / "again.zip");
    EXPECT_EQ(read.images.moments.count, 30) << arrays.front().name;
    EXPECT_EQ(read.images.preparation, written.images.preparation) << arrays.front().name;
    ASSERT_TRUE(read.objects) << arrays.front().name;
    EXPECT_EQ(read.objects->moments.count, 40) << arrays.front().name;
  }
}

TEST(StatisticsFile, says_what_is_wrong_with_a_file) {
  EXPECT_EQ(why("/nowhere/real.npz"), "real statistics /nowhere/real.npz: no such file");
  EXPECT_THAT(why(foreign("no_mu.npz")), ::testing::HasSubstr("no_mu.npz: no array \"mu\""));
  EXPECT_THAT(why(foreign("wrong_shape.npz")),
              ::testing::HasSubstr("\"sigma\" is 3 × 3, \"mu\" has 2 values"));
  EXPECT_THAT(why(foreign("not_finite.npz")),
              ::testing::HasSubstr("\"sigma\" has a value that is not finite"));
  EXPECT_THAT(why(foreign("objects.npz")), ::testing::HasSubstr("\"mu\": an array of"));
  EXPECT_THAT(why(foreign("integers.npz")), ::testing::HasSubstr("\"mu\": an array of type <i8"));
  EXPECT_THAT(why(foreign("huge_header.npz")),
              ::testing::HasSubstr("\"sigma\": an array of size 1000000000"));
  EXPECT_THAT(why(foreign("lying_header.npz")), ::testing::HasSubstr("\"sigma\": truncated"));
  EXPECT_THAT(why(foreign("not_symmetric.npz")), ::testing::HasSubstr("\"sigma\" is not symmetric"));
  EXPECT_THAT(why(foreign("row.npz")), ::testing::HasSubstr("\"mu\" is 1 × 2, not a vector"));
  EXPECT_THAT(why(foreign("twice.npz")), ::testing::HasSubstr("has \"mu\" twice"));
  EXPECT_THAT(why(foreign("two_counts.npz")), ::testing::HasSubstr("\"count\": not an integer"));
  EXPECT_THAT(why(foreign("float_count.npz")), ::testing::HasSubstr("\"count\": not an integer"));
  EXPECT_THAT(why(foreign("negative_count.npz")), ::testing::HasSubstr("\"count\" is below 2"));
  EXPECT_THAT(why(foreign("bytes_for_text.npz")),
              ::testing::HasSubstr("\"model_sha256\": an array of type |S6"));
}

TEST(StatisticsFile, a_file_cut_anywhere_is_bad_input) {
  const TempFolder folder;
  write_statistics(folder / "real.npz", some_statistics());
  const std::string whole = read_text(folder / "real.npz", "real");
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    write_atomically(folder / "cut.npz", "cut", whole.substr(0, size));
    EXPECT_THROW(read_statistics(folder / "cut.npz"), InputError) << size;
  }
}

TEST(StatisticsFile, a_flipped_bit_in_a_covariance_is_bad_input) {
  const TempFolder folder;
  write_statistics(folder / "real.npz", some_statistics());
  std::string damaged = read_text(folder / "real.npz", "real");
  damaged[damaged.find("sigma.npy") + 200] ^= 1;
  write_atomically(folder / "damaged.npz", "damaged", damaged);
  EXPECT_THAT(why(folder / "damaged.npz"), ::testing::HasSubstr("\"sigma\": truncated or damaged"));
}

TEST(StatisticsFile, of_one_image_is_not_written) {
  const TempFolder folder;
  MomentsAccumulator accumulator;
  accumulator.add(torch::ones({1, 5}));
  EXPECT_THROW(write_statistics(folder / "real.npz",
                                {.images = {accumulator.moments(), {}, {}, {}}, .objects = {}, .path = ""}),
               InputError);
  EXPECT_FALSE(std::filesystem::exists(folder / "real.npz"));
}

TEST(StatisticsFile, other_content_holds_no_statistics) {
  const TempFolder folder;
  write_atomically(folder / "text", "text", "hello");
  EXPECT_FALSE(holds_statistics(folder / "text"));
  EXPECT_FALSE(holds_statistics(folder.path()));
}

}  // namespace
}  // namespace tise::metrics
