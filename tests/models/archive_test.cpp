#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/tiny_archives.h"
#include "support/temp_folder.h"
#include "support/with_variable.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempFolder;

std::string complaint(const fs::path& path, const Kind* expected = find_kind("clip")) {
  try {
    open_archive(path, expected);
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("model archive " + path.string()), Not(HasSubstr("\n"))));
    return error.what();
  }
  return "no complaint";
}

TEST(Archives, a_good_one_gives_its_card_hash_and_merges) {
  const TempFolder folder;
  const fs::path path = testing::save(testing::clip_module(), testing::clip_card(), folder / "clip.pt");
  const Archive archive = open_archive(path, find_kind("clip"));
  EXPECT_EQ(archive.card.name, "tiny");
  EXPECT_EQ(archive.extra.at("merges.txt"), testing::kMerges);
  EXPECT_EQ(archive.sha256, sha256_file(path, "archive"));
}

TEST(Archives, a_large_one_is_hashed_once_while_its_file_is_unchanged) {
  const TempFolder cache;
  const testing::WithVariable variable("XDG_CACHE_HOME", cache.path().c_str());
  Dl_info libtorch;  // an old file; just-changed ones are not cached
  ASSERT_NE(::dladdr(reinterpret_cast<const void*>(&at::init_num_threads), &libtorch), 0);
  const fs::path large = fs::canonical(libtorch.dli_fname);
  const std::string hash = hash_of_archive(large);
  EXPECT_EQ(known_hash_of(large), hash);
  const fs::path note = fs::directory_iterator(cache / "tise-eval/hashes")->path();
  auto json = nlohmann::json::parse(read_text(note, "note"));

  const std::string noted(64, 'a');
  json["sha256"] = noted;
  write_atomically(note, "note", json.dump());
  EXPECT_EQ(known_hash_of(large), noted);

  json["modified_ns"] = 1;
  write_atomically(note, "note", json.dump());
  EXPECT_EQ(known_hash_of(large), hash);
  for (const char* damaged : {"{", "{\"sha256\": \"x\"}"}) {
    write_atomically(note, "note", damaged);
    EXPECT_EQ(known_hash_of(large), hash);
  }
}

TEST(Archives, a_small_or_just_written_one_is_not_cached) {
  const TempFolder folder;
  const testing::WithVariable variable("XDG_CACHE_HOME", folder.path().c_str());
  for (const std::size_t size : {std::size_t{100}, std::size_t{9} << 20U}) {
    write_atomically(folder / "some.pt", "test", std::string(size, 'x'));
    EXPECT_EQ(known_hash_of(folder / "some.pt"), sha256_file(folder / "some.pt", "test"));
  }
  EXPECT_FALSE(fs::exists(folder / "tise-eval"));
}

TEST(Archives, a_missing_file_a_folder_and_an_empty_file_are_told_apart) {
  const TempFolder folder;
  EXPECT_THAT(complaint(folder / "clip.pt"), HasSubstr("no such file"));
  EXPECT_THAT(complaint(folder.path()), HasSubstr("is a folder"));
  write_atomically(folder / "empty.pt", "test", "");
  EXPECT_THAT(complaint(folder / "empty.pt"), HasSubstr("empty file"));
}

TEST(Archives, a_file_that_is_not_a_zip_is_not_an_archive) {
  const TempFolder folder;
  write_atomically(folder / "clip.pt", "test", "\x80\x02 an old weights file");
  EXPECT_THAT(complaint(folder / "clip.pt"),
              AllOf(HasSubstr("not a TorchScript archive"), HasSubstr("scripts/export_clip.py")));
}

TEST(Archives, a_truncated_one_is_reported_as_truncated) {
  const TempFolder folder;
  const fs::path path = testing::save(testing::clip_module(), testing::clip_card(), folder / "clip.pt");
  fs::resize_file(path, fs::file_size(path) / 2);
  EXPECT_THAT(complaint(path), HasSubstr("truncated or damaged"));
}

TEST(Archives, one_without_a_card_names_the_script_that_makes_it) {
  const TempFolder folder;
  testing::clip_module().save((folder / "clip.pt").string());
  EXPECT_THAT(complaint(folder / "clip.pt"),
              HasSubstr("has no card.json; make the archive with scripts/export_clip.py"));
  EXPECT_THAT(complaint(folder / "clip.pt", find_kind("classifier")),
              HasSubstr("scripts/export_inception.py"));
  EXPECT_THAT(complaint(folder / "clip.pt", nullptr), HasSubstr("has no card.json"));
}

TEST(Archives, another_kind_than_expected_is_refused) {
  const TempFolder folder;
  const fs::path path = testing::save(testing::clip_module(), testing::clip_card(), folder / "clip.pt");
  EXPECT_THAT(complaint(path, find_kind("classifier")),
              HasSubstr("holds a model of kind clip; expected classifier"));
  EXPECT_NO_THROW(open_archive(path, nullptr));
}

TEST(Archives, a_newer_schema_is_refused_with_the_archives_name) {
  const TempFolder folder;
  auto card = testing::clip_card();
  card["schema"] = 2;
  EXPECT_THAT(complaint(testing::save(testing::clip_module(), card, folder / "clip.pt")),
              HasSubstr("card.json: schema 2 needs a newer tise-eval"));
}

TEST(Archives, a_clip_without_merges_is_refused) {
  const TempFolder folder;
  testing::clip_module().save((folder / "clip.pt").string(), {{"card.json", testing::clip_card().dump()}});
  EXPECT_THAT(complaint(folder / "clip.pt"), HasSubstr("has no merges.txt"));
}

}  // namespace
}  // namespace tise::models
