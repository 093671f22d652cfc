#include "tise/base/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "support/with_variable.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TempFolder;
using testing::WithVariable;
using testing::write_file;

void expect_refused(const std::function<void()>& call, const fs::path& path, const std::string& reason) {
  try {
    call();
    FAIL() << "no error for " << path;
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), "images " + path.string() + ": " + reason);
  }
}

TEST(Paths, of_user_folders_come_from_the_variable_or_home) {
  const WithVariable home("HOME", "/home/ada");
  {
    const WithVariable cache("XDG_CACHE_HOME", "/fast");
    EXPECT_EQ(user_folder("XDG_CACHE_HOME", ".cache"), "/fast");
  }
  for (const char* ignored : {"", "here"}) {
    const WithVariable cache("XDG_CACHE_HOME", ignored);
    EXPECT_EQ(user_folder("XDG_CACHE_HOME", ".cache"), "/home/ada/.cache");
  }
  const WithVariable cache("XDG_CACHE_HOME", "");
  const WithVariable none("HOME", "");
  EXPECT_EQ(user_folder("XDG_CACHE_HOME", ".cache"), std::nullopt);
}

TEST(Paths, lead_to_a_file_a_folder_or_nothing) {
  const TempFolder folder;
  write_file(folder / "file", "x");
  fs::create_symlink("nowhere", folder / "dangling");
  EXPECT_EQ(kind_of(folder.path(), "images"), PathKind::kFolder);
  EXPECT_EQ(kind_of(folder / "file", "images"), PathKind::kFile);
  EXPECT_EQ(kind_of("/dev/null", "images"), PathKind::kOther);
  for (const char* name : {"missing", "file/below", "dangling"}) {
    EXPECT_EQ(kind_of(folder / name, "images"), PathKind::kMissing) << name;
  }
}

TEST(Paths, that_the_system_refuses_are_input_errors_with_its_reason) {
  const TempFolder folder;
  const fs::path loop = folder / "loop";
  const fs::path too_long = folder / std::string(256, 'x');
  fs::create_symlink("loop", loop);
  for (const auto& [path, reason] :
       {std::pair{loop, "Too many levels of symbolic links"}, std::pair{too_long, "File name too long"}}) {
    expect_refused([&] { kind_of(path, "images"); }, path, reason);
    expect_refused([&] { exists(path, "images"); }, path, reason);
    expect_refused([&] { is_folder(path, "images"); }, path, reason);
    expect_refused([&] { is_file(path, "images"); }, path, reason);
    expect_refused([&] { entries_of(path, "images"); }, path, reason);
    EXPECT_THAT(readable_files_below(path), ElementsAre());
    EXPECT_EQ(true_path(path), path);
    expect_refused([&] { make_folders(path / "a" / "b", "images"); }, path / "a" / "b", reason);
    expect_refused([&] { canonical(path, "images"); }, path, reason);
    expect_refused([&] { link_target(path, "images"); }, path, reason);
    EXPECT_EQ(size_of(path), std::nullopt);
    EXPECT_EQ(identity_of(path), std::nullopt);
  }
  expect_refused([&] { entries_of(folder / "missing", "images"); }, folder / "missing", "no such file");
}

TEST(Paths, of_a_folder_come_in_order) {
  const TempFolder folder;
  for (const char* name : {"b", "a/2.json", "a/1.json", "a/1.txt", "C"}) write_file(folder / name, "{}");
  EXPECT_THAT(entries_of(folder.path(), "images"), ElementsAre(folder / "C", folder / "a", folder / "b"));
  EXPECT_THAT(
      readable_files_below(folder.path()),
      ElementsAre(folder / "C", folder / "a/1.json", folder / "a/1.txt", folder / "a/2.json", folder / "b"));
}

TEST(Paths, of_one_file_have_one_identity_however_they_are_spelled) {
  const TempFolder folder;
  write_file(folder / "file", "x");
  write_file(folder / "other", "x");
  fs::create_directory(folder / "below");
  fs::create_hard_link(folder / "file", folder / "hard");
  fs::create_symlink("file", folder / "soft");
  fs::create_symlink("later", folder / "to later");
  fs::create_symlink(".", folder / "here");
  const auto same = [&](const char* a, const char* b) {
    return identity_of(folder / a) == identity_of(folder / b);
  };
  for (const char* name : {"hard", "soft", "./file", "below/../file", "here/file"}) {
    EXPECT_TRUE(same("file", name)) << name;
  }
  EXPECT_FALSE(same("file", "other"));
  for (const char* name : {"to later", "./later", "below/../later", "here/later"}) {
    EXPECT_TRUE(same("later", name)) << name;
  }
  EXPECT_FALSE(same("later", "latest"));
  EXPECT_EQ(identity_of("/dev/null"), std::nullopt);
}

TEST(Paths, lie_in_a_folder_however_they_are_spelled) {
  const TempFolder folder;
  fs::create_directories(folder / "store/real");
  fs::create_symlink("store", folder / "link");
  for (const char* name : {"store", "store/new", "store/real/new", "link/new", "store/../link/new"}) {
    EXPECT_TRUE(lies_in(folder / name, folder / "store")) << name;
  }
  for (const char* name : {"", "new", "store2/new", "store/../new"}) {
    EXPECT_FALSE(lies_in(folder / name, folder / "store")) << name;
  }
}

TEST(Paths, of_dangling_links_are_written_at_their_target) {
  const TempFolder folder;
  fs::create_directory(folder / "below");
  fs::create_symlink("below/later", folder / "link");
  write_atomically(folder / "link", "report", "x");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "below/later", "report"), "x");
}

TEST(Paths, may_be_as_long_as_a_name_may_be) {
  const TempFolder folder;
  const fs::path longest = folder / std::string(255, 'x');
  write_atomically(longest, "report", "x");
  EXPECT_THAT(entries_of(folder.path(), "images"), ElementsAre(longest));
}

TEST(TemporaryFolders, are_created_in_TMPDIR_or_in_tmp) {
  const TempFolder folder;
  const auto made_in = [](const char* place) {
    const WithVariable named("TMPDIR", place);
    const fs::path made = make_temporary_folder();
    EXPECT_TRUE(fs::is_empty(made));
    remove_folder(made);
    return made.parent_path();
  };
  EXPECT_EQ(made_in(folder.path().c_str()), folder.path());
  EXPECT_EQ(made_in(""), "/tmp");
  try {
    made_in("/nowhere");
    FAIL() << "made";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), StartsWith("temporary folder /nowhere (TMPDIR): no such folder; set TMPDIR"));
  }
}

}  // namespace
}  // namespace tise
