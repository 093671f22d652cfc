#include "tise/store/texts.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/stored.h"
#include "support/pictures.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTexts = "texts@clip";

/// One text with a one-dimensional embedding.
TextRows text(const std::string& text, const std::vector<std::int64_t>& tokens, float value) {
  return {{{text, tokens}}, at::full({1, 1}, value)};
}

TEST(StoreTexts, texts_that_tokenize_alike_share_a_row) {
  TestStore store;
  store.writer.add(
      kTexts, TextRows{{{"two dogs", {1, 5, 2}}, {"a cat", {1, 6, 2}}}, at::tensor({5.F, 6.F}).unsqueeze(1)});
  store.writer.flush();
  store.writer.add_alias(kTexts, {"Two  dogs", {1, 5, 2}});
  store.writer.flush();
  const TextTable table = store.rows().texts(kTexts);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.sequences(), 2U);
  EXPECT_EQ(table.embeddings.size(), 2U);
  EXPECT_EQ(table.row("Two  dogs"), table.row("two dogs"));
  EXPECT_EQ(table.embeddings.read({{table.row("a cat").value()}}).item<float>(), 6);
  EXPECT_FALSE(table.row("a dog").has_value());
}

TEST(StoreTexts, a_cut_text_is_told_from_one_that_fills_the_context) {
  TestStore store;
  store.writer.add(kTexts, TextRows{{{"two dogs", {1, 5, 2}}, {"a cat and a dog", {1, 6, 2}, true}},
                                    at::tensor({5.F, 6.F}).unsqueeze(1)});
  store.writer.add_alias(kTexts, {"two dogs and a cat", {1, 5, 2}, true});
  store.writer.add_alias(kTexts, {"a cat", {1, 6, 2}});
  store.writer.flush();
  const TextTable table = store.rows().texts(kTexts);
  EXPECT_TRUE(table.is_cut("a cat and a dog"));
  EXPECT_TRUE(table.is_cut("two dogs and a cat"));
  for (const char* whole : {"two dogs", "a cat", "not there"}) EXPECT_FALSE(table.is_cut(whole)) << whole;
}

TEST(StoreTexts, a_chunk_that_does_not_record_what_was_cut_is_refused) {
  TestStore store;
  store.writer.add(kTexts, text("a cat", {1, 6, 2}, 6));
  store.writer.flush();
  Chunk chunk = read_chunk(store / "texts@clip-000000.safetensors");
  chunk.tensors.erase("cut");
  write_chunk(store / "texts@clip-000000.safetensors", chunk);
  EXPECT_THAT(refusal([&] { store.rows().texts(kTexts); }),
              HasSubstr("texts@clip-000000.safetensors: has no column \"cut\"; delete it and rerun the "
                        "command that made the store"));
}

TEST(StoreTexts, an_alias_may_come_before_its_row) {
  TestStore store;
  store.writer.add_alias(kTexts, {"A cat", {1, 6, 2}});
  store.writer.flush();
  store.writer.add(kTexts, text("a cat", {1, 6, 2}, 6));
  store.writer.flush();
  EXPECT_EQ(store.rows().texts(kTexts).row("A cat"), 0U);
}

TEST(StoreTexts, an_alias_whose_row_was_never_written_is_missing) {
  TestStore store;
  store.writer.add_alias(kTexts, {"A cat", {1, 6, 2}});
  store.writer.flush();
  EXPECT_FALSE(store.rows().texts(kTexts).row("A cat").has_value());
}

TEST(StoreTexts, rows_are_read_from_any_chunk_in_the_requested_order) {
  TestStore store;
  constexpr int kCount = 2500;
  for (int i = 0; i < kCount; ++i) {
    const auto value = static_cast<float>(i);
    store.writer.add(
        kTexts, TextRows{{{"text " + std::to_string(i), {i}}}, at::tensor({value, -value}).unsqueeze(0)});
    if (i % 700 == 0) store.writer.flush();
  }
  store.writer.flush();
  const TextTable table = store.rows().texts(kTexts);
  const std::vector<std::size_t> rows{2400, 0, 1100, 1100, 2499};
  EXPECT_TRUE(at::equal(table.embeddings.read(rows), at::tensor({2400.F, -2400.F, 0.F, 0.F, 1100.F, -1100.F,
                                                                 1100.F, -1100.F, 2499.F, -2499.F})
                                                         .view({5, 2})));
}

TEST(StoreTexts, a_chunk_that_is_deleted_while_in_use_is_named) {
  TestStore store;
  store.writer.add(kTexts, text("a cat", {1}, 6));
  store.writer.flush();
  const TextTable table = store.rows().texts(kTexts);
  std::filesystem::remove(store / "texts@clip-000000.safetensors");
  EXPECT_THAT(refusal([&] { table.embeddings.read({{0}}); }),
              HasSubstr("texts@clip-000000.safetensors: no longer readable"));
}

TEST(StoreTexts, of_two_models_are_kept_apart) {
  TestStore store;
  store.writer.add(texts_of("clip"), text("a cat", {1, 6, 2}, 5));
  store.writer.add(texts_of("clip-large.v2"), text("a cat", {7}, 8));
  store.writer.add(texts_of("clip-large.v2"), text("a dog", {8}, 9));
  store.writer.flush();
  const TextTable small = store.rows().texts("texts@clip");
  const TextTable large = store.rows().texts("texts@clip-large.v2");
  EXPECT_EQ(small.size(), 1U);
  EXPECT_EQ(large.size(), 2U);
  EXPECT_EQ(small.embeddings.read({{small.row("a cat").value()}}).item<float>(), 5);
  EXPECT_EQ(large.embeddings.read({{large.row("a cat").value()}}).item<float>(), 8);
}

TEST(StoreTexts, whose_embeddings_are_damaged_are_found_by_the_first_use_of_their_chunk) {
  TestStore store;
  store.writer.add(kTexts, text("a cat", {1}, 5));
  store.writer.flush();
  store.writer.add(kTexts, text("a dog", {2}, 6));
  store.writer.add(kTexts, text("a fish", {3}, 7));
  store.writer.flush();
  const auto path = store / "texts@clip-000001.safetensors";
  std::string bytes = read_text(path, "chunk");
  const float value = 7;
  const auto place = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  ASSERT_NE(place, std::string::npos);
  bytes[place] ^= 1;
  testing::write_file(path, bytes);
  const TextTable table = store.rows().texts(kTexts);
  const RowsOnDisk copy = table.embeddings;
  EXPECT_EQ(copy.read({{0}}).item<float>(), 5);
  EXPECT_THAT(refusal([&] { copy.read({{1}}); }),
              HasSubstr("texts@clip-000001.safetensors: damaged: embeddings; delete it and rerun the command "
                        "that made the store"));
}

TEST(StoreTexts, an_empty_table_has_no_rows) {
  TestStore store;
  EXPECT_EQ(store.rows().texts(kTexts).size(), 0U);
}

}  // namespace
}  // namespace tise::store
