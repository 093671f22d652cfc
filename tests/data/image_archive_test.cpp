// Images in archives are read without unpacking; anything else that an archive may try is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "data/files.h"
#include "support/archives.h"
#include "support/pictures.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tise::testing::ArchiveEntry;
using tise::testing::TempFolder;
using tise::testing::write_archive;
namespace fs = std::filesystem;

std::vector<std::string> names(const std::vector<ImageFile>& images) {
  std::vector<std::string> names;
  for (const ImageFile& image : images) names.push_back(image.name);
  return names;
}

std::string text_of(const ImageFile& image) {
  const auto bytes = read_image(image, "image");
  return {bytes.begin(), bytes.end()};
}

std::string refusal(const fs::path& path) {
  return complaint([&] { list_images(path, "images"); });
}

class Archives : public ::testing::TestWithParam<const char*> {
 protected:
  fs::path path(const std::string& stem = "set") const { return folder_ / (stem + GetParam()); }
  const TempFolder folder_;
};

TEST_P(Archives, hold_images_under_their_paths) {
  write_archive(path(), {{"b/2.png", "two"},
                         {"./a.jpg", "one"},
                         {"captions.json", "{}"},
                         {".hidden.png", "x"},
                         {"__MACOSX/._a.jpg", "x"},
                         {"b/é.png", "three"}});
  const auto images = list_images(path(), "images").images;
  EXPECT_THAT(names(images), ElementsAre("a.jpg", "b/2.png", "b/é.png"));
  EXPECT_EQ(text_of(images[0]), "one");
  EXPECT_EQ(text_of(images[1]), "two");
  EXPECT_EQ(text_of(images[0]), "one");  // backwards
  EXPECT_EQ(images[1].path, path().string() + "/b/2.png");
}

TEST_P(Archives, are_read_by_many_threads_in_any_order) {
  constexpr std::size_t kMany = 600;
  std::vector<ArchiveEntry> entries;
  for (std::size_t i = 0; i < kMany; ++i)
    entries.push_back({std::to_string(kMany - i) + ".png", std::to_string(i), ""});
  write_archive(path(), entries);
  const auto images = list_images(path(), "images").images;
  const auto order = in_reading_order(images);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < order.size(); i = next++) {
          if (text_of(*order[i]) == std::to_string(i)) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, kMany);
  EXPECT_EQ(text_of(images.back()), std::to_string(kMany - 99));  // 99.png, out of order
}

TEST_P(Archives, make_up_a_set_by_a_pattern_or_in_a_folder) {
  write_archive(path("shard-08"), {{"0.png", "0"}});
  write_archive(path("shard-09"), {{"1.png", "1"}});
  write_archive(path("shard-10"), {{"2.png", "2"}});
  EXPECT_THAT(names(list_images(folder_ / (std::string("shard-{08..10}") + GetParam()), "images").images),
              ElementsAre("0.png", "1.png", "2.png"));
  EXPECT_THAT(names(list_images(folder_.path(), "images").images), ElementsAre("0.png", "1.png", "2.png"));
  EXPECT_THAT(refusal(folder_ / (std::string("shard-{10..11}") + GetParam())), HasSubstr("shard-11"));
  tise::testing::write_file(folder_ / "own.png", "x");
  EXPECT_THAT(names(list_images(folder_.path(), "images").images),
              ElementsAre("own.png"));  // image files, with their archives next to them
}

TEST_P(Archives, with_one_name_twice_are_refused) {
  write_archive(path("a"), {{"0.png", "0"}});
  write_archive(path("b"), {{"0.png", "1"}});
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("0.png appears twice: "));
}

TEST_P(Archives, do_not_lead_out) {
  for (const char* name : {"../../etc/x.png", "a/../../x.png"}) {
    write_archive(path(), {{name, "x"}});
    EXPECT_THAT(refusal(path()), HasSubstr("points outside the archive")) << name;
  }
}

TEST_P(Archives, with_links_are_refused) {
  write_archive(path(), {{"a.png", "", "/etc/passwd"}});
  EXPECT_THAT(refusal(path()), HasSubstr("\"a.png\" is a link"));
}

TEST_P(Archives, in_archives_are_not_opened) {
  write_archive(path("inner"), {{"a.png", "x"}});
  tise::testing::pack(folder_.path(), path("outer"));
  fs::remove(path("inner"));
  EXPECT_THAT(refusal(path("outer")), HasSubstr("no images found"));
}

TEST_P(Archives, with_entries_that_are_too_large_are_refused) {
  write_archive(path(), {{"a.png", std::string(3000, 'x')}, {"b.png", "small"}});
  const auto images = list_images(path(), "images").images;
  EXPECT_THAT(complaint([&] { read_image(images[0], "images", 1000); }),
              HasSubstr("an entry larger than 1000 bytes"));
  EXPECT_EQ(text_of(images[1]), "small");
}

TEST_P(Archives, that_are_cut_off_or_not_archives_are_refused) {
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 50; ++i)
    entries.push_back({std::to_string(i) + ".png", std::string(997, static_cast<char>(i * 37)), ""});
  write_archive(path(), entries);
  fs::resize_file(path(), fs::file_size(path()) / 2);
  EXPECT_THAT(refusal(path()), HasSubstr("damaged, or not a .zip or .tar"));
  tise::testing::write_file(path("none"), "this is no archive");
  EXPECT_THAT(refusal(path("none")), HasSubstr("damaged, or not a .zip or .tar"));
}

TEST_P(Archives, that_change_are_detected) {
  write_archive(path(), {{"a.png", "x"}});
  const auto before = state_of(list_images(path(), "images").images[0]);
  write_archive(path(), {{"a.png", "y"}, {"b.png", "y"}});
  const auto images = list_images(path(), "images").images;
  EXPECT_NE(before->size, state_of(images[0])->size);
  EXPECT_EQ(text_of(images[0]), "y");
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, Archives,
                         ::testing::Values(".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"),
                         [](const auto& kind) {
                           const std::string ending = kind.param;
                           return ending.substr(ending.rfind('.') + 1);
                         });

TEST(ArchiveBombs, are_not_unpacked) {
  const TempFolder folder;
  const fs::path path = folder / "bomb.tar.gz";
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 3; ++i)
    entries.push_back({std::to_string(i) + ".png", std::string(std::size_t{128} << 20, '\0'), ""});
  write_archive(path, entries);
  EXPECT_LT(fs::file_size(path), 2U << 20U);
  EXPECT_THAT(refusal(path), HasSubstr("unpacks to more than 200 times its size"));
}

TEST(ArchiveBombs, are_not_followed_through_layers_of_compression) {
  const TempFolder folder;
  write_archive(folder / "a.tar.gz", {{"a.png", "x"}});
  const std::string pipe = "cd " + folder.path().string() + " && gzip -c a.tar.gz > b.tar.gz";
  ASSERT_EQ(std::system(pipe.c_str()), 0);
  EXPECT_THAT(refusal(folder / "b.tar.gz"), HasSubstr("compressed more than once"));
}

}  // namespace
}  // namespace tise::data
