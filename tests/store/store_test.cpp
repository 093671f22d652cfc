#include "tise/store/store.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;
using testing::write_file;

Provenance made_with(const std::string& hash) {
  Provenance provenance;
  provenance.models["clip"] = {
      {"name", "ViT-B/32"}, {"sha256", hash}, {"input", {{"resize", "pillow-bicubic"}}}};
  return provenance;
}

data::FileState state(std::int64_t i) { return {100 + i, i, 2 * i, 1000 + i}; }

/// `count` rows of image names from `first` on; a row's number is its value.
pipeline::ImageRows rows(std::int64_t first, std::int64_t count, float value = 0) {
  pipeline::ImageRows rows{"clip", {}, {}, {}};
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

float value_of(const Store& store, const std::string& name) {
  const RowPlace place = store.index("clip").at(name);
  float value = -1;
  store.for_each_chunk("clip", [&](std::size_t number, const Chunk& chunk) {
    if (number == place.chunk) {
      value = chunk.tensor("embeddings")[static_cast<std::int64_t>(place.row)][0].item<float>();
    }
  });
  return value;
}

/// What the error says, or that there was none.
std::string refusal(const std::function<void()>& use, const std::string& otherwise = "read") {
  try {
    use();
  } catch (const InputError& error) {
    return error.what();
  }
  return otherwise;
}

std::string refusal(const std::filesystem::path& folder, const Provenance& provenance) {
  return refusal([&] { Store::open(folder, provenance); }, "opened");
}

TEST(Store, rows_read_back_by_name_after_opening_again) {
  const TempFolder folder;
  {
    Store store = Store::open(folder.path(), made_with("aa"));
    store.add(rows(0, 5));
    store.add(rows(5, 3));
    store.flush();
  }
  const Store store = Store::open(folder.path(), made_with("aa"));
  EXPECT_EQ(store.index("clip").size(), 8U);
  EXPECT_EQ(value_of(store, "image6"), 6);
  const RowPlace place = store.index("clip").at("image3");
  EXPECT_EQ(place.file, state(3));
  EXPECT_EQ(place.sha256, "hash3");
}

TEST(Store, a_file_that_was_found_to_be_the_same_has_a_later_state) {
  const TempFolder folder;
  {
    Store store = Store::open(folder.path(), made_with("aa"));
    store.add(rows(0, 3));
    store.add_state({"image1", state(50), "hash1"});
    store.add_state({"image2", state(60), "of other bytes"});
    store.add_state({"image9", state(70), "of no row"});
    store.flush();
  }
  const auto places = Store::open(folder.path(), made_with("aa")).index("clip");
  EXPECT_EQ(places.size(), 3U);
  EXPECT_EQ(places.at("image0").file, state(0));
  EXPECT_EQ(places.at("image1").file, state(50));
  EXPECT_EQ(places.at("image2").file, state(2));
}

TEST(Store, the_row_encoded_last_counts) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(rows(0, 3));
  store.flush();
  store.add(rows(1, 1, 100));
  store.flush();
  EXPECT_EQ(value_of(store, "image0"), 0);
  EXPECT_EQ(value_of(store, "image1"), 101);
}

TEST(Store, many_rows_make_several_chunks) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  for (std::int64_t i = 0; i < 30; ++i) store.add(rows(100 * i, 100));
  store.flush();
  std::size_t chunks = 0;
  store.for_each_chunk("clip", [&](std::size_t, const Chunk& chunk) {
    ++chunks;
    EXPECT_LE(chunk.column("names").size(), kChunkRows + 100);
  });
  EXPECT_EQ(chunks, 3U);
  EXPECT_EQ(value_of(store, "image2999"), 2999);
}

TEST(Store, a_partly_written_chunk_is_no_chunk) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(rows(0, 2));
  store.flush();
  write_file(folder / "chunk-clip-000001.pt.partial-17", "half");
  EXPECT_EQ(store.index("clip").size(), 2U);
}

TEST(Store, a_damaged_chunk_is_named) {
  const TempFolder folder;
  const Store store = Store::open(folder.path(), made_with("aa"));
  write_file(folder / "chunk-clip-000000.pt", "not a chunk at all");
  EXPECT_THAT(refusal([&] { store.index("clip"); }),
              HasSubstr("chunk-clip-000000.pt: damaged; delete it and run again"));
}

TEST(Chunk, in_which_any_bit_changed_is_damaged_or_the_same) {
  const TempFolder folder;
  const auto path = folder / "chunk.pt";
  Chunk chunk;
  chunk.strings["names"] = {"a", "b"};
  chunk.tensors["embeddings"] = at::arange(64).to(at::kFloat).view({2, 32});
  write_chunk(path, chunk);
  const std::string whole = read_text(path, "chunk");
  std::size_t refused = 0;
  for (std::size_t place = 0; place < whole.size(); ++place) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ (1 << (place % 8)));
    write_file(path, changed);
    try {
      const Chunk read = read_chunk(path);
      EXPECT_EQ(read.strings, chunk.strings) << place;
      ASSERT_EQ(read.tensors.size(), 1U) << place;
      EXPECT_TRUE(at::equal(read.tensors.begin()->second, chunk.tensors["embeddings"])) << place;
    } catch (const InputError&) {
      ++refused;
    }
  }
  // The rows and their pickle are about 600 bytes; times, attributes and what fills up to the next 64 don't
  // matter.
  EXPECT_GT(refused, 600U);
}

TEST(Chunk, whose_rows_are_fewer_than_it_says_is_damaged) {
  const TempFolder folder;
  const auto path = folder / "chunk.pt";
  Chunk chunk;
  chunk.tensors["embeddings"] = at::arange(64).to(at::kFloat);
  write_chunk(path, chunk);
  caffe2::serialize::PyTorchStreamReader reader(path.string());
  const auto [pickle, pickle_size] = reader.getRecord("data.pkl");
  for (const std::size_t floats : {64, 63, 1, 0}) {
    caffe2::serialize::PyTorchStreamWriter writer((folder / "archive").string());
    writer.writeRecord("data.pkl", pickle.get(), pickle_size);
    writer.writeRecord("data/0", std::string(floats * sizeof(float), 'x').data(), floats * sizeof(float));
    writer.writeEndOfFile();
    const std::string said = refusal([&] { read_chunk(folder / "archive"); });
    EXPECT_EQ(said == "read", floats == 64) << floats;
  }
}

TEST(Chunk, that_is_not_there_is_no_damaged_one) {
  const TempFolder folder;
  EXPECT_THAT(refusal([&] { read_chunk(folder / "none.pt"); }), HasSubstr("none.pt: no such file"));
}

TEST(Store, another_model_is_refused_with_the_difference_named) {
  const TempFolder folder;
  Store::open(folder.path(), made_with("aa"));
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
  EXPECT_THAT(refusal(folder.path(), made_with("bb")),
              HasSubstr("its clip rows were made with ViT-B/32 (aa), this run has ViT-B/32 (bb)"));
}

TEST(Store, another_preparation_or_precision_is_refused_with_the_difference_named) {
  const TempFolder folder;
  Store::open(folder.path(), made_with("aa"));
  Provenance other = made_with("aa");
  other.models["clip"]["input"]["resize"] = "pillow-bilinear";
  EXPECT_THAT(refusal(folder.path(), other), HasSubstr("pillow-bilinear"));
  other = made_with("aa");
  other.precision = "bf16";
  EXPECT_THAT(refusal(folder.path(), other), HasSubstr("made in fp32, this run is in bf16"));
}

TEST(Store, another_groups_model_may_join_later) {
  const TempFolder folder;
  Store::open(folder.path(), made_with("aa"));
  Provenance inception;
  inception.models["inception"] = {{"name", "v3"}, {"sha256", "cc"}};
  EXPECT_EQ(refusal(folder.path(), inception), "opened");
  EXPECT_EQ(Store::read_provenance(folder.path())->models.size(), 2U);
}

TEST(Store, a_folder_with_other_things_in_it_is_refused) {
  const TempFolder folder;
  write_file(folder / "thesis.tex", "");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("holds other files"));
}

TEST(Store, a_newer_older_or_broken_description_is_refused) {
  const TempFolder folder;
  write_file(folder / "store.json", R"({"schema": 3})");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("made by a newer tise-eval"));
  write_file(folder / "store.json", R"({"schema": 1})");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("made by an older tise-eval"));
  write_file(folder / "store.json", R"({"schema": 2, "precision")");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("not a store's description"));
}

TEST(StoreTexts, texts_that_tokenize_alike_share_a_row) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(pipeline::TextRows{{{"two dogs", {1, 5, 2}}, {"a cat", {1, 6, 2}}},
                               at::tensor({5.F, 6.F}).unsqueeze(1)});
  store.flush();
  store.add_alias({"Two  dogs", {1, 5, 2}});
  store.flush();
  const TextTable table = store.texts();
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.sequences(), 2U);
  EXPECT_EQ(table.embeddings.size(), 2U);
  EXPECT_EQ(table.row("Two  dogs"), table.row("two dogs"));
  EXPECT_EQ(table.embeddings.read({{table.row("a cat").value()}}).item<float>(), 6);
  EXPECT_FALSE(table.row("a dog").has_value());
}

TEST(StoreTexts, what_the_context_cut_is_told_from_what_fills_it) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(pipeline::TextRows{{{"two dogs", {1, 5, 2}}, {"a cat and a dog", {1, 6, 2}, true}},
                               at::tensor({5.F, 6.F}).unsqueeze(1)});
  store.add_alias({"two dogs and a cat", {1, 5, 2}, true});
  store.add_alias({"a cat", {1, 6, 2}});
  store.flush();
  const TextTable table = store.texts();
  EXPECT_TRUE(table.is_cut("a cat and a dog"));
  EXPECT_TRUE(table.is_cut("two dogs and a cat"));
  for (const char* whole : {"two dogs", "a cat", "not there"}) EXPECT_FALSE(table.is_cut(whole)) << whole;
}

TEST(StoreTexts, a_chunk_that_does_not_say_what_was_cut_is_refused) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(pipeline::TextRows{{{"a cat", {1, 6, 2}}}, at::tensor({6.F}).unsqueeze(1)});
  store.flush();
  Chunk chunk = read_chunk(folder / "chunk-texts-000000.pt");
  chunk.tensors.erase("cut");
  write_chunk(folder / "chunk-texts-000000.pt", chunk);
  EXPECT_THAT(refusal([&] { store.texts(); }),
              HasSubstr("chunk-texts-000000.pt: has no column \"cut\"; delete it and run again"));
}

TEST(StoreTexts, an_alias_may_come_before_its_row) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add_alias({"A cat", {1, 6, 2}});
  store.flush();
  store.add(pipeline::TextRows{{{"a cat", {1, 6, 2}}}, at::tensor({6.F}).unsqueeze(1)});
  store.flush();
  EXPECT_EQ(store.texts().row("A cat"), 0U);
}

TEST(StoreTexts, an_alias_whose_row_was_never_written_is_not_there) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add_alias({"A cat", {1, 6, 2}});
  store.flush();
  EXPECT_FALSE(store.texts().row("A cat").has_value());
}

TEST(StoreTexts, rows_are_read_from_any_chunk_in_the_order_asked_for) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  constexpr int kTexts = 2500;
  for (int i = 0; i < kTexts; ++i) {
    const auto value = static_cast<float>(i);
    store.add(
        pipeline::TextRows{{{"text " + std::to_string(i), {i}}}, at::tensor({value, -value}).unsqueeze(0)});
  }
  store.flush();
  const TextTable table = store.texts();
  const std::vector<std::size_t> rows{2400, 0, 1100, 1100, 2499};
  EXPECT_TRUE(at::equal(table.embeddings.read(rows), at::tensor({2400.F, -2400.F, 0.F, 0.F, 1100.F, -1100.F,
                                                                 1100.F, -1100.F, 2499.F, -2499.F})
                                                         .view({5, 2})));
}

TEST(StoreTexts, a_chunk_that_goes_while_it_is_in_use_is_named) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(pipeline::TextRows{{{"a cat", {1}}}, at::tensor({6.F}).unsqueeze(1)});
  store.flush();
  const TextTable table = store.texts();
  std::filesystem::remove(folder / "chunk-texts-000000.pt");
  EXPECT_THAT(refusal([&] { table.embeddings.read({{0}}); }),
              HasSubstr("chunk-texts-000000.pt: can't be read any more"));
}

TEST(StoreTexts, an_empty_table_has_no_rows) {
  const TempFolder folder;
  const Store store = Store::open(folder.path(), made_with("aa"));
  EXPECT_EQ(store.texts().size(), 0U);
}

TEST(StorePairs, the_last_captions_replace_the_ones_before) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.set_pairs(3000, [](std::size_t i) { return pair(i, "{}"); });
  store.set_pairs(2, [](std::size_t i) { return pair(i, i == 0 ? "one" : "two"); });
  std::vector<std::string> pairs;
  store.for_each_pair([&](std::size_t i, const std::string& pair) {
    EXPECT_EQ(i, pairs.size());
    pairs.push_back(pair);
  });
  EXPECT_THAT(pairs, ::testing::ElementsAre("one", "two"));
}

/// Images with these numbers of objects; an object's score is its image's number.
pipeline::ImageRows rows_with_objects(const std::vector<std::int64_t>& lengths, std::int64_t width,
                                      double threshold = 0.5) {
  pipeline::ImageRows rows{"crops", {}, {}, {}};
  std::vector<at::Tensor> scores;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    rows.files.push_back({"image" + std::to_string(i), {}, "hash"});
    scores.push_back(at::full({lengths[i]}, static_cast<float>(i)));
  }
  const auto images = static_cast<std::int64_t>(lengths.size());
  const at::Tensor all = at::cat(scores);
  rows.columns = {{"lengths", at::tensor(lengths, at::kLong)},
                  {"threshold", at::full({images}, threshold, at::kDouble)}};
  rows.items = {{"scores", all}, {"features", all.unsqueeze(1).repeat({1, width})}};
  return rows;
}

/// Each image's objects, over all chunks.
std::map<std::string, std::vector<float>> objects_by_image(const Store& store) {
  std::map<std::string, std::vector<float>> objects;
  store.for_each_chunk("crops", [&](std::size_t, const Chunk& chunk) {
    const auto* score = chunk.tensor("scores").const_data_ptr<float>();
    for (std::size_t row = 0; row < chunk.column("names").size(); ++row) {
      const std::int64_t length =
          chunk.tensor("lengths")[static_cast<std::int64_t>(row)].item<std::int64_t>();
      objects[chunk.column("names")[row]] = {score, score + length};
      score += length;
    }
    EXPECT_EQ(chunk.tensor("features").size(0), chunk.tensor("scores").size(0));
  });
  return objects;
}

TEST(StoreOfObjects, keeps_each_images_objects_together) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(rows_with_objects({2, 0, 3}, 4));
  store.flush();
  const auto objects = objects_by_image(store);
  EXPECT_EQ(objects.at("image0"), (std::vector<float>{0, 0}));
  EXPECT_TRUE(objects.at("image1").empty());
  EXPECT_EQ(objects.at("image2"), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(store.index("crops").at("image1").threshold, 0.5);
}

TEST(StoreOfObjects, of_images_without_any_has_rows_all_the_same) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(rows_with_objects({0, 0}, 4));
  store.flush();
  EXPECT_EQ(objects_by_image(store).size(), 2U);
}

TEST(StoreOfObjects, begins_a_new_chunk_before_one_grows_too_large) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  // 1 MB an object: 16 a chunk, a crowd of 20 in a chunk of its own
  const std::int64_t width = (1 << 20) / 4;
  store.add(rows_with_objects({10, 5, 3, 20, 1}, width));
  store.flush();
  std::vector<std::int64_t> sizes;
  store.for_each_chunk(
      "crops", [&](std::size_t, const Chunk& chunk) { sizes.push_back(chunk.tensor("scores").size(0)); });
  EXPECT_THAT(sizes, ::testing::ElementsAre(15, 3, 20, 1));
  const auto objects = objects_by_image(store);
  EXPECT_EQ(objects.at("image3"), std::vector<float>(20, 3.0F));
  EXPECT_EQ(objects.at("image4"), (std::vector<float>{4}));
}

TEST(StoreOfObjects, whose_lengths_do_not_fit_is_damaged) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  auto rows = rows_with_objects({2, 1}, 4);
  rows.columns[0].second = at::tensor(std::vector<std::int64_t>{2, 9}, at::kLong);
  Chunk chunk;
  chunk.strings["names"] = {"image0", "image1"};
  for (const auto& columns : {rows.columns, rows.items}) {
    for (const auto& [name, tensor] : columns) chunk.tensors[name] = tensor;
  }
  write_chunk(folder / "chunk-crops-000000.pt", chunk);
  const std::string said = refusal([&] { store.for_each_chunk("crops", [](std::size_t, const Chunk&) {}); });
  EXPECT_THAT(said, HasSubstr("chunk-crops-000000.pt"));
  EXPECT_THAT(said, HasSubstr("its lengths don't fit its rows"));
}

TEST(Store, passes_over_files_that_are_no_chunks_of_its_own) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  write_file(folder / "chunk-clip-copy.pt", "not a chunk");
  store.add(rows(0, 2));
  store.flush();
  EXPECT_EQ(store.index("clip").size(), 2U);
}

/// A process that holds a store's lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& lock) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {  // nothing but system calls: the parent has threads
      const int file = ::open(lock.c_str(), O_RDWR | O_CREAT, 0666);
      if (::flock(file, LOCK_EX) == 0 && ::write(file, "process 7 on nowhere", 20) == 20) {
        (void)!::write(ready[1], "x", 1);
      }
      while (true) ::pause();
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  void kill() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_;
};

TEST(Store, writes_what_has_waited_long_enough) {
  const TempFolder folder;
  Store store = Store::open(folder.path(), made_with("aa"));
  store.add(rows(0, 5));
  EXPECT_TRUE(store.index("clip").empty());
  store.let_wait(std::chrono::seconds(0));
  store.add(rows(5, 2));
  EXPECT_EQ(store.index("clip").size(), 7U);
}

TEST(StoreLock, lets_one_use_a_store_at_a_time) {
  const TempFolder folder;
  {
    const Store store = Store::open(folder.path(), made_with("aa"));
    EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("in use by process "));
  }
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

TEST(StoreLock, goes_with_a_process_that_is_killed) {
  const TempFolder folder;
  Store::open(folder.path(), made_with("aa"));
  Holder holder(folder / "lock");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")),
              HasSubstr("in use by process 7 on nowhere; wait for it, or give another --store"));
  holder.kill();
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

TEST(StoreLock, is_no_mark_on_a_folder_that_is_no_store) {
  const TempFolder folder;
  std::ofstream(folder / "thesis.tex") << "text";
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("holds other files"));
  EXPECT_FALSE(std::filesystem::exists(folder / "lock"));
}

TEST(Store, clears_away_what_a_killed_process_left_half_written) {
  const TempFolder folder;
  Store::open(folder.path(), made_with("aa")).flush();
  std::ofstream(folder / "chunk-clip-000000.pt.partial-123") << "half a chunk";
  const Store store = Store::open(folder.path(), made_with("aa"));
  EXPECT_TRUE(store.index("clip").empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "chunk-clip-000000.pt.partial-123"));
}

TEST(Store, that_was_killed_before_its_description_was_whole_is_a_new_one) {
  const TempFolder folder;
  std::ofstream(folder / "store.json.partial-123") << "{";
  std::ofstream(folder / "lock") << "process 123 on host";
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

}  // namespace
}  // namespace tise::store
