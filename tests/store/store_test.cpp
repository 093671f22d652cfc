#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/stored.h"
#include "support/pictures.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;
using testing::write_file;

data::FileState state(std::int64_t i) { return {100 + i, i, 2 * i, 1000 + i}; }

/// `count` rows of images numbered from `first` on. The value of a row is its number plus `value`.
ImageRows rows(std::int64_t first, std::int64_t count, float value = 0) {
  ImageRows rows{"clip", {}, {}, {}};
  for (std::int64_t i = first; i < first + count; ++i) {
    rows.files.push_back({"image" + std::to_string(i), state(i), "hash" + std::to_string(i)});
  }
  rows.columns.emplace_back("embeddings",
                            at::arange(first, first + count).to(at::kFloat).unsqueeze(1) + value);
  return rows;
}

StoredPair pair(std::size_t number, std::string line) {
  return {static_cast<std::int64_t>(number), std::move(line)};
}

float value_of(const Reader& store, const std::string& name) {
  const RowPlace place = store.index("clip").at(name);
  const Chunk chunk = store.chunk("clip", place.chunk, {"embeddings"});
  return chunk.tensor("embeddings")[static_cast<std::int64_t>(place.row)][0].item<float>();
}

TEST(Store, rows_read_back_by_name_after_opening_again) {
  const TempFolder folder;
  {
    Writer writer(folder.path(), made_with("aa"));
    writer.add(rows(0, 5));
    writer.add(rows(5, 3));
    writer.flush();
  }
  const Writer again(folder.path(), made_with("aa"));
  const Reader store({folder.path()});
  EXPECT_EQ(store.index("clip").size(), 8U);
  EXPECT_EQ(value_of(store, "image6"), 6);
  const RowPlace place = store.index("clip").at("image3");
  EXPECT_EQ(place.file, state(3));
  EXPECT_EQ(place.sha256, "hash3");
}

TEST(Store, a_file_found_to_be_the_same_has_its_later_state) {
  TestStore store;
  store.writer.add(rows(0, 3));
  store.writer.add_state({"image1", state(50), "hash1"});
  store.writer.add_state({"image2", state(60), "of other bytes"});
  store.writer.add_state({"image9", state(70), "of no row"});
  store.writer.flush();
  const auto places = store.rows().index("clip");
  EXPECT_EQ(places.size(), 3U);
  EXPECT_EQ(places.at("image0").file, state(0));
  EXPECT_EQ(places.at("image1").file, state(50));
  EXPECT_EQ(places.at("image2").file, state(2));
}

TEST(Store, the_row_encoded_last_counts) {
  TestStore store;
  store.writer.add(rows(0, 3));
  store.writer.flush();
  store.writer.add(rows(1, 1, 100));
  store.writer.flush();
  EXPECT_EQ(value_of(store.rows(), "image0"), 0);
  EXPECT_EQ(value_of(store.rows(), "image1"), 101);
}

/// How many rows each chunk of a group has.
std::vector<std::size_t> chunk_sizes(const Reader& store, const std::string& group) {
  std::vector<std::size_t> sizes;
  store.for_each_chunk(group, {"names"}, [&](std::size_t number, const Chunk& chunk) {
    EXPECT_EQ(number, sizes.size());
    sizes.push_back(chunk.rows);
  });
  return sizes;
}

TEST(Store, chunks_of_wide_rows_have_fewer) {
  TestStore store;
  const auto add = [&](const std::string& group, std::int64_t count, std::int64_t width) {
    ImageRows wide = rows(0, count);
    wide.group = group;
    wide.columns = {{"features", at::zeros({count, width})}};
    store.writer.add(std::move(wide));
  };
  add("narrow", 5000, 100);                // 1 MiB holds 2,614 rows of 401 bytes
  add("usual", 2500, 3000);                // 12 MB, 1,024 rows
  add("wide", 3, std::int64_t{9} << 20U);  // one row is more than half of 64 MiB
  store.writer.flush();
  EXPECT_THAT(chunk_sizes(store.rows(), "narrow"), ElementsAre(2614, 2386));
  EXPECT_THAT(chunk_sizes(store.rows(), "usual"), ElementsAre(1024, 1024, 452));
  EXPECT_THAT(chunk_sizes(store.rows(), "wide"), ElementsAre(1, 1, 1));
}

TEST(Store, a_chunk_of_the_narrowest_rows_has_65536) {
  TestStore store;
  for (std::int64_t i = 0; i < 7; ++i) store.writer.add(rows(10'000 * i, 10'000));
  store.writer.flush();
  EXPECT_THAT(chunk_sizes(store.rows(), "clip"), ElementsAre(65536, 4464));
  EXPECT_EQ(value_of(store.rows(), "image65535"), 65535);
  EXPECT_EQ(value_of(store.rows(), "image69999"), 69999);
}

TEST(Store, processes_that_fill_it_together_have_chunk_numbers_of_their_own) {
  TestStore store;
  store.writer.add(rows(0, 1));
  store.writer.flush();
  for (std::size_t index : {1, 0}) {
    Writer writer = Writer::join(store.folder.path(), made_with("aa"), {index, 2});
    for (std::int64_t i = 0; i < 2; ++i) {
      writer.add(rows(static_cast<std::int64_t>(10 * index) + i, 1));
      writer.flush();
    }
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(store.folder.path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("clip")) names.push_back(name);
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("clip-000000.safetensors", "clip-000003.safetensors",
                                                     "clip-000005.safetensors", "clip-000006.safetensors",
                                                     "clip-000008.safetensors"));
}

TEST(Store, a_reader_has_the_chunks_that_existed_when_it_was_made) {
  TestStore store;
  store.writer.add(rows(0, 2));
  store.writer.flush();
  const Reader before = store.rows();
  store.writer.add(rows(2, 2));
  store.writer.flush();
  EXPECT_EQ(before.index("clip").size(), 2U);
  EXPECT_EQ(store.rows().index("clip").size(), 4U);
}

TEST(Store, its_index_reads_no_features) {
  TestStore store;
  store.writer.add(rows(0, 3));
  store.writer.flush();
  const auto path = store / "clip-000000.safetensors";
  std::string bytes = read_text(path, "chunk");
  const at::Tensor embeddings = at::arange(0, 3).to(at::kFloat);
  const auto place = bytes.find(std::string(static_cast<const char*>(embeddings.const_data_ptr()), 12));
  ASSERT_NE(place, std::string::npos);
  bytes[place] ^= 1;
  write_file(path, bytes);
  EXPECT_EQ(store.rows().index("clip").size(), 3U);
  EXPECT_THAT(refusal([&] { value_of(store.rows(), "image0"); }),
              HasSubstr("clip-000000.safetensors: damaged: embeddings; delete it and rerun the command that "
                        "made the store"));
}

TEST(Store, of_several_parts_has_the_rows_of_each_parts_own_images) {
  TestStore first, second;
  first.writer.add(rows(0, 4, 100));  // image2 and image3 used to be its own
  first.writer.set_pairs(2, [](std::size_t i) { return pair(2 * i, "of the first"); });
  first.writer.flush();
  first.writer.finish({"image0", "image1"}, {});
  second.writer.add(rows(2, 2));
  second.writer.set_pairs(2, [](std::size_t i) { return pair(2 * i + 1, "of the second"); });
  second.writer.flush();
  second.writer.finish({"image2", "image3"}, {});
  const Reader both({second.folder.path(), first.folder.path()});
  EXPECT_EQ(both.name(), second.folder.path().string() + ", " + first.folder.path().string());
  EXPECT_EQ(both.index("clip").size(), 4U);
  EXPECT_EQ(value_of(both, "image1"), 101);
  EXPECT_EQ(value_of(both, "image2"), 2);
  std::vector<std::string> pairs;
  both.for_each_pair([&](std::size_t, const std::string& line) { pairs.push_back(line); });
  EXPECT_THAT(pairs, ElementsAre("of the first", "of the second", "of the first", "of the second"));
  EXPECT_THAT(both.images(), ElementsAre("image2", "image3", "image0", "image1"));
}

TEST(Store, a_partly_written_chunk_is_ignored) {
  TestStore store;
  store.writer.add(rows(0, 2));
  store.writer.flush();
  write_file(store / "clip-000001.safetensors.partial-17", "half");
  EXPECT_EQ(store.rows().index("clip").size(), 2U);
}

TEST(Store, a_damaged_chunk_is_named) {
  TestStore store;
  write_file(store / "clip-000000.safetensors", "not a chunk at all");
  EXPECT_THAT(
      refusal([&] { store.rows().index("clip"); }),
      HasSubstr(
          "clip-000000.safetensors: damaged: header; delete it and rerun the command that made the store"));
}

TEST(Store, another_model_is_refused_with_the_difference_named) {
  const TempFolder folder;
  Writer(folder.path(), made_with("aa"));
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
  EXPECT_THAT(refusal(folder.path(), made_with("bb")),
              HasSubstr("its clip rows were made with ViT-B/32 (aa), but this run uses ViT-B/32 (bb)"));
}

TEST(Store, another_preparation_or_precision_is_refused_with_the_difference_named) {
  const TempFolder folder;
  Writer(folder.path(), made_with("aa"));
  Provenance other = made_with("aa");
  other.models["clip"]["input"]["resize"] = "pillow-bilinear";
  EXPECT_THAT(refusal(folder.path(), other), HasSubstr("pillow-bilinear"));
  other = made_with("aa");
  other.precision = "bf16";
  EXPECT_THAT(refusal(folder.path(), other), HasSubstr("made with --precision fp32, but this run uses bf16"));
}

TEST(Store, a_model_of_another_group_may_be_added_later) {
  const TempFolder folder;
  Writer(folder.path(), made_with("aa"));
  Provenance inception;
  inception.models["inception"] = {{"name", "v3"}, {"sha256", "cc"}};
  EXPECT_EQ(refusal(folder.path(), inception), "opened");
  EXPECT_EQ(read_provenance(folder.path())->models.size(), 2U);
}

TEST(Store, a_folder_that_contains_other_files_is_refused) {
  const TempFolder folder;
  write_file(folder / "thesis.tex", "");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("contains other files"));
}

TEST(Store, a_newer_older_or_broken_description_is_refused) {
  const TempFolder folder;
  write_file(folder / "store.json", R"({"schema": 5})");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("made by a newer tise-eval"));
  for (const char* schema : {"1", "2", "3"}) {
    write_file(folder / "store.json", std::string(R"({"schema": )") + schema + "}");
    write_file(folder / "chunk-clip-000000.pt", "a pickle");
    const std::string said = "store " + folder.path().string() +
                             ": made by an older tise-eval; use another --store, or delete this one to "
                             "recompute its rows";
    EXPECT_EQ(refusal(folder.path(), made_with("aa")), said);
    EXPECT_EQ(refusal([&] { Reader({folder.path()}); }), said);
  }
  write_file(folder / "store.json", R"({"schema": 4, "precision")");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("store.json does not describe a store"));
}

TEST(Store, a_folder_without_a_description_is_not_read) {
  const TempFolder folder;
  EXPECT_THAT(refusal([&] { Reader({folder.path()}); }), HasSubstr("not a store: store.json is missing"));
}

TEST(StorePairs, the_last_captions_replace_the_ones_before) {
  TestStore store;
  store.writer.set_pairs(3000, [](std::size_t i) { return pair(i, "{}"); });
  store.writer.set_pairs(2, [](std::size_t i) { return pair(i, i == 0 ? "one" : "two"); });
  std::vector<std::string> pairs;
  store.rows().for_each_pair([&](std::size_t i, const std::string& pair) {
    EXPECT_EQ(i, pairs.size());
    pairs.push_back(pair);
  });
  EXPECT_THAT(pairs, ElementsAre("one", "two"));
}

TEST(StorePairs, of_another_folder_replace_its_own) {
  TestStore store, beside;
  store.writer.add(rows(0, 2));
  store.writer.set_pairs(1, [](std::size_t i) { return pair(i, "its own"); });
  store.writer.flush();
  beside.writer.set_pairs(1, [](std::size_t i) { return pair(i, "of this run"); });
  const Reader reader({store.folder.path()}, beside.folder.path());
  EXPECT_EQ(reader.index("clip").size(), 2U);
  reader.for_each_pair([](std::size_t, const std::string& line) { EXPECT_EQ(line, "of this run"); });
}

TEST(Store, skips_files_that_are_not_its_own_chunks) {
  TestStore store;
  write_file(store / "clip-copy.safetensors", "not a chunk");
  store.writer.add(rows(0, 2));
  store.writer.flush();
  EXPECT_EQ(store.rows().index("clip").size(), 2U);
}

TEST(Store, writes_what_has_waited_long_enough) {
  TestStore store;
  store.writer.add(rows(0, 5));
  EXPECT_TRUE(store.rows().index("clip").empty());
  store.writer.let_wait(std::chrono::seconds(0));
  store.writer.add(rows(5, 2));
  EXPECT_EQ(store.rows().index("clip").size(), 7U);
}

TEST(Store, clears_away_what_a_killed_process_left_half_written) {
  const TempFolder folder;
  Writer(folder.path(), made_with("aa")).flush();
  std::ofstream(folder / "clip-000000.safetensors.partial-123") << "half a chunk";
  const Writer writer(folder.path(), made_with("aa"));
  EXPECT_TRUE(Reader({folder.path()}).index("clip").empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "clip-000000.safetensors.partial-123"));
}

TEST(Store, killed_before_its_description_was_complete_counts_as_new) {
  const TempFolder folder;
  std::ofstream(folder / "store.json.partial-123") << "{";
  std::ofstream(folder / "lock") << "process 123 on host";
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

}  // namespace
}  // namespace tise::store
