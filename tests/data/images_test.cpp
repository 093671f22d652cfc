#include "tise/data/images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "data/files.h"

namespace tise::data {
namespace {

using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::write;
using tise::testing::TempFolder;
namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const ImageFile& image : list_images(folder, "images").images) names.push_back(image.name);
  return names;
}

TEST(Images, are_listed_recursively_in_bytewise_order) {
  const TempFolder folder;
  for (const char* name : {"b.png", "a/z.jpg", "a.png", "a/b/c.webp", "B.JPEG", "é.bmp"})
    write(folder / name, "x");
  EXPECT_THAT(names_in(folder.path()),
              ElementsAre("B.JPEG", "a.png", "a/b/c.webp", "a/z.jpg", "b.png", "é.bmp"));
  EXPECT_EQ(list_images(folder.path(), "images").images[2].path, folder.path() / "a/b/c.webp");
}

TEST(Images, hidden_and_other_files_are_skipped) {
  const TempFolder folder;
  for (const char* name : {"a.png", ".b.png", ".cache/c.png", "captions.json", "png", "d.png.txt"}) {
    write(folder / name, "x");
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.png"));
}

TEST(Images, a_file_without_extension_counts_if_it_starts_like_an_image) {
  const TempFolder folder;
  write(folder / "0001", "\x89PNG\r\n\x1A\n");
  write(folder / "0002", "\xFF\xD8\xFF\xE0");
  write(folder / "README", "not an image");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("0001", "0002"));
}

TEST(Images, formats_that_cannot_be_decoded_are_listed_to_be_reported) {
  EXPECT_TRUE(is_image_name("a.avif"));
  EXPECT_TRUE(is_image_name("a/b.TIFF"));
  EXPECT_FALSE(is_image_name(".png"));
  EXPECT_FALSE(is_image_name("a.png/b"));
}

TEST(Images, links_are_followed_but_not_in_circles) {
  const TempFolder folder;
  write(folder / "real/a.png", "x");
  fs::create_directory(folder / "set");
  fs::create_directory_symlink(folder / "real", folder / "set/linked");
  fs::create_directory_symlink(folder / "set", folder / "real/back");
  fs::create_symlink(folder / "real/a.png", folder / "set/b.png");
  fs::create_symlink(folder / "nothing.png", folder / "set/broken.png");
  EXPECT_THAT(names_in(folder / "set"), ElementsAre("b.png", "broken.png", "linked/a.png"));
}

TEST(Images, a_pipe_is_not_an_image) {
  const TempFolder folder;
  write(folder / "a.png", "x");
  ASSERT_EQ(::mkfifo((folder / "b.png").c_str(), 0600), 0);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.png"));
}

TEST(BadImages, a_missing_folder_a_file_and_an_empty_folder_have_different_errors) {
  const TempFolder folder;
  write(folder / "file", "x");
  fs::create_directory(folder / "empty");
  const auto about = [&](const char* name) {
    return complaint([&] { list_images(folder / name, "images"); });
  };
  EXPECT_EQ(about("absent"), "images absent: no such folder or archive");
  EXPECT_EQ(about("file"),
            "images file: not a folder, an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst) or an "
            "array (.npz)");
  EXPECT_EQ(about("empty"), "images empty: no images found");
}

TEST(BadImages, a_name_that_is_not_utf8_is_refused) {
  const TempFolder folder;
  write(folder / "caf\xE9.png", "x");
  EXPECT_THAT(complaint([&] { list_images(folder.path(), "images"); }),
              HasSubstr("the file name \"caf\xE9.png\" is not UTF-8"));
}

}  // namespace
}  // namespace tise::data
