// Files that look like images but are not read are named, with what to do about it.

#include "tise/data/left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"
#include "support/archives.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::write;
using tise::testing::TempFolder;
using tise::testing::write_archive;

constexpr const char* kPng = "\x89PNG\r\n\x1A\n";

LeftOut left_out_of(const std::filesystem::path& place) { return list_images(place, "images").left_out; }

/// The sentences about a folder, with its path as DIR.
std::vector<std::string> said_of(const TempFolder& folder) {
  std::vector<std::string> all = sentences(left_out_of(folder.path()), folder.path(), "--images");
  for (std::string& sentence : all) {
    const std::size_t at = sentence.find(folder.path().string());
    if (at != std::string::npos) sentence.replace(at, folder.path().string().size(), "DIR");
  }
  return all;
}

TEST(LeftOut, is_nothing_of_a_folder_of_images_and_texts) {
  const TempFolder folder;
  for (const char* name : {"a.png", "a.txt", "b.jpg", "captions.json", "README", "model.bin"})
    write(folder / name, "BM is not an image");
  EXPECT_FALSE(left_out_of(folder.path()).any());
  EXPECT_THAT(said_of(folder), IsEmpty());
  EXPECT_EQ(to_json(LeftOut()).dump(), "{}");
}

TEST(LeftOut, are_archives_next_to_an_image) {
  const TempFolder folder;
  write(folder / "loose.jpg", "x");
  for (const char* name : {"00008.tar", "00009.tar", "00010.tar"})
    write_archive(folder / name, {{"a.png", "x"}});
  EXPECT_THAT(
      said_of(folder),
      ElementsAre("3 archives are not read (such as \"00008.tar\") because the folder also has image files; "
                  "to read them, pass --images 'DIR/{00008..00010}.tar', or move them to a folder without "
                  "image files"));
  std::filesystem::remove(folder / "00009.tar");
  EXPECT_THAT(said_of(folder), ElementsAre(HasSubstr("to read them, move them")));
  std::filesystem::remove(folder / "00010.tar");
  EXPECT_THAT(said_of(folder), ElementsAre(HasSubstr("pass --images 'DIR/00008.tar', or move it")));
  std::filesystem::remove(folder / "loose.jpg");
  EXPECT_FALSE(left_out_of(folder.path()).any());
}

TEST(LeftOut, the_pattern_it_names_gives_the_archives) {
  const TempFolder folder;
  write(folder / "loose.jpg", "x");
  write_archive(folder / "set-8.tar", {{"a.png", "x"}});
  write_archive(folder / "set-9.tar", {{"b.png", "x"}});
  const std::string said = sentences(left_out_of(folder.path()), folder.path(), "--images").at(0);
  const std::size_t begin = said.find('\'') + 1;
  EXPECT_EQ(list_images(said.substr(begin, said.find('\'', begin) - begin), "images").images.size(), 2U);
}

TEST(LeftOut, are_images_under_other_names) {
  const TempFolder folder;
  for (const char* name : {"a.png", "0001", "b.img", "c/d.JPG_large", "v1.5"}) write(folder / name, kPng);
  const LeftOut left_out = left_out_of(folder.path());
  EXPECT_THAT(left_out.other_names, ElementsAre("b.img", "c/d.JPG_large", "v1.5"));
  EXPECT_EQ(list_images(folder.path(), "images").images.size(), 2U);  // a.png and 0001
  EXPECT_THAT(said_of(folder), ElementsAre("3 files look like images but have no image extension, and are "
                                           "not read (such as \"b.img\"); rename them (.png, .jpg, …)"));
  EXPECT_EQ(to_json(left_out).dump(),
            R"({"other_names":{"count":3,"first":["b.img","c/d.JPG_large","v1.5"]}})");
}

TEST(LeftOut, are_hidden_images_and_what_systems_keep) {
  const TempFolder folder;
  for (const char* name : {"a.png", ".b.png", ".cache/x/c.jpg", "@eaDir/a.png/thumb.jpg", "__MACOSX/._a.png",
                           "._a.png", ".DS_Store", ".git/index", "#recycle/old.png"}) {
    write(folder / name, "x");
  }
  const ListedImages listed = list_images(folder.path(), "images");
  EXPECT_EQ(listed.images.size(), 1U);
  EXPECT_THAT(listed.left_out.hidden,
              ElementsAre("#recycle/old.png", ".b.png", ".cache/x/c.jpg", "@eaDir/a.png/thumb.jpg"));
  EXPECT_THAT(said_of(folder),
              ElementsAre(HasSubstr("4 hidden images are not read (such as \"#recycle/old.png\")")));
}

TEST(LeftOut, is_named_if_there_is_nothing_else) {
  const TempFolder folder;
  write(folder / "a.img", kPng);
  write(folder / ".b.png", kPng);
  EXPECT_THAT(complaint([&] { left_out_of(folder.path()); }),
              ::testing::AllOf(HasSubstr("no images found:\n  1 file looks like an image"),
                               HasSubstr("\"a.img\""), HasSubstr("1 hidden image is not read (\".b.png\")")));
}

TEST(LeftOut, of_names_that_are_not_utf8_can_be_printed) {
  const TempFolder folder;
  write(folder / "a.png", kPng);
  write(folder / "caf\xE9.img", kPng);
  EXPECT_THAT(left_out_of(folder.path()).other_names, ElementsAre("caf\uFFFD.img"));
}

class LeftOutOfArchives : public ::testing::TestWithParam<const char*> {};

TEST_P(LeftOutOfArchives, is_the_same_as_of_folders) {
  const TempFolder folder;
  const std::filesystem::path path = folder / (std::string("set") + GetParam());
  write_archive(path, {{"a.png", kPng},
                       {"0001", kPng},
                       {"b.img", kPng},
                       {"inner.tar", "x"},
                       {".c.png", kPng},
                       {"__MACOSX/._a.png", "x"},
                       {"@eaDir/a.png", kPng},
                       {"a.json", "{}"},
                       {"notes.dat", "P1 is the first"}});
  const ListedImages listed = list_images(path, "images");
  std::vector<std::string> names;
  for (const ImageFile& image : listed.images) names.push_back(image.name);
  EXPECT_THAT(names, ElementsAre("0001", "a.png"));
  const auto in = [&](const std::string& name) { return path.filename().string() + "/" + name; };
  EXPECT_THAT(listed.left_out.other_names, ElementsAre(in("b.img")));
  EXPECT_THAT(listed.left_out.nested, ElementsAre(in("inner.tar")));
  EXPECT_THAT(listed.left_out.hidden, ElementsAre(in(".c.png"), in("@eaDir/a.png")));
  EXPECT_THAT(listed.left_out.archives, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, LeftOutOfArchives, ::testing::Values(".zip", ".tar", ".tar.gz"),
                         [](const auto& kind) {
                           return std::string(kind.param) == ".tar.gz" ? "tgz" : kind.param + 1;
                         });

}  // namespace
}  // namespace tise::data
