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
  return {.sets = {{"", {accumulator.moments(), "abc123", R"({"resize":"± ünïcode"})", "a set"}}}};
}

FeatureStatistics crops() {
  MomentsAccumulator accumulator;
  accumulator.add(testing::golden_rows(2, 40, 3));
  return {accumulator.moments(), "def456", R"({"threshold":0.5})", "a set"};
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
  EXPECT_TRUE(read.sets.at("").moments.mean.equal(written.sets.at("").moments.mean));
  EXPECT_TRUE(read.sets.at("").moments.covariance.allclose(written.sets.at("").moments.covariance, 0, 1e-15));
  EXPECT_EQ(read.sets.at("").moments.count, 30);
  EXPECT_EQ(read.sets.at("").model_sha256, written.sets.at("").model_sha256);
  EXPECT_EQ(read.sets.at("").preparation, written.sets.at("").preparation);
}

TEST(StatisticsFile, reads_back_any_number_of_sets) {
  const TempFolder folder;
  Statistics written = some_statistics();
  written.sets["crops@inception@maskrcnn"] = crops();
  written.sets["other"] = crops();
  written.sets["other"].model_sha256.reset();
  write_statistics(folder / "real.npz", written);
  const Statistics read = read_statistics(folder / "real.npz");
  ASSERT_EQ(read.sets.size(), 3U);
  const FeatureStatistics& objects = read.sets.at("crops@inception@maskrcnn");
  EXPECT_TRUE(objects.moments.mean.equal(crops().moments.mean));
  EXPECT_EQ(objects.moments.count, 40);
  EXPECT_EQ(objects.model_sha256, "def456");
  EXPECT_EQ(objects.preparation, R"({"threshold":0.5})");
  EXPECT_EQ(objects.set, "a set");
  EXPECT_FALSE(read.sets.at("other").model_sha256);
  EXPECT_EQ(read.sets.at("").moments.count, 30);
}

TEST(StatisticsFile, has_the_images_that_were_skipped) {
  const TempFolder folder;
  Statistics written = some_statistics();
  written.sets.at("").skipped = {"a.png: empty", "é.png: not an image"};
  write_statistics(folder / "real.npz", written);
  EXPECT_EQ(read_statistics(folder / "real.npz").sets.at("").skipped, written.sets.at("").skipped);
}

TEST(StatisticsFile, has_the_same_bytes_for_the_same_statistics) {
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
    EXPECT_TRUE(statistics.sets.at("").moments.mean.equal(torch::tensor({1.0, 2.0}, at::kDouble))) << name;
    EXPECT_TRUE(
        statistics.sets.at("").moments.covariance.equal(torch::tensor({{2.0, 0.5}, {0.5, 1.0}}, at::kDouble)))
        << name;
    EXPECT_EQ(statistics.sets.at("").moments.count, 0) << name;
    EXPECT_FALSE(statistics.sets.at("").model_sha256) << name;
  }
}

/// The members of a file.
std::vector<testing::ArchiveEntry> members_of(const std::filesystem::path& path) {
  std::vector<testing::ArchiveEntry> members;
  for (ZipReader zip(path, "statistics"); zip.next();) {
    std::string content(static_cast<std::size_t>(zip.size()), '\0');
    EXPECT_EQ(zip.read(content.data(), content.size()), content.size());
    members.push_back({zip.name(), content});
  }
  return members;
}

TEST(StatisticsFile, is_read_whatever_the_order_of_its_arrays) {
  const TempFolder folder;
  Statistics written = some_statistics();
  written.sets["crops@inception@maskrcnn"] = crops();
  write_statistics(folder / "real.npz", written);
  auto members = members_of(folder / "real.npz");
  ASSERT_EQ(members.size(), 5U);
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::rotate(members.begin(), members.begin() + 1, members.end());
    testing::write_archive(folder / "again.zip", members);
    const Statistics read = read_statistics(folder / "again.zip");
    EXPECT_EQ(read.sets.at("").moments.count, 30) << members.front().name;
    EXPECT_EQ(read.sets.at("").preparation, written.sets.at("").preparation) << members.front().name;
    EXPECT_EQ(read.sets.at("crops@inception@maskrcnn").moments.count, 40) << members.front().name;
  }
}

TEST(StatisticsFile, whose_metadata_are_not_ours_is_refused) {
  const TempFolder folder;
  write_statistics(folder / "real.npz", some_statistics());
  const auto members = members_of(folder / "real.npz");
  const auto with = [&](const std::string& metadata) {
    auto changed = members;
    changed.back().content = metadata;
    testing::write_archive(folder / "changed.zip", changed);
    return why(folder / "changed.zip");
  };
  ASSERT_EQ(members.back().name, "statistics.json");
  using ::testing::HasSubstr;
  EXPECT_THAT(with("no JSON"), HasSubstr("statistics.json was not written by tise-eval stats"));
  EXPECT_THAT(with(R"({"sets": []})"), HasSubstr("statistics.json was not written by tise-eval stats"));
  EXPECT_THAT(with(R"({"format": "tise-eval statistics 3", "sets": {}})"),
              HasSubstr("has the format \"tise-eval statistics 3\", not \"tise-eval statistics 2\""));
  const auto with_set = [&](const std::string& name, const std::string& set) {
    return with(R"({"format": "tise-eval statistics 2", "sets": {")" + name + "\": " + set + "}}");
  };
  EXPECT_THAT(with_set("", "{}"), HasSubstr("the entry \"\" was not written by tise-eval stats"));
  EXPECT_THAT(
      with_set("", R"({"count": "30", "model_sha256": "a", "preparation": {}, "set": "", "skipped": []})"),
      HasSubstr("the entry \"\" was not written by tise-eval stats"));
  EXPECT_THAT(
      with_set("", R"({"count": -3, "model_sha256": "a", "preparation": {}, "set": "", "skipped": []})"),
      HasSubstr("the count of \"\" is below 2"));
  EXPECT_THAT(with_set("other", "{}"), HasSubstr("no array \"mu@other\""));
  EXPECT_THAT(with(std::string(1000, '[')), HasSubstr("nested more than 100 deep"));
}

TEST(StatisticsFile, of_an_older_version_is_refused) {
  EXPECT_THAT(why(foreign("first_edition.npz")),
              ::testing::HasSubstr("made by an older tise-eval; remake it with tise-eval stats"));
}

TEST(StatisticsFile, reports_what_is_wrong_with_a_file) {
  EXPECT_EQ(why("/nowhere/real.npz"), "real statistics /nowhere/real.npz: no such file");
  EXPECT_THAT(why(foreign("no_mu.npz")), ::testing::HasSubstr("no_mu.npz: no array \"mu\""));
  EXPECT_THAT(why(foreign("wrong_shape.npz")),
              ::testing::HasSubstr("\"sigma\" is 3 × 3, but \"mu\" has 2 values"));
  EXPECT_THAT(why(foreign("not_finite.npz")),
              ::testing::HasSubstr("\"sigma\" has a value that is not finite"));
  EXPECT_THAT(why(foreign("objects.npz")), ::testing::HasSubstr("\"mu\": its type is not supported"));
  EXPECT_THAT(why(foreign("integers.npz")), ::testing::HasSubstr("\"mu\": its type is <i8"));
  EXPECT_THAT(why(foreign("huge_header.npz")), ::testing::HasSubstr("\"sigma\": its size is 1000000000"));
  EXPECT_THAT(why(foreign("lying_header.npz")), ::testing::HasSubstr("\"sigma\": truncated"));
  EXPECT_THAT(why(foreign("not_symmetric.npz")), ::testing::HasSubstr("\"sigma\" is not symmetric"));
  EXPECT_THAT(why(foreign("row.npz")), ::testing::HasSubstr("\"mu\" is 1 × 2, not a vector"));
  EXPECT_THAT(why(foreign("twice.npz")), ::testing::HasSubstr("has \"mu\" twice"));
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
  EXPECT_THROW(write_statistics(folder / "real.npz", {.sets = {{"", {accumulator.moments(), {}, {}, {}}}}}),
               InputError);
  EXPECT_FALSE(std::filesystem::exists(folder / "real.npz"));
}

}  // namespace
}  // namespace tise::metrics
