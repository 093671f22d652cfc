#include "tise/base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/temp_folder.h"
#include "tise/base/error.h"

namespace tise {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;

TEST(Files, what_was_written_reads_back) {
  const TempFolder folder;
  write_atomically(folder / "report.json", "report", "one");
  write_atomically(folder / "report.json", "report", "two");
  EXPECT_EQ(read_text(folder / "report.json", "report"), "two");
}

TEST(Files, pieces_of_any_size_are_written_in_order) {
  const TempFolder folder;
  std::string whole;
  write_atomically(folder / "lines", "report", [&](const auto& write) {
    for (std::size_t size : {1, 0, 70'000, 3, 65'536, 60'000, 6'000, 200'000, 1}) {
      const std::string piece(size, static_cast<char>('a' + whole.size() % 26));
      write(piece);
      whole += piece;
    }
  });
  EXPECT_EQ(read_text(folder / "lines", "report"), whole);
}

TEST(Files, a_failed_write_names_role_and_path_and_leaves_nothing) {
  const TempFolder folder;
  try {
    write_atomically(folder.path() / "absent" / "report.json", "report", "one");
    FAIL() << "wrote into a missing folder";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("report " + (folder.path() / "absent/report.json").string()));
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
  }
  std::filesystem::create_directory(folder / "taken");
  EXPECT_THROW(write_atomically(folder / "taken", "report", "one"), InputError);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Files, a_device_is_written_to_and_stays) {
  write_atomically("/dev/null", "report", "one");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(Files, the_target_of_a_link_is_replaced_and_the_link_stays) {
  const TempFolder folder;
  write_atomically(folder / "there", "report", "one");
  std::filesystem::create_symlink("there", folder / "link");
  write_atomically(folder / "link", "report", "two");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "there", "report"), "two");
}

TEST(Files, a_missing_file_is_an_input_error) {
  EXPECT_THROW(read_text("/nowhere/at/all", "captions"), InputError);
}

TEST(Files, sha256_matches_the_standards_vector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex([](const auto& add) { add("a"), add(""), add("bc"); }), sha256_hex("abc"));
}

TEST(Files, a_files_hash_is_its_contents_hash) {
  const TempFolder folder;
  const std::string content(200'000, 'x');
  write_atomically(folder / "x", "image", content);
  EXPECT_EQ(sha256_file(folder / "x", "image"), sha256_hex(content));
}

TEST(InputErrors, a_list_shows_ten_problems_and_counts_the_rest) {
  const InputError error("12 images are bad:", std::vector<std::string>(12, "bad"));
  EXPECT_THAT(error.what(), HasSubstr("… and 2 more"));
}

}  // namespace
}  // namespace tise
